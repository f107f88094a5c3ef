#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_14_first_occurrence {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    const TransportAddress first = probe.peer().address();
    const TransportAddress second = probe.second_peer().address();
    co_await confirm_relaying(probe, allocated);
    const auto data = probe.payload();
    Request indication(Method::Send, MessageClass::Indication);
    indication.peer(first).peer(second).bytes(AttributeType::Data, data);
    const bool unheard = co_await probe.unheard_by(
        probe.second_peer(), [&] { allocated.client->send(indication); }, data);
    if (!unheard) co_return violates("It relayed to the second.");
    const auto heard = co_await probe.heard_by(
        probe.peer(), [&] { allocated.client->send(indication); }, data);
    co_return meets(heard ? "It relayed to the first." : "It discarded the message.");
}

}  // namespace in_rfc8489_14_first_occurrence

extern const Check rfc8489_14_first_occurrence;
const Check rfc8489_14_first_occurrence{
    .id = "rfc8489/14/first-occurrence",
    .title = "First of two attributes",
    .level = Level::Should,
    .needs = kCredentials,
    .requirement =
        "Of an attribute that stands twice in a message, where that is not foreseen, the "
        "first counts.",
    .sends = "A Send indication with two XOR-PEER-ADDRESS attributes, for two ports of ours.",
    .conformant = "Relays to the first and not to the second.",
    .run = in_rfc8489_14_first_occurrence::run,
};

}  // namespace portolan::conformance
