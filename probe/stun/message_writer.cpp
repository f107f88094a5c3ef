#include <algorithm>

#include "probe/stun/attribute_table.hpp"
#include "probe/stun/crypto.hpp"
#include "probe/stun/integrity.hpp"
#include "probe/stun/message.hpp"
#include "probe/stun/wire.hpp"

namespace portolan::stun {
namespace {

constexpr std::size_t kMaxMessageBytes =
    kHeaderBytes + 0xFFFC;  // length: 16 bits, multiple of four

constexpr std::uint16_t type_of(MessageClass message_class, Method method) {
    const auto c = static_cast<unsigned>(message_class);
    const auto m = static_cast<unsigned>(method);
    return static_cast<std::uint16_t>((m & 0x00F) | ((m & 0x070) << 1) | ((m & 0xF80) << 2) |
                                      ((c & 1) << 4) | ((c & 2) << 7));
}

constexpr bool fits_error_field(int code) {
    return code >= 0 && code <= 799;
}

// RFC 8489 s14.8: class (hundreds) in three bits, number modulo 100 in an octet.
void store_error(std::byte* value, int code, std::string_view reason) {
    value[2] = static_cast<std::byte>((code / 100) & 0x7);
    value[3] = static_cast<std::byte>(code % 100);
    std::copy_n(wire::as_bytes(reason).begin(), reason.size(), value + 4);
}

}  // namespace

MessageWriter::MessageWriter(std::span<std::byte> buffer, MessageClass message_class, Method method,
                             const TransactionId& id)
    : buffer_(buffer) {
    if (buffer_.size() < kHeaderBytes) {
        overflowed_ = true;
        return;
    }
    wire::store_u16(buffer_.data(), type_of(message_class, method));
    wire::store_u16(&buffer_[2], 0);
    std::copy(id.octets.begin(), id.octets.end(), buffer_.begin() + 4);
    size_ = kHeaderBytes;
}

// Returns where the value goes, its padding already zero; nullptr when it does not fit.
std::byte* MessageWriter::append(AttributeType type, std::size_t value_bytes) {
    const std::size_t limit = std::min(buffer_.size(), kMaxMessageBytes);
    if (overflowed_ || value_bytes > 0xFFFF ||
        wire::kAttributeHeaderBytes + wire::padded(value_bytes) > limit - size_) {
        overflowed_ = true;
        return nullptr;
    }
    std::byte* const header = &buffer_[size_];
    wire::store_u16(header, static_cast<std::uint16_t>(type));
    wire::store_u16(header + 2, static_cast<std::uint16_t>(value_bytes));
    std::byte* const value = header + wire::kAttributeHeaderBytes;
    std::fill(value + value_bytes, value + wire::padded(value_bytes), std::byte{0});
    size_ += wire::kAttributeHeaderBytes + wire::padded(value_bytes);
    wire::store_u16(&buffer_[2], static_cast<std::uint16_t>(size_ - kHeaderBytes));
    return value;
}

MessageWriter& MessageWriter::add_address(AttributeType type, const TransportAddress& address) {
    const auto octets = address.ip.octets();
    std::byte* const value = append(type, 4 + octets.size());
    if (value == nullptr) return *this;
    value[0] = std::byte{0};
    value[1] = static_cast<std::byte>(address.family());
    wire::store_u16(value + 2, address.port);
    std::copy_n(std::as_bytes(octets).begin(), octets.size(), value + 4);
    const auto* info = find_attribute(type);
    if (info == nullptr || info->encoding != Encoding::XorAddress) return *this;
    const std::byte* const mask = &buffer_[4];
    value[2] ^= mask[0];
    value[3] ^= mask[1];
    for (std::size_t i = 0; i < octets.size(); ++i)
        value[4 + i] ^= mask[i];
    return *this;
}

MessageWriter& MessageWriter::add_u16(AttributeType type, std::uint16_t value) {
    return add_u32(type, static_cast<std::uint32_t>(value) << 16);
}

MessageWriter& MessageWriter::add_u32(AttributeType type, std::uint32_t value) {
    if (std::byte* const to = append(type, 4)) wire::store_u32(to, value);
    return *this;
}

MessageWriter& MessageWriter::add_u64(AttributeType type, std::uint64_t value) {
    if (std::byte* const to = append(type, 8)) wire::store_u64(to, value);
    return *this;
}

MessageWriter& MessageWriter::add_text(AttributeType type, std::string_view value) {
    return add_bytes(type, wire::as_bytes(value));
}

MessageWriter& MessageWriter::add_bytes(AttributeType type, Bytes value) {
    if (std::byte* const to = append(type, value.size())) {
        std::copy(value.begin(), value.end(), to);
    }
    return *this;
}

MessageWriter& MessageWriter::add_flag(AttributeType type) {
    append(type, 0);
    return *this;
}

MessageWriter& MessageWriter::add_change_request(bool change_ip, bool change_port) {
    return add_u32(AttributeType::ChangeRequest, (change_ip ? 4U : 0U) | (change_port ? 2U : 0U));
}

MessageWriter& MessageWriter::add_error_code(int code, std::string_view reason) {
    if (!fits_error_field(code)) {
        overflowed_ = true;
    } else if (std::byte* const value = append(AttributeType::ErrorCode, 4 + reason.size())) {
        value[0] = value[1] = std::byte{0};
        store_error(value, code, reason);
    }
    return *this;
}

MessageWriter& MessageWriter::add_address_error_code(std::uint8_t family, int code,
                                                     std::string_view reason) {
    if (!fits_error_field(code)) {
        overflowed_ = true;
    } else if (std::byte* const value =
                   append(AttributeType::AddressErrorCode, 4 + reason.size())) {
        value[0] = std::byte{family};
        value[1] = std::byte{0};
        store_error(value, code, reason);
    }
    return *this;
}

MessageWriter& MessageWriter::add_unknown_attributes(std::span<const std::uint16_t> types) {
    std::byte* to = append(AttributeType::UnknownAttributes, 2 * types.size());
    if (to == nullptr) return *this;
    for (const std::uint16_t type : types) {
        wire::store_u16(to, type);
        to += 2;
    }
    return *this;
}

MessageWriter& MessageWriter::add_message_integrity(Bytes key) {
    const std::size_t covered = size_;
    std::byte* const value = append(AttributeType::MessageIntegrity, kSha1Bytes);
    // A message without the integrity it was asked to carry must not leave, so a failing HMAC
    // counts as not written.
    if (value != nullptr &&
        !crypto::hmac(crypto::Hash::Sha1, key, {Bytes(buffer_.data(), covered)}, value)) {
        overflowed_ = true;
    }
    return *this;
}

MessageWriter& MessageWriter::add_message_integrity_sha256(Bytes key, std::size_t length_bytes) {
    if (length_bytes < kMinSha256Bytes || length_bytes > kSha256Bytes || length_bytes % 4 != 0) {
        overflowed_ = true;
        return *this;
    }
    const std::size_t covered = size_;
    std::byte* const value = append(AttributeType::MessageIntegritySha256, length_bytes);
    if (value == nullptr) return *this;
    std::array<std::byte, kSha256Bytes> full{};
    if (!crypto::hmac(crypto::Hash::Sha256, key, {Bytes(buffer_.data(), covered)}, full.data())) {
        overflowed_ = true;
    }
    std::copy_n(full.begin(), length_bytes, value);
    return *this;
}

MessageWriter& MessageWriter::add_fingerprint() {
    const std::size_t covered = size_;
    if (std::byte* const value = append(AttributeType::Fingerprint, 4)) {
        wire::store_u32(value, crypto::crc32({Bytes(buffer_.data(), covered)}) ^ kFingerprintXor);
    }
    return *this;
}

}  // namespace portolan::stun
