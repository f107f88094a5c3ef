#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_12_2_permission {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    co_await probe.bind(*allocated.client, 0x4007, probe.peer().address());
    const auto data = probe.payload();
    const auto heard = co_await probe.heard_by(
        *allocated.client, [&] { probe.second_peer().send(allocated.relayed, data); }, data);
    if (heard) co_return meets("The other port's datagram was passed on.");
    // The control: what a permission that was asked for changes, the channel had to change.
    co_await probe.permit(*allocated.client, probe.second_peer().address());
    const auto more = probe.payload();
    const auto heard_then = co_await probe.heard_by(
        *allocated.client, [&] { probe.second_peer().send(allocated.relayed, more); }, more);
    if (!heard_then) {
        co_return undecided(
            "The other port's datagram was not passed on, nor was one after a CreatePermission "
            "request.");
    }
    co_return nothing_came(
        "The other port's datagram was passed on after a CreatePermission request only.");
}

}  // namespace in_rfc8656_12_2_permission

extern const Check rfc8656_12_2_permission;
const Check rfc8656_12_2_permission{
    .id = "rfc8656/12.2/permission",
    .title = "Permission by channel",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "ChannelBind installs a permission for the peer's address.",
    .sends =
        "A ChannelBind request for one port of ours, then a datagram to the relay from "
        "another one.",
    .conformant = "Passes the datagram on.",
    .run = in_rfc8656_12_2_permission::run,
};

}  // namespace portolan::conformance
