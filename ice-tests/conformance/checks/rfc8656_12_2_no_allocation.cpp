#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_12_2_no_allocation {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    co_return judge_error(
        co_await client->request(turn::channel_bind(0x4006, probe.peer().address())), 437);
}

constexpr Remedy kRemedies[] = {
    {"Coturn-", "coturn answers 400 up to 4.17.1"},
};

}  // namespace in_rfc8656_12_2_no_allocation

extern const Check rfc8656_12_2_no_allocation;
const Check rfc8656_12_2_no_allocation{
    .id = "rfc8656/12.2/no-allocation",
    .title = "ChannelBind without an allocation",
    .level = Level::Must,
    .needs = kCredentials | kFreshTuple | kPassword,
    .document = "RFC 8656",
    .section = "5",
    .requirement =
        "A ChannelBind request on a 5-tuple that has no allocation is refused with error "
        "437.",
    .sends = "A signed ChannelBind request from a new port.",
    .conformant = "Answers with error 437.",
    .remedies = in_rfc8656_12_2_no_allocation::kRemedies,
    .run = in_rfc8656_12_2_no_allocation::run,
};

}  // namespace portolan::conformance
