#include "probe/stun/message.hpp"

#include <algorithm>

#include "probe/stun/attribute_table.hpp"
#include "probe/stun/attribute_value.hpp"
#include "probe/stun/significance.hpp"
#include "probe/stun/wire.hpp"

namespace portolan::stun {
namespace {

Error malformed(std::string code, std::string message, std::size_t offset) {
    return Error{Culprit::Peer, std::move(code), std::move(message), offset};
}

// RFC 8489 s5, figure 3: the class bits sit at 4 and 8 of the type, between the method's.
constexpr MessageClass class_of(std::uint16_t type) {
    return static_cast<MessageClass>(((type >> 4) & 1) | ((type >> 7) & 2));
}

constexpr Method method_of(std::uint16_t type) {
    return static_cast<Method>((type & 0x000F) | ((type & 0x00E0) >> 1) | ((type & 0x3E00) >> 2));
}

}  // namespace

TransactionId TransactionId::with_cookie(std::span<const std::byte, 12> id) {
    TransactionId out;
    wire::store_u32(out.octets.data(), kMagicCookie);
    std::copy(id.begin(), id.end(), out.octets.begin() + 4);
    return out;
}

bool TransactionId::has_magic_cookie() const {
    return wire::load_u32(octets.data()) == kMagicCookie;
}

Result<MessageView> MessageView::parse(Bytes datagram) {
    if (datagram.size() < kHeaderBytes) {
        return malformed(
            "stun.short_header",
            "a STUN message has at least 20 bytes, this has " + std::to_string(datagram.size()),
            datagram.size());
    }
    if ((wire::u8(datagram[0]) & 0xC0U) != 0) {
        return malformed("stun.not_stun", "the two most significant bits are not zero", 0);
    }
    const std::size_t length = wire::load_u16(&datagram[2]);
    if (length % 4 != 0) {
        return malformed(
            "stun.length_unaligned",
            "the message length " + std::to_string(length) + " is not a multiple of four", 2);
    }
    if (length != datagram.size() - kHeaderBytes) {
        return malformed("stun.length_mismatch",
                         "the message length is " + std::to_string(length) + " but " +
                             std::to_string(datagram.size() - kHeaderBytes) +
                             " bytes follow the header",
                         2);
    }
    // The total is a multiple of four and every step is, so four bytes are always left for a
    // header.
    for (std::size_t at = kHeaderBytes; at < datagram.size();) {
        const std::size_t value_bytes = wire::load_u16(&datagram[at + 2]);
        const std::size_t left = datagram.size() - at - wire::kAttributeHeaderBytes;
        if (value_bytes > left) {
            return malformed("stun.attribute_overrun",
                             "an attribute of " + std::to_string(value_bytes) +
                                 " bytes does not fit the " + std::to_string(left) +
                                 " that are left",
                             at);
        }
        at += wire::kAttributeHeaderBytes + wire::padded(value_bytes);
    }
    return MessageView(datagram);
}

MessageClass MessageView::message_class() const {
    return class_of(wire::load_u16(bytes_.data()));
}

Method MessageView::method() const {
    return method_of(wire::load_u16(bytes_.data()));
}

TransactionId MessageView::transaction_id() const {
    TransactionId out;
    std::copy_n(bytes_.begin() + 4, out.octets.size(), out.octets.begin());
    return out;
}

AttributeView MessageView::Iterator::operator*() const {
    const std::size_t value_bytes = wire::load_u16(&message_[offset_ + 2]);
    return {static_cast<AttributeType>(wire::load_u16(&message_[offset_])),
            message_.subspan(offset_ + wire::kAttributeHeaderBytes, value_bytes), offset_};
}

MessageView::Iterator& MessageView::Iterator::operator++() {
    offset_ += wire::kAttributeHeaderBytes + wire::padded(wire::load_u16(&message_[offset_ + 2]));
    return *this;
}

std::optional<AttributeView> MessageView::find(AttributeType type) const {
    Significance significance;
    for (const AttributeView attribute : *this) {
        if (significance.next(attribute.type) && attribute.type == type) return attribute;
    }
    return std::nullopt;
}

std::optional<TransportAddress> MessageView::address(AttributeType type) const {
    const auto attribute = find(type);
    if (!attribute) return std::nullopt;
    return decode_address(type, attribute->value, transaction_id());
}

std::optional<std::uint16_t> MessageView::u16(AttributeType type) const {
    const auto attribute = find(type);
    if (!attribute) return std::nullopt;
    return decode_u16(type, attribute->value);
}

std::optional<std::uint32_t> MessageView::u32(AttributeType type) const {
    const auto attribute = find(type);
    if (!attribute) return std::nullopt;
    return decode_u32(type, attribute->value);
}

std::optional<std::uint64_t> MessageView::u64(AttributeType type) const {
    const auto attribute = find(type);
    if (!attribute) return std::nullopt;
    return decode_u64(type, attribute->value);
}

std::optional<std::string_view> MessageView::text(AttributeType type) const {
    const auto attribute = find(type);
    if (!attribute) return std::nullopt;
    return decode_text(type, attribute->value);
}

std::optional<ErrorCode> MessageView::error_code() const {
    const auto attribute = find(AttributeType::ErrorCode);
    if (!attribute) return std::nullopt;
    return decode_error_code(attribute->value);
}

std::vector<std::uint16_t> MessageView::unknown_comprehension_required() const {
    std::vector<std::uint16_t> out;
    // One bit a type keeps a message of 16,000 distinct attributes linear.
    std::vector<bool> seen;
    Significance significance;
    for (const AttributeView attribute : *this) {
        const auto number = static_cast<std::uint16_t>(attribute.type);
        if (!significance.next(attribute.type) || number >= 0x8000 ||
            find_attribute(attribute.type) != nullptr) {
            continue;
        }
        if (seen.empty()) seen.resize(0x8000);
        if (!seen[number]) out.push_back(number);
        seen[number] = true;
    }
    return out;
}

}  // namespace portolan::stun
