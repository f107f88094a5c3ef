#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_11_2_data_missing {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    const TransportAddress peer = probe.peer().address();
    co_await confirm_relaying(probe, allocated);
    Request indication(Method::Send, MessageClass::Indication);
    indication.peer(peer);
    const bool unheard =
        co_await probe.unheard_by(probe.peer(), [&] { allocated.client->send(indication); }, {});
    co_return unheard ? meets("It relayed nothing.") : violates("It relayed an empty datagram.");
}

}  // namespace in_rfc8656_11_2_data_missing

extern const Check rfc8656_11_2_data_missing;
const Check rfc8656_11_2_data_missing{
    .id = "rfc8656/11.2/data-missing",
    .title = "Send without DATA",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "A Send indication without DATA is discarded.",
    .sends = "A Send indication without DATA to a permitted peer.",
    .conformant = "Relays nothing.",
    .run = in_rfc8656_11_2_data_missing::run,
};

}  // namespace portolan::conformance
