#include "ice-tests/conformance/tcp_steps.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_2_no_allocation {

static Task<Judgement> run(Probe& probe) {
    const Allocated supported = co_await tcp_allocation(probe);
    (void)supported;
    turn::StreamPeer* peer = co_await probe.stream_peer();
    Client* client = co_await probe.client();
    const Reply reply = co_await client->connect(peer->address());
    co_return judge_error(reply, 437);
}

}  // namespace in_rfc6062_5_2_no_allocation

extern const Check rfc6062_5_2_no_allocation;
const Check rfc6062_5_2_no_allocation{
    .id = "rfc6062/5.2/no-allocation",
    .title = "Connect without an allocation",
    .level = Level::Must,
    .transports = kStreams,
    .needs = kCredentials | kPassword,
    .requirement = "Connect on a connection that has no allocation is an allocation mismatch.",
    .sends = "A Connect request on a new connection.",
    .conformant = "Answers with error 437.",
    .run = in_rfc6062_5_2_no_allocation::run,
};

}  // namespace portolan::conformance
