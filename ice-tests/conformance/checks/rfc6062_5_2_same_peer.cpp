#include "ice-tests/conformance/tcp_steps.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_2_same_peer {

static Task<Judgement> run(Probe& probe) {
    const Connected first = co_await connected(probe);
    const Reply reply = co_await first.control->connect(*first.peer->address());
    co_return judge_error(reply, 446);
}

}  // namespace in_rfc6062_5_2_same_peer

extern const Check rfc6062_5_2_same_peer;
const Check rfc6062_5_2_same_peer{
    .id = "rfc6062/5.2/same-peer",
    .title = "Second connection to a peer",
    .level = Level::Must,
    .transports = kStreams,
    .needs = kCredentials,
    .requirement = "An allocation has at most one connection with a peer's transport address.",
    .sends = "A second Connect request to the same peer, while the first connection is pending.",
    .conformant = "Answers with error 446.",
    .run = in_rfc6062_5_2_same_peer::run,
};

}  // namespace portolan::conformance
