#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_12_2_rebind {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    const TransportAddress peer = probe.peer().address();
    co_await probe.bind(*allocated.client, 0x4000, peer);
    co_return judge_success(co_await allocated.client->request(turn::channel_bind(0x4000, peer)));
}

}  // namespace in_rfc8656_12_2_rebind

extern const Check rfc8656_12_2_rebind;
const Check rfc8656_12_2_rebind{
    .id = "rfc8656/12.2/rebind",
    .title = "Rebinding a channel",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "Binding the same channel to the same peer again refreshes it.",
    .sends = "The same ChannelBind request twice, with different transaction ids.",
    .conformant = "Answers both with success.",
    .run = in_rfc8656_12_2_rebind::run,
};

}  // namespace portolan::conformance
