#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_unknown_required {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    Request request = probe.allocate();
    request.u32(static_cast<AttributeType>(0x7FEE), 1);
    co_return judge_unknown_attribute(co_await client->request(request), 0x7FEE);
}

}  // namespace in_rfc8656_7_2_unknown_required

extern const Check rfc8656_7_2_unknown_required;
const Check rfc8656_7_2_unknown_required{
    .id = "rfc8656/7.2/unknown-required",
    .title = "Unknown required attribute in Allocate",
    .level = Level::Must,
    .needs = kCredentials,
    .document = "RFC 8489",
    .section = "6.3.1",
    .requirement =
        "A request with an unknown comprehension-required attribute is refused with error"
        " 420, and UNKNOWN-ATTRIBUTES lists it.",
    .sends = "A signed Allocate request with the attribute 0x7FEE.",
    .conformant = "Answers with error 420 and UNKNOWN-ATTRIBUTES 0x7FEE.",
    .run = in_rfc8656_7_2_unknown_required::run,
};

}  // namespace portolan::conformance
