#include "probe/stun/attribute_table.hpp"

#include <array>
#include <iterator>

namespace portolan::stun {
namespace {

using A = AttributeType;
using E = Encoding;

// What fits behind the attribute's header in the longest message: the message length is 16 bits and
// a multiple of four.
constexpr std::uint16_t kMaxValue = 0xFFFC - 4;
// RFC 8489 s14.3, s14.8 to s14.10, s14.14: fewer than 128 characters, of up to six octets when
// decoding (RFC 5389 counted in RFC 2279's UTF-8).
constexpr std::uint16_t kMaxText = 763;
constexpr bool kSecret = true;
constexpr bool kPublic = false;

constexpr AttributeInfo kAttributes[] = {
    {A::MappedAddress, "MAPPED-ADDRESS", E::Address, 8, 20, {8489, "14.1"}},
    {A::ResponseAddress, "RESPONSE-ADDRESS", E::Address, 8, 20, {3489, "11.2.2"}},
    {A::ChangeRequest, "CHANGE-REQUEST", E::ChangeRequest, 4, 4, {5780, "7.2"}},
    {A::SourceAddress, "SOURCE-ADDRESS", E::Address, 8, 20, {3489, "11.2.5"}},
    {A::ChangedAddress, "CHANGED-ADDRESS", E::Address, 8, 20, {3489, "11.2.3"}},
    {A::Username, "USERNAME", E::Text, 0, kMaxText, {8489, "14.3"}},
    {A::Password, "PASSWORD", E::Text, 0, kMaxText, {3489, "11.2.7"}, kSecret},
    {A::MessageIntegrity, "MESSAGE-INTEGRITY", E::HmacSha1, 20, 20, {8489, "14.5"}},
    {A::ErrorCode, "ERROR-CODE", E::ErrorCode, 4, 4 + kMaxText, {8489, "14.8"}},
    {A::UnknownAttributes, "UNKNOWN-ATTRIBUTES", E::TypeList, 0, kMaxValue, {8489, "14.13"}},
    {A::ReflectedFrom, "REFLECTED-FROM", E::Address, 8, 20, {3489, "11.2.11"}},
    {A::ChannelNumber, "CHANNEL-NUMBER", E::ChannelNumber, 4, 4, {8656, "18.1"}},
    {A::Lifetime, "LIFETIME", E::U32, 4, 4, {8656, "18.2"}, kPublic, "s"},
    {A::XorPeerAddress, "XOR-PEER-ADDRESS", E::XorAddress, 8, 20, {8656, "18.3"}},
    {A::Data, "DATA", E::Opaque, 0, kMaxValue, {8656, "18.4"}},
    {A::Realm, "REALM", E::Text, 0, kMaxText, {8489, "14.9"}},
    {A::Nonce, "NONCE", E::Text, 0, kMaxText, {8489, "14.10"}},
    {A::XorRelayedAddress, "XOR-RELAYED-ADDRESS", E::XorAddress, 8, 20, {8656, "18.5"}},
    {A::RequestedAddressFamily, "REQUESTED-ADDRESS-FAMILY", E::AddressFamily, 4, 4, {8656, "18.6"}},
    {A::EvenPort, "EVEN-PORT", E::EvenPort, 1, 1, {8656, "18.7"}},
    {A::RequestedTransport, "REQUESTED-TRANSPORT", E::RequestedTransport, 4, 4, {8656, "18.8"}},
    {A::DontFragment, "DONT-FRAGMENT", E::Flag, 0, 0, {8656, "18.9"}},
    {A::AccessToken, "ACCESS-TOKEN", E::Opaque, 0, kMaxValue, {7635, "6.2"}, kSecret},
    {A::MessageIntegritySha256, "MESSAGE-INTEGRITY-SHA256", E::HmacSha256, 16, 32, {8489, "14.6"}},
    {A::PasswordAlgorithm,
     "PASSWORD-ALGORITHM",
     E::PasswordAlgorithm,
     4,
     kMaxValue,
     {8489, "14.12"}},
    {A::Userhash, "USERHASH", E::Opaque, 32, 32, {8489, "14.4"}},
    {A::XorMappedAddress, "XOR-MAPPED-ADDRESS", E::XorAddress, 8, 20, {8489, "14.2"}},
    {A::ReservationToken, "RESERVATION-TOKEN", E::U64, 8, 8, {8656, "18.10"}},
    {A::Priority, "PRIORITY", E::U32, 4, 4, {8445, "16.1"}},
    {A::UseCandidate, "USE-CANDIDATE", E::Flag, 0, 0, {8445, "16.1"}},
    {A::Padding, "PADDING", E::Opaque, 0, kMaxValue, {5780, "7.6"}},
    // RFC 5780 s7.5: "followed by 2 bytes of padding" has been read both as value and as padding.
    {A::ResponsePort, "RESPONSE-PORT", E::U16, 2, 4, {5780, "7.5"}},
    {A::ConnectionId, "CONNECTION-ID", E::U32, 4, 4, {6062, "6.2.1"}},
    {A::AdditionalAddressFamily,
     "ADDITIONAL-ADDRESS-FAMILY",
     E::AddressFamily,
     4,
     4,
     {8656, "18.11"}},
    {A::AddressErrorCode,
     "ADDRESS-ERROR-CODE",
     E::AddressErrorCode,
     4,
     4 + kMaxText,
     {8656, "18.12"}},
    {A::PasswordAlgorithms,
     "PASSWORD-ALGORITHMS",
     E::PasswordAlgorithms,
     0,
     kMaxValue,
     {8489, "14.11"}},
    {A::AlternateDomain, "ALTERNATE-DOMAIN", E::Text, 0, 255, {8489, "14.16"}},
    {A::Icmp, "ICMP", E::Icmp, 8, 8, {8656, "18.13"}},
    {A::Software, "SOFTWARE", E::Text, 0, kMaxText, {8489, "14.14"}},
    {A::AlternateServer, "ALTERNATE-SERVER", E::Address, 8, 20, {8489, "14.15"}},
    {A::CacheTimeout, "CACHE-TIMEOUT", E::U32, 4, 4, {5780, "9.1"}, kPublic, "s"},
    {A::Fingerprint, "FINGERPRINT", E::Fingerprint, 4, 4, {8489, "14.7"}},
    {A::IceControlled, "ICE-CONTROLLED", E::U64, 8, 8, {8445, "16.1"}},
    {A::IceControlling, "ICE-CONTROLLING", E::U64, 8, 8, {8445, "16.1"}},
    {A::ResponseOrigin, "RESPONSE-ORIGIN", E::Address, 8, 20, {5780, "7.3"}},
    {A::OtherAddress, "OTHER-ADDRESS", E::Address, 8, 20, {5780, "7.4"}},
    {A::EcnCheck, "ECN-CHECK", E::EcnCheck, 4, 4, {6679, "7.2.2"}},
    {A::ThirdPartyAuthorization, "THIRD-PARTY-AUTHORIZATION", E::Text, 0, kMaxValue, {7635, "6.1"}},
    {A::MobilityTicket, "MOBILITY-TICKET", E::Opaque, 0, kMaxValue, {8016, "3.3"}},
};

constexpr unsigned kRequestResponse = class_bit(MessageClass::Request) |
                                      class_bit(MessageClass::SuccessResponse) |
                                      class_bit(MessageClass::ErrorResponse);
constexpr unsigned kIndication = class_bit(MessageClass::Indication);

constexpr MethodInfo kMethods[] = {
    {Method::Binding, "Binding", kRequestResponse | kIndication, {8489, "18.2"}},
    {Method::SharedSecret, "SharedSecret", kRequestResponse, {3489, "11.1"}},
    {Method::Allocate, "Allocate", kRequestResponse, {8656, "17"}},
    {Method::Refresh, "Refresh", kRequestResponse, {8656, "17"}},
    {Method::Send, "Send", kIndication, {8656, "17"}},
    {Method::Data, "Data", kIndication, {8656, "17"}},
    {Method::CreatePermission, "CreatePermission", kRequestResponse, {8656, "17"}},
    {Method::ChannelBind, "ChannelBind", kRequestResponse, {8656, "17"}},
    {Method::Connect, "Connect", kRequestResponse, {6062, "6.1"}},
    {Method::ConnectionBind, "ConnectionBind", kRequestResponse, {6062, "6.1"}},
    {Method::ConnectionAttempt, "ConnectionAttempt", kIndication, {6062, "6.1"}},
};

constexpr ErrorInfo kErrors[] = {
    {300, "Try Alternate", {8489, "14.8"}},
    {400, "Bad Request", {8489, "14.8"}},
    {401, "Unauthenticated", {8489, "14.8"}},
    {403, "Forbidden", {8656, "19"}},
    {405, "Mobility Forbidden", {8016, "3.4"}},
    {420, "Unknown Attribute", {8489, "14.8"}},
    {430, "Stale Credentials", {3489, "11.2.9"}},
    {431, "Integrity Check Failure", {3489, "11.2.9"}},
    {432, "Missing Username", {3489, "11.2.9"}},
    {433, "Use TLS", {3489, "11.2.9"}},
    {437, "Allocation Mismatch", {8656, "19"}},
    {438, "Stale Nonce", {8489, "14.8"}},
    {440, "Address Family not Supported", {8656, "19"}},
    {441, "Wrong Credentials", {8656, "19"}},
    {442, "Unsupported Transport Protocol", {8656, "19"}},
    {443, "Peer Address Family Mismatch", {8656, "19"}},
    {446, "Connection Already Exists", {6062, "6.3"}},
    {447, "Connection Timeout or Failure", {6062, "6.3"}},
    {486, "Allocation Quota Reached", {8656, "19"}},
    {487, "Role Conflict", {8445, "16.2"}},
    {500, "Server Error", {8489, "14.8"}},
    {508, "Insufficient Capacity", {8656, "19"}},
    {600, "Global Failure", {3489, "11.2.9"}},
};

// Every assigned type is 0x00xx or 0x80xx, so nine bits find the row.
constexpr std::size_t kIndexSize = 512;
constexpr std::uint8_t kNoRow = 0xFF;

constexpr std::size_t index_of(std::uint16_t type) {
    return static_cast<std::size_t>(((type >> 15) << 8) | (type & 0xFF));
}

constexpr std::array<std::uint8_t, kIndexSize> make_index() {
    std::array<std::uint8_t, kIndexSize> index{};
    for (auto& row : index)
        row = kNoRow;
    for (std::size_t i = 0; i < std::size(kAttributes); ++i) {
        index[index_of(static_cast<std::uint16_t>(kAttributes[i].type))] =
            static_cast<std::uint8_t>(i);
    }
    return index;
}

constexpr bool fits_index() {
    for (const auto& row : kAttributes) {
        if ((static_cast<std::uint16_t>(row.type) & 0x7F00) != 0) return false;
    }
    return std::size(kAttributes) < kNoRow;
}
static_assert(fits_index(), "an attribute type outside 0x00xx and 0x80xx needs a wider index");

constexpr auto kIndex = make_index();

}  // namespace

std::span<const AttributeInfo> attribute_table() {
    return kAttributes;
}
std::span<const MethodInfo> method_table() {
    return kMethods;
}
std::span<const ErrorInfo> error_table() {
    return kErrors;
}

const AttributeInfo* find_attribute(AttributeType type) {
    const auto number = static_cast<std::uint16_t>(type);
    if ((number & 0x7F00) != 0) return nullptr;
    const std::uint8_t row = kIndex[index_of(number)];
    return row == kNoRow ? nullptr : &kAttributes[row];
}

const MethodInfo* find_method(Method method) {
    for (const auto& row : kMethods) {
        if (row.method == method) return &row;
    }
    return nullptr;
}

const ErrorInfo* find_error(int code) {
    for (const auto& row : kErrors) {
        if (row.code == code) return &row;
    }
    return nullptr;
}

std::string_view name_of(AttributeType type) {
    const auto* info = find_attribute(type);
    return info != nullptr ? info->name : std::string_view{};
}

std::string_view name_of(Method method) {
    const auto* info = find_method(method);
    return info != nullptr ? info->name : std::string_view{};
}

std::string_view default_reason(int error_code) {
    const auto* info = find_error(error_code);
    return info != nullptr ? info->reason : std::string_view{};
}

std::string_view to_string(MessageClass message_class) {
    switch (message_class) {
        case MessageClass::Request:
            return "request";
        case MessageClass::Indication:
            return "indication";
        case MessageClass::SuccessResponse:
            return "success response";
        case MessageClass::ErrorResponse:
            return "error response";
    }
    return "request";
}

std::string_view to_string(Encoding encoding) {
    switch (encoding) {
        case Encoding::Address:
            return "address";
        case Encoding::XorAddress:
            return "xor_address";
        case Encoding::U16:
            return "u16";
        case Encoding::U32:
            return "u32";
        case Encoding::U64:
            return "u64";
        case Encoding::Text:
            return "text";
        case Encoding::Opaque:
            return "opaque";
        case Encoding::Flag:
            return "flag";
        case Encoding::ChangeRequest:
            return "change_request";
        case Encoding::ErrorCode:
            return "error_code";
        case Encoding::AddressErrorCode:
            return "address_error_code";
        case Encoding::TypeList:
            return "type_list";
        case Encoding::HmacSha1:
            return "hmac_sha1";
        case Encoding::HmacSha256:
            return "hmac_sha256";
        case Encoding::Fingerprint:
            return "fingerprint";
        case Encoding::PasswordAlgorithm:
            return "password_algorithm";
        case Encoding::PasswordAlgorithms:
            return "password_algorithms";
        case Encoding::ChannelNumber:
            return "channel_number";
        case Encoding::RequestedTransport:
            return "requested_transport";
        case Encoding::AddressFamily:
            return "address_family";
        case Encoding::EvenPort:
            return "even_port";
        case Encoding::Icmp:
            return "icmp";
        case Encoding::EcnCheck:
            return "ecn_check";
    }
    return "opaque";
}

}  // namespace portolan::stun
