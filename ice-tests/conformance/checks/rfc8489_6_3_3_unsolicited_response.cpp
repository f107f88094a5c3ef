#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_6_3_3_unsolicited_response {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    const stun::TransactionId id = client->new_id();
    Request response(Method::Binding, MessageClass::SuccessResponse);
    response.address(AttributeType::XorMappedAddress, {IpAddress::v4({192, 0, 2, 1}), 4242});
    co_return judge_silence(co_await probe.response_to(*client, response.build(id), id));
}

}  // namespace in_rfc8489_6_3_3_unsolicited_response

extern const Check rfc8489_6_3_3_unsolicited_response;
const Check rfc8489_6_3_3_unsolicited_response{
    .id = "rfc8489/6.3.3/unsolicited-response",
    .title = "Unsolicited response",
    .level = Level::Should,
    .document = "RFC 8489",
    .section = "6.3",
    .requirement =
        "A response that belongs to no transaction in progress is discarded without an "
        "answer.",
    .sends = "A Binding success response.",
    .conformant = "Does not answer.",
    .run = in_rfc8489_6_3_3_unsolicited_response::run,
};

}  // namespace portolan::conformance
