#include <algorithm>

#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_14_padding_zero {

// Where a padding octet is not zero; nothing when all are.
static std::optional<std::size_t> odd_padding(const stun::MessageView& message) {
    for (const stun::AttributeView attribute : message) {
        const std::size_t begin = attribute.offset_bytes + 4 + attribute.value.size();
        const std::size_t end = std::min(message.bytes().size(), (begin + 3) / 4 * 4);
        for (std::size_t i = begin; i < end; ++i) {
            if (message.bytes()[i] != std::byte{}) return i;
        }
    }
    return std::nullopt;
}

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    Request unknown = turn::binding();
    unknown.u32(static_cast<AttributeType>(0x7FEE), 1);
    std::size_t seen_count = 0;
    for (const Request& request : {turn::binding(), unknown, probe.allocate()}) {
        const Reply reply = co_await client->exchange(request);
        if (!reply.has_come()) continue;
        ++seen_count;
        if (const auto at = odd_padding(reply.view())) {
            co_return violates("Octet " + std::to_string(*at) +
                               " of an answer is padding and not zero.");
        }
    }
    if (seen_count == 0) co_return undecided("Nothing was answered.");
    co_return meets("All padding is zero.");
}

}  // namespace in_rfc8489_14_padding_zero

extern const Check rfc8489_14_padding_zero;
const Check rfc8489_14_padding_zero{
    .id = "rfc8489/14/padding-zero",
    .title = "Padding of zeros",
    .level = Level::Must,
    .requirement = "The octets that pad an attribute to a multiple of four are zero.",
    .sends =
        "A Binding request, an Allocate request without credentials, and one with an "
        "unknown required attribute.",
    .conformant = "Answers in which every octet of padding is zero.",
    .run = in_rfc8489_14_padding_zero::run,
};

}  // namespace portolan::conformance
