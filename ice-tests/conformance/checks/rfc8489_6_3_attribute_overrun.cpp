#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_6_3_attribute_overrun {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    const stun::TransactionId id = client->new_id();
    const auto value = std::as_bytes(std::span(std::string_view("portolan")));
    auto message = turn::binding()
                       .raw(id)
                       .attribute(AttributeType::Software, value, {.claimed_length_bytes = 72})
                       .build();
    const auto response = co_await probe.response_to(*client, std::move(message), id);
    if (!response) co_return meets("It did not answer.");
    Reply reply;
    reply.bytes = *response;
    const bool is_response = stun::MessageView::parse(*response).has_value();
    if (is_response && reply.code() == 400) co_return meets("It answered with error 400.");
    co_return judge_silence(response);
}

}  // namespace in_rfc8489_6_3_attribute_overrun

extern const Check rfc8489_6_3_attribute_overrun;
const Check rfc8489_6_3_attribute_overrun{
    .id = "rfc8489/6.3/attribute-overrun",
    .title = "Attribute longer than the message",
    .level = Level::Should,
    .requirement =
        "An attribute that goes past the end of its message makes the message malformed: "
        "it is discarded, or refused with error 400, and never answered with success.",
    .sends = "A Binding request whose SOFTWARE attribute claims 64 octets more than there are.",
    .conformant = "Does not answer, or answers with error 400.",
    .run = in_rfc8489_6_3_attribute_overrun::run,
};

}  // namespace portolan::conformance
