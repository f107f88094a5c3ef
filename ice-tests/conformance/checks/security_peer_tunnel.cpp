#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_peer_tunnel {

static Task<Judgement> run(Probe& probe) {
    const std::vector<std::string> peers = {"2001::1", "2002:c000:201::1"};
    co_return co_await judge_peers(probe, peers);
}

}  // namespace in_security_peer_tunnel

extern const Check security_peer_tunnel;
const Check security_peer_tunnel{
    .id = "security/peer/tunnel",
    .title = "Tunnel addresses as peers",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::Medium,
    .needs = kCredentials,
    .document = "RFC 8656",
    .section = "21.4",
    .requirement =
        "A server does not relay to Teredo and 6to4 addresses: the tunnel would bring the"
        " packets back, and they would grow.",
    .sends =
        "CreatePermission requests for addresses in 2001::/32 and 2002::/16, on an "
        "allocation with an IPv6 relay.",
    .conformant = "Answers each with error 403.",
    .weakness = "CWE-918",
    .run = in_security_peer_tunnel::run,
};

}  // namespace portolan::conformance
