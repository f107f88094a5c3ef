#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_12_2_number_missing {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    if (probe.peer().address().family() != allocated.relayed.family()) {
        co_return no_relay_of_our_family();
    }
    Request request(Method::ChannelBind);
    request.peer(probe.peer().address());
    co_return judge_error(co_await allocated.client->request(request), 400);
}

}  // namespace in_rfc8656_12_2_number_missing

extern const Check rfc8656_12_2_number_missing;
const Check rfc8656_12_2_number_missing{
    .id = "rfc8656/12.2/number-missing",
    .title = "ChannelBind without a number",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "A ChannelBind request without CHANNEL-NUMBER is refused with error 400.",
    .sends = "A ChannelBind request without CHANNEL-NUMBER.",
    .conformant = "Answers with error 400.",
    .run = in_rfc8656_12_2_number_missing::run,
};

}  // namespace portolan::conformance
