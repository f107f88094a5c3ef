#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "probe/stun/attribute_type.hpp"
#include "probe/stun/message.hpp"

// What the codec knows about STUN, in three tables. Everything that depends on a type, method or
// error number is looked up here: getters, writer, description, round-trip test.
namespace portolan::stun {

/// How an attribute's value is laid out.
enum class Encoding : std::uint8_t {
    Address,
    XorAddress,
    U16,  ///< in the first half of 32 bits
    U32,
    U64,
    Text,
    Opaque,
    Flag,
    ChangeRequest,
    ErrorCode,
    AddressErrorCode,
    TypeList,
    HmacSha1,
    HmacSha256,
    Fingerprint,
    PasswordAlgorithm,
    PasswordAlgorithms,
    ChannelNumber,
    RequestedTransport,
    AddressFamily,
    EvenPort,
    Icmp,
    EcnCheck,
};

struct Citation {
    std::uint16_t rfc = 0;
    std::string_view section;
};

struct AttributeInfo {
    AttributeType type{};
    std::string_view name;
    Encoding encoding{};
    /// Lengths a receiver has to accept, without padding.
    std::uint16_t min_bytes = 0;
    std::uint16_t max_bytes = 0;
    Citation source;
    /// The value gives access to something and must not reach logs or reports.
    bool secret = false;
    /// Of a number: "s" for seconds; empty when it has none.
    std::string_view unit{};

    /// RFC 8489 s14: types below 0x8000 must be understood.
    [[nodiscard]] constexpr bool comprehension_required() const {
        return static_cast<std::uint16_t>(type) < 0x8000;
    }
    [[nodiscard]] constexpr bool accepts_length(std::size_t value_bytes) const {
        return value_bytes >= min_bytes && value_bytes <= max_bytes;
    }
};

/// Bits for MethodInfo::classes.
constexpr unsigned class_bit(MessageClass message_class) {
    return 1U << static_cast<unsigned>(message_class);
}

struct MethodInfo {
    Method method{};
    std::string_view name;
    unsigned classes = 0;  ///< which classes the method is defined for
    Citation source;
};

struct ErrorInfo {
    int code = 0;
    std::string_view reason;  ///< recommended by the RFC
    Citation source;
};

std::span<const AttributeInfo> attribute_table();
std::span<const MethodInfo> method_table();
std::span<const ErrorInfo> error_table();

/// nullptr when the number is not in the table. Constant time.
const AttributeInfo* find_attribute(AttributeType type);
const MethodInfo* find_method(Method method);
const ErrorInfo* find_error(int code);

/// "XOR-MAPPED-ADDRESS"; empty when unknown.
std::string_view name_of(AttributeType type);
/// "CreatePermission"; empty when unknown.
std::string_view name_of(Method method);
/// "Unauthenticated"; empty when unknown.
std::string_view default_reason(int error_code);
/// "request", "indication", "success response", "error response".
std::string_view to_string(MessageClass message_class);
/// "xor_address", "u32", ...
std::string_view to_string(Encoding encoding);

}  // namespace portolan::stun
