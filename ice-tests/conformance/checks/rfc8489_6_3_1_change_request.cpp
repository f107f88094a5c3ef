#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_6_3_1_change_request {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    Request request = turn::binding();
    request.u32(AttributeType::ChangeRequest, 0);
    const Reply reply = co_await client->exchange(request);
    if (reply.is_success() && reply.has(AttributeType::OtherAddress)) {
        co_return not_applicable("The server supports RFC 5780.");
    }
    co_return judge_unknown_attribute(reply, 0x0003);
}

}  // namespace in_rfc8489_6_3_1_change_request

extern const Check rfc8489_6_3_1_change_request;
const Check rfc8489_6_3_1_change_request{
    .id = "rfc8489/6.3.1/change-request",
    .title = "CHANGE-REQUEST without support",
    .level = Level::Must,
    .transports = kDatagrams,
    .requirement =
        "A server without NAT behaviour discovery (RFC 5780) does not know CHANGE-"
        "REQUEST, which is comprehension-required: error 420 with UNKNOWN-ATTRIBUTES that"
        " lists it.",
    .sends = "A Binding request with a CHANGE-REQUEST that asks for no change.",
    .conformant =
        "Answers with error 420 and UNKNOWN-ATTRIBUTES 0x0003, unless it supports RFC "
        "5780.",
    .run = in_rfc8489_6_3_1_change_request::run,
};

}  // namespace portolan::conformance
