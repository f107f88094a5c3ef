#include "ice-tests/conformance/tcp_steps.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_5_peer_closes {

static Task<Judgement> run(Probe& probe) {
    const Connected pair = co_await bound(probe);
    pair.peer->close();
    const bool has_ended = co_await ends(probe, *pair.data);
    co_return has_ended ? meets("The data connection was closed.")
                        : nothing_came("The data connection was left open.");
}

}  // namespace in_rfc6062_5_5_peer_closes

extern const Check rfc6062_5_5_peer_closes;
const Check rfc6062_5_5_peer_closes{
    .id = "rfc6062/5.5/peer-closes",
    .title = "Peer that closes",
    .level = Level::Must,
    .transports = kStreams,
    .needs = kCredentials,
    .requirement = "When a peer closes its connection, the client's data connection is closed.",
    .sends = "The end of the peer's side of a bound connection.",
    .conformant = "Closes the data connection.",
    .run = in_rfc6062_5_5_peer_closes::run,
};

}  // namespace portolan::conformance
