#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_9_address_only {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    co_await probe.permit(*allocated.client, probe.peer().address());
    const auto data = probe.payload();
    const auto heard = co_await probe.heard_by(
        *allocated.client, [&] { probe.second_peer().send(allocated.relayed, data); }, data);
    if (heard) co_return meets("The other port's datagram was passed on.");
    co_await confirm_delivery(probe, allocated);
    co_return nothing_came("The other port's datagram was not passed on.");
}

}  // namespace in_rfc8656_9_address_only

extern const Check rfc8656_9_address_only;
const Check rfc8656_9_address_only{
    .id = "rfc8656/9/address-only",
    .title = "Permissions are for addresses",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "A permission is for an IP address, whatever the port.",
    .sends =
        "A CreatePermission request for one port of ours, then a datagram to the relay "
        "from another one.",
    .conformant = "Passes the datagram on.",
    .run = in_rfc8656_9_address_only::run,
};

}  // namespace portolan::conformance
