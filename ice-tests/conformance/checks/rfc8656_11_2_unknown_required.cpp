#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_11_2_unknown_required {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    const TransportAddress peer = probe.peer().address();
    co_await confirm_relaying(probe, allocated);
    const auto data = probe.payload();
    Request indication = turn::send_to(peer, data);
    indication.u32(static_cast<AttributeType>(0x7FEE), 1);
    const bool unheard = co_await probe.unheard_by(
        probe.peer(), [&] { allocated.client->send(indication); }, data);
    co_return unheard ? meets("It relayed nothing.") : violates("It relayed the data.");
}

}  // namespace in_rfc8656_11_2_unknown_required

extern const Check rfc8656_11_2_unknown_required;
const Check rfc8656_11_2_unknown_required{
    .id = "rfc8656/11.2/unknown-required",
    .title = "Send with an unknown required attribute",
    .level = Level::Must,
    .needs = kCredentials,
    .document = "RFC 8489",
    .section = "6.3.2",
    .requirement = "An indication with an unknown comprehension-required attribute is discarded.",
    .sends = "A Send indication with the attribute 0x7FEE to a permitted peer.",
    .conformant = "Relays nothing.",
    .run = in_rfc8656_11_2_unknown_required::run,
};

}  // namespace portolan::conformance
