#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_peer_private {

static Task<Judgement> run(Probe& probe) {
    const std::vector<std::string> peers = {"10.1.2.3", "172.16.0.1", "172.31.255.254",
                                            "192.168.1.1", "100.64.0.1"};
    co_return co_await judge_peers(probe, peers);
}

constexpr Remedy kRemedies[] = {
    {"Coturn",
     "denied-peer-ip for 10.0.0.0-10.255.255.255, 172.16.0.0-172.31.255.255, "
     "192.168.0.0-192.168.255.255 and 100.64.0.0-100.127.255.255"},
};

}  // namespace in_security_peer_private

extern const Check security_peer_private;
const Check security_peer_private{
    .id = "security/peer/private",
    .title = "Private addresses as peers",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .needs = kCredentials,
    .document = "RFC 8656",
    .section = "21.2",
    .requirement = "Nobody may reach the private networks behind a public server through it.",
    .sends =
        "CreatePermission requests for addresses in 10/8, 172.16/12, 192.168/16 and "
        "100.64/10.",
    .conformant = "Answers each with error 403 (443 where there is no relay of that family).",
    .weakness = "CWE-918",
    .remedies = in_security_peer_private::kRemedies,
    .run = in_security_peer_private::run,
};

}  // namespace portolan::conformance
