#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_token_twice {

static Task<Judgement> run(Probe& probe) {
    Request first = probe.allocate();
    first.even_port(true);
    const Allocated allocated = co_await probe.allocation(first);
    const auto token = allocated.reply.view().u64(AttributeType::ReservationToken);
    if (!token) co_return undecided("The response has no RESERVATION-TOKEN.");
    Request second = turn::allocate();
    second.u64(AttributeType::ReservationToken, *token);
    const Allocated used = co_await probe.allocation(second);
    Client* third = co_await probe.client();
    co_return judge_error(co_await third->request(second), 508);
}

constexpr Remedy kRemedies[] = {
    {"Coturn-4.6", "upgrade to coturn 4.15.0 or later, which answers 508 instead of 404"},
};

}  // namespace in_rfc8656_7_2_token_twice

extern const Check rfc8656_7_2_token_twice;
const Check rfc8656_7_2_token_twice{
    .id = "rfc8656/7.2/token-twice",
    .title = "Token used twice",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "A token whose relayed address is in use is not valid any more: error 508.",
    .sends = "Three Allocate requests: with EVEN-PORT and R bit, and twice with its token.",
    .conformant = "Answers the third with error 508.",
    .remedies = in_rfc8656_7_2_token_twice::kRemedies,
    .run = in_rfc8656_7_2_token_twice::run,
};

}  // namespace portolan::conformance
