#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_security_peer_own_address {

static Task<Judgement> run(Probe& probe) {
    std::vector<std::string> own = {probe.target().endpoint.server.ip.to_string()};
    const Judgement out = co_await judge_peers(probe, std::move(own));
    co_return out;
}

}  // namespace in_security_peer_own_address

extern const Check security_peer_own_address;
const Check security_peer_own_address{
    .id = "security/peer/own-address",
    .title = "The server's own address",
    .level = Level::Information,
    .axis = Axis::Security,
    .danger = Danger::Low,
    .needs = kCredentials,
    .document = "RFC 8656",
    .section = "21.1.7",
    .requirement =
        "Whether the server's own address is a peer: calls between two of its relays need that, "
        "and everything else on that host can be reached through it.",
    .sends = "CreatePermission for the address that the server is reached at.",
    .conformant = "Refuses it, or has nothing else on that address.",
    .weakness = "CWE-918",
    .run = in_security_peer_own_address::run,
};

}  // namespace portolan::conformance
