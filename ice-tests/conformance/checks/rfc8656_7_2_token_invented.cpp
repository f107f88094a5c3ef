#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_token_invented {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    Request request = turn::allocate();
    request.u64(AttributeType::ReservationToken, probe.random());
    co_return judge_error(co_await client->request(request), 508);
}

constexpr Remedy kRemedies[] = {
    {"Coturn-4.6", "upgrade to coturn 4.15.0 or later, which answers 508 instead of 404"},
};

}  // namespace in_rfc8656_7_2_token_invented

extern const Check rfc8656_7_2_token_invented;
const Check rfc8656_7_2_token_invented{
    .id = "rfc8656/7.2/token-invented",
    .title = "Invented token",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "A token that the server has not given is refused with error 508.",
    .sends = "An Allocate request with a random RESERVATION-TOKEN.",
    .conformant = "Answers with error 508.",
    .remedies = in_rfc8656_7_2_token_invented::kRemedies,
    .run = in_rfc8656_7_2_token_invented::run,
};

}  // namespace portolan::conformance
