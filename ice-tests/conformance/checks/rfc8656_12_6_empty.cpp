#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_12_6_empty {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    co_await probe.bind(*allocated.client, 0x400B, probe.peer().address());
    const auto heard = co_await probe.heard_by(
        probe.peer(), [&] { allocated.client->send_channel_data(0x400B, {}); }, {});
    if (heard) co_return meets("The peer got an empty datagram.");
    co_return nothing_came("The peer got nothing.");
}

}  // namespace in_rfc8656_12_6_empty

extern const Check rfc8656_12_6_empty;
const Check rfc8656_12_6_empty{
    .id = "rfc8656/12.6/empty",
    .title = "Empty ChannelData",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "ChannelData of Length 0 makes an empty datagram.",
    .sends = "ChannelData of Length 0 on a bound channel.",
    .conformant = "Relays an empty datagram.",
    .run = in_rfc8656_12_6_empty::run,
};

}  // namespace portolan::conformance
