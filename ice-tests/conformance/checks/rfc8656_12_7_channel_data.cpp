#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_12_7_channel_data {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    co_await probe.bind(*allocated.client, 0x400C, probe.peer().address());
    const auto data = probe.payload();
    const auto heard = co_await probe.heard_by(
        *allocated.client, [&] { probe.peer().send(allocated.relayed, data); }, data);
    if (!heard) {
        co_return nothing_came("Nothing reached the client.");
    }
    if (heard->kind != Incoming::Kind::ChannelData) {
        co_return violates("It came in a Data indication.");
    }
    if (heard->channel != 0x400C) {
        co_return violates("It came on channel " + std::to_string(heard->channel) + ".");
    }
    co_return meets("It came as ChannelData on the channel.");
}

}  // namespace in_rfc8656_12_7_channel_data

extern const Check rfc8656_12_7_channel_data;
const Check rfc8656_12_7_channel_data{
    .id = "rfc8656/12.7/channel-data",
    .title = "ChannelData to the client",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "Data of a peer that has a channel reaches the client as ChannelData on that "
        "channel.",
    .sends = "A datagram to the relay from a peer that has a channel.",
    .conformant = "Sends ChannelData with that number.",
    .run = in_rfc8656_12_7_channel_data::run,
};

}  // namespace portolan::conformance
