#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_6_3_length_wrong {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    std::vector<Unwanted> messages;
    for (const std::size_t excess : {2U, 400U}) {
        const stun::TransactionId id = client->new_id();
        Request request = turn::binding();
        request.text(AttributeType::Software, "portolan");
        const std::size_t length = request.build(id).size() - stun::kHeaderBytes;
        messages.push_back(
            {request.raw(id).length_field(static_cast<std::uint16_t>(length + excess)).build(),
             id});
    }
    co_return judge_silence(co_await probe.response_to_any(*client, messages));
}

}  // namespace in_rfc8489_6_3_length_wrong

extern const Check rfc8489_6_3_length_wrong;
const Check rfc8489_6_3_length_wrong{
    .id = "rfc8489/6.3/length-wrong",
    .title = "Impossible message length",
    .level = Level::Should,
    .transports = kDatagrams,
    .requirement =
        "A message whose length is not sensible (not a multiple of four, or longer than "
        "the datagram) is discarded without an answer.",
    .sends =
        "A Binding request with a SOFTWARE attribute and a length field that is two too "
        "large, and one whose length field goes 400 octets past the datagram.",
    .conformant = "Does not answer.",
    .run = in_rfc8489_6_3_length_wrong::run,
};

}  // namespace portolan::conformance
