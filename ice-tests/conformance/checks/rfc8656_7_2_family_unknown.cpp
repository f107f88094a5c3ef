#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_family_unknown {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    Request request = turn::allocate();
    request.family(AttributeType::RequestedAddressFamily, 7);
    co_return judge_error(co_await client->request(request), 440);
}

}  // namespace in_rfc8656_7_2_family_unknown

extern const Check rfc8656_7_2_family_unknown;
const Check rfc8656_7_2_family_unknown{
    .id = "rfc8656/7.2/family-unknown",
    .title = "Unknown address family",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "A request for an address family that the server does not support is refused with"
        " error 440.",
    .sends = "An Allocate request with REQUESTED-ADDRESS-FAMILY 7, which is no family.",
    .conformant = "Answers with error 440.",
    .run = in_rfc8656_7_2_family_unknown::run,
};

}  // namespace portolan::conformance
