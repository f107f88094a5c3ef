#include <algorithm>

#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_rfc8656_12_channel_lifetime {

static Task<Judgement> run(Probe& probe) {
    constexpr std::uint16_t kChannel = 0x4ABC;
    const Allocated allocated = co_await probe.allocation();
    Client& client = *allocated.client;
    Peer& peer = probe.peer();
    const Lifetimes& lifetimes = probe.target().lifetimes;
    co_await probe.bind(client, kChannel, peer.address());
    const transport::Time begun = probe.now();
    const transport::Time end = begun + past(lifetimes.channel);
    const auto step = std::min<transport::Duration>(transport::Duration(lifetimes.permission) / 3,
                                                    transport::Duration(lifetimes.channel) / 10);
    transport::Time look_at = begun + transport::Duration(lifetimes.channel) * 8 / 10;
    while (probe.now() < end) {
        // The permission and the allocation are kept; ChannelData keeps nothing.
        co_await probe.permit(client, peer.address());
        const Reply refreshed = co_await client.request(turn::refresh(600));
        if (!refreshed.is_success()) co_return undecided("Refresh got " + refreshed.said() + ".");
        client.send_channel_data(kChannel, probe.payload());
        const transport::Time next = std::min(probe.now() + step, end);
        if (next > look_at) {
            turn::Pause until_look(probe.where(), look_at - probe.now());
            co_await until_look;
            look_at = transport::Time::max();
            const auto data = probe.payload();
            const auto heard = co_await probe.heard_by(
                client, [&] { peer.send(allocated.relayed, data); }, data);
            if (!heard) co_return undecided("Nothing was passed on while the channel lasted.");
            if (heard->kind != Incoming::Kind::ChannelData) {
                co_return violates("The channel ended before its time.");
            }
        }
        turn::Pause some_time(probe.where(), next - probe.now());
        co_await some_time;
    }
    co_await probe.permit(client, peer.address());
    const auto data = probe.payload();
    const auto heard = co_await probe.heard_by(
        client, [&] { peer.send(allocated.relayed, data); }, data);
    if (!heard) co_return undecided("Nothing was passed on afterwards, with a permission.");
    co_return heard->kind == Incoming::Kind::ChannelData
        ? violates("The channel was still bound after its time.")
        : meets("The channel lasted for its time, whatever was sent over it.");
}

}  // namespace in_rfc8656_12_channel_lifetime

extern const Check rfc8656_12_channel_lifetime;
const Check rfc8656_12_channel_lifetime{
    .id = "rfc8656/12/channel-lifetime",
    .title = "Lifetime of channels",
    .level = Level::Must,
    .check_class = CheckClass::Long,
    .needs = kCredentials,
    .requirement = "A channel binding lasts for 10 minutes, and data does not refresh it.",
    .sends =
        "ChannelBind, ChannelData and CreatePermission all the while, and datagrams of the peer "
        "before and after its end.",
    .conformant = "Passes them on as ChannelData before, in Data indications after.",
    .run = in_rfc8656_12_channel_lifetime::run,
};

}  // namespace portolan::conformance
