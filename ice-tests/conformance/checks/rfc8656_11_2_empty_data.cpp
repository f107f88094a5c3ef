#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_11_2_empty_data {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    const TransportAddress peer = probe.peer().address();
    co_await confirm_relaying(probe, allocated);
    const auto heard = co_await probe.heard_by(
        probe.peer(), [&] { allocated.client->send(turn::send_to(peer, {})); }, {});
    if (heard) co_return meets("The peer got an empty datagram.");
    co_return nothing_came("The peer got nothing.");
}

}  // namespace in_rfc8656_11_2_empty_data

extern const Check rfc8656_11_2_empty_data;
const Check rfc8656_11_2_empty_data{
    .id = "rfc8656/11.2/empty-data",
    .title = "Send with empty DATA",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "DATA may be empty: the peer gets an empty datagram.",
    .sends = "A Send indication with a DATA of no octets to a permitted peer.",
    .conformant = "Relays an empty datagram.",
    .run = in_rfc8656_11_2_empty_data::run,
};

}  // namespace portolan::conformance
