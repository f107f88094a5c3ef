#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_after_refusal {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    Request bad = turn::allocate();
    bad.u64(AttributeType::ReservationToken, probe.random());
    const Reply refused = co_await client->request(bad);
    if (!refused.has_come()) co_return undecided("The first request got " + refused.said() + ".");
    if (refused.is_success()) {
        co_return not_applicable("It grants an allocation for an invented RESERVATION-TOKEN.");
    }
    const std::string first = "It refused the first with " + refused.said() + ". ";
    const Reply reply = co_await client->request(probe.allocate());
    if (!reply.is_success()) co_return judge_success(reply);
    const auto relayed = addresses_of(reply, AttributeType::XorRelayedAddress);
    if (relayed.empty()) co_return violates(first + "The second got no relayed address.");
    for (const TransportAddress& address : relayed) {
        if (address.port != 0 && !address.ip.is_unspecified()) continue;
        co_return violates(first + "The second got the relayed address " + address.to_string() +
                           ".");
    }
    co_return meets(first + "The second got " + relayed.front().to_string() + ".");
}

constexpr Remedy kRemedies[] = {
    {"Coturn-4.6", "clients that were refused an allocation need a new port for the next one"},
};

}  // namespace in_rfc8656_7_2_after_refusal

extern const Check rfc8656_7_2_after_refusal;
const Check rfc8656_7_2_after_refusal{
    .id = "rfc8656/7.2/after-refusal",
    .title = "Allocate after a refused one",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "A request that was refused leaves nothing behind: the next one from the same port is "
        "answered as the first would have been, with a relayed address.",
    .sends = "An Allocate request with a random RESERVATION-TOKEN, and an ordinary one after it.",
    .conformant = "Refuses the first, and answers the second with success and a relayed address.",
    .remedies = in_rfc8656_7_2_after_refusal::kRemedies,
    .run = in_rfc8656_7_2_after_refusal::run,
};

}  // namespace portolan::conformance
