#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_12_2_number_taken {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    co_await probe.bind(*allocated.client, 0x4001, probe.peer().address());
    co_return judge_error(co_await allocated.client->request(
                              turn::channel_bind(0x4001, probe.second_peer().address())),
                          400);
}

}  // namespace in_rfc8656_12_2_number_taken

extern const Check rfc8656_12_2_number_taken;
const Check rfc8656_12_2_number_taken{
    .id = "rfc8656/12.2/number-taken",
    .title = "Channel of another peer",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "A channel number that is bound to one peer cannot be bound to another: error "
        "400.",
    .sends = "ChannelBind requests for one number and two ports of ours.",
    .conformant = "Answers the second with error 400.",
    .run = in_rfc8656_12_2_number_taken::run,
};

}  // namespace portolan::conformance
