#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_12_6_unbound {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    co_await probe.bind(*allocated.client, 0x4008, probe.peer().address());
    const auto data = probe.payload();
    const bool unheard = co_await probe.unheard_by(
        probe.peer(), [&] { allocated.client->send_channel_data(0x4009, data); }, data);
    if (!unheard) co_return violates("It relayed the data.");
    const auto heard = co_await probe.heard_by(
        probe.peer(), [&] { allocated.client->send_channel_data(0x4008, data); }, data);
    if (heard) co_return meets("It relayed nothing; on the bound channel it did.");
    co_return undecided("Nothing was relayed on the bound channel either.");
}

}  // namespace in_rfc8656_12_6_unbound

extern const Check rfc8656_12_6_unbound;
const Check rfc8656_12_6_unbound{
    .id = "rfc8656/12.6/unbound",
    .title = "ChannelData without a channel",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "ChannelData on a channel that is not bound is discarded.",
    .sends = "ChannelData on 0x4009, when 0x4008 is bound to a peer.",
    .conformant = "Relays nothing.",
    .run = in_rfc8656_12_6_unbound::run,
};

}  // namespace portolan::conformance
