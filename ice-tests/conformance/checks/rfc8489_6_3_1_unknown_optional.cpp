#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_6_3_1_unknown_optional {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    Request request = turn::binding();
    request.u32(static_cast<AttributeType>(0xFFEE), 1);
    co_return judge_success(co_await client->exchange(request));
}

}  // namespace in_rfc8489_6_3_1_unknown_optional

extern const Check rfc8489_6_3_1_unknown_optional;
const Check rfc8489_6_3_1_unknown_optional{
    .id = "rfc8489/6.3.1/unknown-optional",
    .title = "Unknown optional attribute",
    .level = Level::Must,
    .document = "RFC 8489",
    .section = "6.3",
    .requirement = "Unknown comprehension-optional attributes are ignored.",
    .sends = "A Binding request with the attribute 0xFFEE.",
    .conformant = "Answers with a success response.",
    .run = in_rfc8489_6_3_1_unknown_optional::run,
};

}  // namespace portolan::conformance
