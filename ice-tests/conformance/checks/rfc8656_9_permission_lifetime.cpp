#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_rfc8656_9_permission_lifetime {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    Client& client = *allocated.client;
    Peer& peer = probe.peer();
    const auto lasts = probe.target().lifetimes.permission;
    co_await probe.permit(client, peer.address());
    const transport::Time begun = probe.now();
    const auto first = probe.payload();
    const auto early = co_await probe.heard_by(
        client, [&] { peer.send(allocated.relayed, first); }, first);
    if (!early) co_return undecided("Nothing was passed on with a permission either.");
    // RFC 8656 s9: data refreshes nothing.
    while (probe.now() < begun + transport::Duration(lasts) * 8 / 10) {
        client.send(turn::send_to(peer.address(), first));
        turn::Pause some_time(probe.where(), transport::Duration(lasts) / 10);
        co_await some_time;
    }
    const auto second = probe.payload();
    const auto late = co_await probe.heard_by(
        client, [&] { peer.send(allocated.relayed, second); }, second);
    if (!late) co_return nothing_came("The permission ended before its time.");
    turn::Pause rest(probe.where(), begun + past(lasts) - probe.now());
    co_await rest;
    const auto third = probe.payload();
    const bool unheard = co_await probe.unheard_by(
        client, [&] { peer.send(allocated.relayed, third); }, third);
    if (!unheard) co_return violates("The peer was still permitted after the permission's time.");
    const Reply alive = co_await client.request(turn::refresh(600));
    if (!alive.is_success()) co_return undecided("The allocation had gone: " + alive.said() + ".");
    co_return meets("The permission lasted for its time, whatever was sent in it.");
}

}  // namespace in_rfc8656_9_permission_lifetime

extern const Check rfc8656_9_permission_lifetime;
const Check rfc8656_9_permission_lifetime{
    .id = "rfc8656/9/permission-lifetime",
    .title = "Lifetime of permissions",
    .level = Level::Must,
    .check_class = CheckClass::Long,
    .needs = kCredentials,
    .requirement = "A permission lasts for 300 s, and data does not refresh it.",
    .sends =
        "CreatePermission, Send indications all the while, and datagrams of the peer before and "
        "after its end.",
    .conformant = "Passes on those before, and none after.",
    .run = in_rfc8656_9_permission_lifetime::run,
};

}  // namespace portolan::conformance
