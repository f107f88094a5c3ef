#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_token_family {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    Request request = turn::allocate();
    request.family(AttributeType::RequestedAddressFamily, 1)
        .u64(AttributeType::ReservationToken, probe.random());
    co_return judge_error(co_await client->request(request), 400);
}

}  // namespace in_rfc8656_7_2_token_family

extern const Check rfc8656_7_2_token_family;
const Check rfc8656_7_2_token_family{
    .id = "rfc8656/7.2/token-family",
    .title = "Token with an address family",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "RESERVATION-TOKEN and REQUESTED-ADDRESS-FAMILY exclude each other: error 400.",
    .sends =
        "An Allocate request with a random RESERVATION-TOKEN and REQUESTED-ADDRESS-FAMILY"
        " IPv4.",
    .conformant = "Answers with error 400.",
    .run = in_rfc8656_7_2_token_family::run,
};

}  // namespace portolan::conformance
