#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <vector>

#include "probe/stun/attribute_value.hpp"
#include "probe/stun/describe.hpp"
#include "probe/stun/framing.hpp"
#include "probe/stun/integrity.hpp"
#include "probe/stun/raw_message.hpp"

// Any datagram: describing never fails; a message that parses reads within its bounds, and rebuilt
// attribute by attribute is the same message.
namespace portolan::stun {
namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

bool within(Bytes inner, Bytes outer) {
    return inner.empty() || (inner.data() >= outer.data() &&
                             inner.data() + inner.size() <= outer.data() + outer.size());
}

void check_description(Bytes datagram) {
    require(!describe_text(datagram).empty());
    const auto json = describe_json(datagram);
    require(json.at("size_bytes") == datagram.size());
    // Strict about UTF-8: throws if a peer's text got through unchecked.
    require(!json.dump().empty());
}

void check_getters(const MessageView& message, AttributeType type) {
    const auto found = message.find(type);
    require(message.has(type) == found.has_value());
    if (found) {
        require(found->type == type && within(found->value, message.bytes()));
        require(found->offset_bytes >= kHeaderBytes);
    } else {
        require(!message.u32(type) && !message.text(type) && !message.address(type));
    }
    static_cast<void>(message.u16(type));
    static_cast<void>(message.u64(type));
}

// What decodes encodes again to something that decodes to the same alternative; bytes may differ in
// reserved bits and padding only.
void check_value(const AttributeView& attribute, const TransactionId& id) {
    const auto value = decode_value(attribute.type, attribute.value, id);
    if (!value) return;
    std::vector<std::byte> buffer(attribute.value.size() + 64);
    MessageWriter writer(buffer, MessageClass::Request, Method::Binding, id);
    require(encode_value(writer, attribute.type, *value) && !writer.overflowed());
    const auto again = MessageView::parse(writer.bytes());
    require(again.has_value());
    const auto decoded = decode_value(attribute.type, again->find(attribute.type)->value, id);
    require(decoded && decoded->index() == value->index());
}

void check_rebuild(const MessageView& message) {
    std::array<std::byte, 2> type{message.bytes()[0], message.bytes()[1]};
    RawMessage raw(static_cast<std::uint16_t>((std::to_integer<unsigned>(type[0]) << 8) |
                                              std::to_integer<unsigned>(type[1])),
                   message.transaction_id());
    std::vector<std::byte> zero_padded(message.bytes().begin(), message.bytes().end());
    for (const AttributeView attribute : message) {
        raw.attribute(attribute.type, attribute.value);
        const std::size_t end = attribute.offset_bytes + 4 + attribute.value.size();
        for (std::size_t i = end; i % 4 != 0; ++i)
            zero_padded[i] = std::byte{0};
    }
    require(raw.build() == zero_padded);
}

void check_integrity(const MessageView& message) {
    const auto key = std::as_bytes(std::span("key"));
    const bool present = message.has(AttributeType::MessageIntegrity);
    require((verify_message_integrity(message, key) == Check::Absent) != present);
    const bool present256 = message.has(AttributeType::MessageIntegritySha256);
    require((verify_message_integrity_sha256(message, key, 16) == Check::Absent) != present256);
    require((verify_fingerprint(message) == Check::Absent) !=
            message.has(AttributeType::Fingerprint));
    // Protecting what came in must verify, unless integrity or fingerprint attributes came with it.
    if (present || present256 || message.has(AttributeType::Fingerprint)) return;
    if (message.bytes().size() > 60'000) return;
    const auto bytes =
        RawMessage(message.message_class(), message.method(), message.transaction_id())
            .attributes_of(message)
            .message_integrity(key)
            .message_integrity_sha256(key)
            .fingerprint()
            .build();
    const auto copy = MessageView::parse(bytes);
    require(copy.has_value());
    require(verify_message_integrity(*copy, key) == Check::Valid);
    require(verify_message_integrity_sha256(*copy, key) == Check::Valid);
    require(verify_fingerprint(*copy) == Check::Valid);
}

void run(Bytes datagram) {
    check_description(datagram);
    const auto channel = ChannelData::parse(datagram);
    require(!channel || within(channel->data, datagram));
    const auto message = MessageView::parse(datagram);
    if (!message) {
        require(message.error().byte_offset.has_value());
        require(*message.error().byte_offset <= datagram.size());
        return;
    }
    std::size_t count = 0;
    for (const AttributeView attribute : *message) {
        require(within(attribute.value, datagram));
        if (++count > 64) continue;  // find() in a loop over all would be quadratic
        check_getters(*message, attribute.type);
        check_value(attribute, message->transaction_id());
    }
    for (const auto& row : attribute_table())
        check_getters(*message, row.type);
    static_cast<void>(message->error_code());
    for (const auto type : message->unknown_comprehension_required())
        require(type < 0x8000);
    check_rebuild(*message);
    check_integrity(*message);
}

}  // namespace
}  // namespace portolan::stun

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    portolan::stun::run(std::as_bytes(std::span(data, size)));
    return 0;
}
