#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_transport_missing {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    co_return judge_error(co_await client->request(Request(Method::Allocate)), 400);
}

}  // namespace in_rfc8656_7_2_transport_missing

extern const Check rfc8656_7_2_transport_missing;
const Check rfc8656_7_2_transport_missing{
    .id = "rfc8656/7.2/transport-missing",
    .title = "Allocate without REQUESTED-TRANSPORT",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "An Allocate request without REQUESTED-TRANSPORT is refused with error 400.",
    .sends = "An Allocate request without REQUESTED-TRANSPORT.",
    .conformant = "Answers with error 400.",
    .run = in_rfc8656_7_2_transport_missing::run,
};

}  // namespace portolan::conformance
