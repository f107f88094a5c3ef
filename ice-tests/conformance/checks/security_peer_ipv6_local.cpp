#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_peer_ipv6_local {

static Task<Judgement> run(Probe& probe) {
    const std::vector<std::string> peers = {"fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1"};
    co_return co_await judge_peers(probe, peers);
}

constexpr Remedy kRemedies[] = {
    {"Coturn",
     "denied-peer-ip for fe80::/10, fc00::/7 and fec0::/10, or upgrade to coturn 4.13.1 or later"},
};

}  // namespace in_security_peer_ipv6_local

extern const Check security_peer_ipv6_local;
const Check security_peer_ipv6_local{
    .id = "security/peer/ipv6-local",
    .title = "Local IPv6 addresses as peers",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .needs = kCredentials,
    .document = "RFC 8656",
    .section = "21.2",
    .requirement = "Nobody may reach the server's local networks through it over IPv6.",
    .sends =
        "CreatePermission requests for fe80::1, fc00::1, fd00:ec2::254 and fec0::1, on an"
        " allocation with an IPv6 relay.",
    .conformant = "Answers each with error 403.",
    .weakness = "CWE-918",
    .remedies = in_security_peer_ipv6_local::kRemedies,
    .run = in_security_peer_ipv6_local::run,
};

}  // namespace portolan::conformance
