#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_11_3_data_indication {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    const TransportAddress peer = probe.peer().address();
    co_await probe.permit(*allocated.client, peer);
    const auto there = probe.payload();
    const auto sent = co_await probe.heard_by(
        probe.peer(), [&] { allocated.client->send(turn::send_to(peer, there)); }, there);
    if (!sent) {
        co_return nothing_came("What the client sent did not reach the peer.");
    }
    if (sent->source != allocated.relayed) {
        co_return violates("The peer sees " + sent->source.to_string() +
                           ", and the relayed address is " + allocated.relayed.to_string() + ".");
    }
    const auto back = probe.payload();
    const auto heard = co_await probe.heard_by(
        *allocated.client, [&] { probe.peer().send(allocated.relayed, back); }, back);
    if (!heard) {
        co_return nothing_came("What the peer sent did not reach the client.");
    }
    if (heard->kind != Incoming::Kind::Data) {
        co_return violates("It came in something else than a Data indication.");
    }
    if (heard->peer != peer) {
        co_return violates("The Data indication names " +
                           (heard->peer ? heard->peer->to_string() : "no peer") +
                           ", and the peer is " + peer.to_string() + ".");
    }
    co_return meets("Both ways, with the right addresses.");
}

}  // namespace in_rfc8656_11_3_data_indication

extern const Check rfc8656_11_3_data_indication;
const Check rfc8656_11_3_data_indication{
    .id = "rfc8656/11.3/data-indication",
    .title = "Data indication",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "A datagram of a permitted peer reaches the client in a Data indication with the "
        "peer's address; the peer sees data come from the relayed address.",
    .sends = "A Send indication to a permitted peer, and a datagram back.",
    .conformant = "Relays both, with the right addresses.",
    .run = in_rfc8656_11_3_data_indication::run,
};

}  // namespace portolan::conformance
