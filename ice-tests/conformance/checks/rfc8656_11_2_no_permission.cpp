#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_11_2_no_permission {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    const TransportAddress peer = probe.peer().address();
    const auto data = probe.payload();
    const bool unheard = co_await probe.unheard_by(
        probe.peer(), [&] { allocated.client->send(turn::send_to(peer, data)); }, data);
    if (!unheard) co_return violates("It relayed without a permission.");
    co_await confirm_relaying(probe, allocated);
    co_return meets("It relayed nothing without, and did with a permission.");
}

}  // namespace in_rfc8656_11_2_no_permission

extern const Check rfc8656_11_2_no_permission;
const Check rfc8656_11_2_no_permission{
    .id = "rfc8656/11.2/no-permission",
    .title = "Send without permission",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "A Send indication to a peer without a permission is discarded.",
    .sends = "A Send indication to our own address, which has no permission.",
    .conformant = "Relays nothing; with a permission it does.",
    .run = in_rfc8656_11_2_no_permission::run,
};

}  // namespace portolan::conformance
