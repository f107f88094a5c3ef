#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_6_3_1_unknown_required {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    Request request = turn::binding();
    request.u32(static_cast<AttributeType>(0x7FEE), 1);
    co_return judge_unknown_attribute(co_await client->exchange(request), 0x7FEE);
}

}  // namespace in_rfc8489_6_3_1_unknown_required

extern const Check rfc8489_6_3_1_unknown_required;
const Check rfc8489_6_3_1_unknown_required{
    .id = "rfc8489/6.3.1/unknown-required",
    .title = "Unknown required attribute",
    .level = Level::Must,
    .requirement =
        "A request with an unknown comprehension-required attribute is refused with error"
        " 420, and UNKNOWN-ATTRIBUTES lists it.",
    .sends = "A Binding request with the attribute 0x7FEE.",
    .conformant = "Answers with error 420 and UNKNOWN-ATTRIBUTES 0x7FEE.",
    .run = in_rfc8489_6_3_1_unknown_required::run,
};

}  // namespace portolan::conformance
