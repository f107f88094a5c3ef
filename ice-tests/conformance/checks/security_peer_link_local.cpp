#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_peer_link_local {

static Task<Judgement> run(Probe& probe) {
    const std::vector<std::string> peers = {"169.254.169.254", "169.254.1.2"};
    co_return co_await judge_peers(probe, peers);
}

constexpr Remedy kRemedies[] = {
    {"Coturn", "denied-peer-ip=169.254.0.0-169.254.255.255, or upgrade to coturn 4.13.1 or later"},
};

}  // namespace in_security_peer_link_local

extern const Check security_peer_link_local;
const Check security_peer_link_local{
    .id = "security/peer/link-local",
    .title = "Link-local addresses as peers",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .needs = kCredentials,
    .document = "RFC 8656",
    .section = "21.2",
    .requirement =
        "Nobody may reach link-local services through the server, the metadata services "
        "of clouds among them.",
    .sends = "CreatePermission requests for 169.254.169.254 and 169.254.1.2.",
    .conformant = "Answers each with error 403 (443 where there is no relay of that family).",
    .weakness = "CWE-918",
    .remedies = in_security_peer_link_local::kRemedies,
    .run = in_security_peer_link_local::run,
};

}  // namespace portolan::conformance
