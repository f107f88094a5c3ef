#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_14_10_text_lengths {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    const Reply reply = co_await client->exchange(probe.allocate());
    if (!reply.has_come()) co_return undecided("No answer to measure: " + reply.said() + ".");
    for (const auto& [type, name] :
         {std::pair(AttributeType::Realm, "REALM"), std::pair(AttributeType::Nonce, "NONCE"),
          std::pair(AttributeType::Software, "SOFTWARE")}) {
        const auto attribute = reply.view().find(type);
        if (!attribute) continue;
        std::size_t character_count = 0;
        for (const std::byte octet : attribute->value)
            character_count += (octet & std::byte{0xC0}) != std::byte{0x80} ? 1 : 0;
        if (character_count >= 128 || attribute->value.size() > 763) {
            co_return violates(std::string(name) + " has " + std::to_string(character_count) +
                               " characters.");
        }
    }
    co_return meets("REALM, NONCE and SOFTWARE are within the limits.");
}

}  // namespace in_rfc8489_14_10_text_lengths

extern const Check rfc8489_14_10_text_lengths;
const Check rfc8489_14_10_text_lengths{
    .id = "rfc8489/14.10/text-lengths",
    .title = "Length of texts",
    .level = Level::Must,
    .requirement = "REALM, NONCE and SOFTWARE are shorter than 128 characters (and 763 octets).",
    .sends = "An Allocate request without credentials.",
    .conformant = "Answers with texts within the limits.",
    .run = in_rfc8489_14_10_text_lengths::run,
};

}  // namespace portolan::conformance
