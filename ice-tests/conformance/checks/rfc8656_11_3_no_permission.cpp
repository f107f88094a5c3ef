#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_11_3_no_permission {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    const auto data = probe.payload();
    const bool unheard = co_await probe.unheard_by(
        *allocated.client, [&] { probe.peer().send(allocated.relayed, data); }, data);
    if (!unheard) co_return violates("It passed the datagram on without a permission.");
    co_await probe.permit(*allocated.client, probe.peer().address());
    const auto heard = co_await probe.heard_by(
        *allocated.client, [&] { probe.peer().send(allocated.relayed, data); }, data);
    if (heard) co_return meets("It passed nothing on without, and did with a permission.");
    co_return undecided("Nothing was passed on with a permission either.");
}

}  // namespace in_rfc8656_11_3_no_permission

extern const Check rfc8656_11_3_no_permission;
const Check rfc8656_11_3_no_permission{
    .id = "rfc8656/11.3/no-permission",
    .title = "Datagram of a peer without permission",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "What comes to a relay from a peer without a permission is discarded.",
    .sends = "A datagram to the relay from our own address, which has no permission.",
    .conformant = "Passes nothing on; with a permission it does.",
    .run = in_rfc8656_11_3_no_permission::run,
};

}  // namespace portolan::conformance
