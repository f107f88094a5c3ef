#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "probe/stun/attribute_table.hpp"
#include "probe/stun/message.hpp"
#include "probe/stun/transport_address.hpp"

// Decoding and encoding of attribute values by the table's encoding. Views point into the message.
namespace portolan::stun {

struct Flag {
    friend bool operator==(const Flag&, const Flag&) = default;
};

/// RFC 5780 s7.2, bits A and B.
struct ChangeRequest {
    bool change_ip = false;
    bool change_port = false;
    friend bool operator==(const ChangeRequest&, const ChangeRequest&) = default;
};

/// RFC 8656 s18.12.
struct AddressErrorCode {
    std::uint8_t family = 0;  ///< as sent: 1 and 2 are defined
    ErrorCode error;
};

/// RFC 8489 s14.13: 16-bit types one after the other.
struct TypeList {
    Bytes types;
    [[nodiscard]] std::size_t size() const { return types.size() / 2; }
    [[nodiscard]] std::uint16_t operator[](std::size_t i) const;
};

struct PasswordAlgorithmsValue {
    Bytes entries;  ///< well-formed: parse_password_algorithms() accepts it
};

struct ChannelNumberValue {
    std::uint16_t number = 0;
};

/// RFC 8656 s18.8: an IP protocol number, 17 is UDP, 6 is TCP (RFC 6062).
struct RequestedTransportValue {
    std::uint8_t protocol = 0;
};

/// RFC 8656 s18.6 and s18.11.
struct AddressFamilyValue {
    std::uint8_t family = 0;  ///< as sent: 1 and 2 are defined
};

/// RFC 8656 s18.7.
struct EvenPortValue {
    bool reserve_next = false;
};

/// RFC 8656 s18.13. The figure there draws type and code 7 and 9 bits wide; the text and IANA's
/// registries make both octets.
struct IcmpValue {
    std::uint8_t type = 0;
    std::uint8_t code = 0;
    std::uint32_t error_data = 0;  ///< next-hop MTU in bytes for "too big", otherwise zero
};

/// RFC 6679 s7.2.2: the ECN field the peer saw, if `valid`.
struct EcnCheckValue {
    bool valid = false;
    std::uint8_t ecn = 0;
};

struct OpaqueValue {
    Bytes bytes;
};

struct FingerprintValue {
    std::uint32_t value = 0;  ///< as sent, XORed with 0x5354554E
};

using AttributeValue =
    std::variant<OpaqueValue, TransportAddress, std::uint16_t, std::uint32_t, std::uint64_t,
                 std::string_view, Flag, ChangeRequest, ErrorCode, AddressErrorCode, TypeList,
                 PasswordAlgorithmsValue, ChannelNumberValue, RequestedTransportValue,
                 AddressFamilyValue, EvenPortValue, IcmpValue, EcnCheckValue, FingerprintValue>;

/// nullopt when the value breaks the layout that the table gives for the type. Reserved bits are
/// ignored. A type that the table does not know decodes to OpaqueValue.
std::optional<AttributeValue> decode_value(AttributeType type, Bytes value,
                                           const TransactionId& id);

/// Appends the attribute in the layout of the table; false, and nothing written, when the value's
/// alternative is not the one of the type's encoding. Integrity and fingerprint values are written
/// as given, not computed.
bool encode_value(MessageWriter& writer, AttributeType type, const AttributeValue& value);

// One layout each; nullopt as in decode_value, also when the table gives the type another layout.
// Types that the table does not know are decoded when their length fits.
std::optional<TransportAddress> decode_address(AttributeType type, Bytes value,
                                               const TransactionId& id);
std::optional<std::uint16_t> decode_u16(AttributeType type, Bytes value);
/// Any attribute of exactly four bytes, bit fields included.
std::optional<std::uint32_t> decode_u32(AttributeType type, Bytes value);
std::optional<std::uint64_t> decode_u64(AttributeType type, Bytes value);
std::optional<std::string_view> decode_text(AttributeType type, Bytes value);
std::optional<ErrorCode> decode_error_code(Bytes value);

}  // namespace portolan::stun
