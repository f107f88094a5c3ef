#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_peer_loopback {

static Task<Judgement> run(Probe& probe) {
    const std::vector<std::string> peers = {"127.0.0.1", "127.1.2.3", "127.255.255.254", "::1"};
    co_return co_await judge_peers(probe, peers);
}

constexpr Remedy kRemedies[] = {
    {"Coturn", "do not set allow-loopback-peers"},
};

}  // namespace in_security_peer_loopback

extern const Check security_peer_loopback;
const Check security_peer_loopback{
    .id = "security/peer/loopback",
    .title = "Loopback addresses as peers",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .needs = kCredentials,
    .document = "RFC 8656",
    .section = "21.2",
    .requirement = "Nobody may reach the services of the server's own host through it.",
    .sends = "CreatePermission requests for 127.0.0.1, 127.1.2.3, 127.255.255.254 and ::1.",
    .conformant = "Answers each with error 403 (443 where there is no relay of that family).",
    .weakness = "CWE-918",
    .remedies = in_security_peer_loopback::kRemedies,
    .run = in_security_peer_loopback::run,
};

}  // namespace portolan::conformance
