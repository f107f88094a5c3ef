#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_12_2_peer_taken {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    const TransportAddress peer = probe.peer().address();
    co_await probe.bind(*allocated.client, 0x4002, peer);
    co_return judge_error(co_await allocated.client->request(turn::channel_bind(0x4003, peer)),
                          400);
}

}  // namespace in_rfc8656_12_2_peer_taken

extern const Check rfc8656_12_2_peer_taken;
const Check rfc8656_12_2_peer_taken{
    .id = "rfc8656/12.2/peer-taken",
    .title = "Second channel to a peer",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "A peer that has a channel cannot be bound to another: error 400.",
    .sends = "ChannelBind requests for two numbers and one port of ours.",
    .conformant = "Answers the second with error 400.",
    .run = in_rfc8656_12_2_peer_taken::run,
};

}  // namespace portolan::conformance
