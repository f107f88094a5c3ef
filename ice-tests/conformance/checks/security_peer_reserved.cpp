#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_peer_reserved {

static Task<Judgement> run(Probe& probe) {
    const std::vector<std::string> peers = {"192.0.0.8",  "192.0.2.77",    "192.88.99.1",
                                            "198.18.0.1", "198.51.100.77", "203.0.113.77"};
    co_return co_await judge_peers(probe, peers);
}

constexpr Remedy kRemedies[] = {
    {"Coturn", "denied-peer-ip for these ranges"},
};

}  // namespace in_security_peer_reserved

extern const Check security_peer_reserved;
const Check security_peer_reserved{
    .id = "security/peer/reserved",
    .title = "Special-purpose addresses as peers",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::Medium,
    .needs = kCredentials,
    .document = "RFC 6890",
    .section = "2.2.2",
    .requirement =
        "Addresses for protocols, documentation and benchmarks are nobody's, and may be "
        "used inside a network all the same.",
    .sends =
        "CreatePermission requests for addresses in 192.0.0/24, 192.0.2/24, 192.88.99/24,"
        " 198.18/15, 198.51.100/24 and 203.0.113/24.",
    .conformant = "Answers each with error 403 (443 where there is no relay of that family).",
    .weakness = "CWE-918",
    .remedies = in_security_peer_reserved::kRemedies,
    .run = in_security_peer_reserved::run,
};

}  // namespace portolan::conformance
