#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_token_even_port {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    Request request = turn::allocate();
    request.even_port(false).u64(AttributeType::ReservationToken, probe.random());
    co_return judge_error(co_await client->request(request), 400);
}

}  // namespace in_rfc8656_7_2_token_even_port

extern const Check rfc8656_7_2_token_even_port;
const Check rfc8656_7_2_token_even_port{
    .id = "rfc8656/7.2/token-even-port",
    .title = "Token with EVEN-PORT",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "RESERVATION-TOKEN and EVEN-PORT exclude each other: error 400.",
    .sends = "An Allocate request with a random RESERVATION-TOKEN and EVEN-PORT.",
    .conformant = "Answers with error 400.",
    .run = in_rfc8656_7_2_token_even_port::run,
};

}  // namespace portolan::conformance
