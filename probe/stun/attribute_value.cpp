#include "probe/stun/attribute_value.hpp"

#include <array>

#include "probe/stun/password_algorithms.hpp"
#include "probe/stun/wire.hpp"

namespace portolan::stun {
namespace {

constexpr std::uint32_t kChangeIp = 0x4;    // RFC 5780 s7.2, bit A
constexpr std::uint32_t kChangePort = 0x2;  // bit B

// Family, port and address; an XORed one is XORed with the 128 bits after type and length: the
// magic cookie and the transaction id (RFC 8489 s14.2).
std::optional<TransportAddress> read_address(Bytes value, const TransactionId* mask) {
    if (value.size() < 4) return std::nullopt;
    const auto family = static_cast<AddressFamily>(wire::u8(value[1]));
    std::uint16_t port = wire::load_u16(&value[2]);
    if (mask != nullptr) port ^= wire::load_u16(mask->octets.data());
    const Bytes octets = value.subspan(4);
    const auto octet = [&](std::size_t i) {
        const std::byte key = mask != nullptr ? mask->octets[i] : std::byte{0};
        return wire::u8(octets[i] ^ key);
    };
    if (family == AddressFamily::IPv4 && octets.size() == 4) {
        return TransportAddress{IpAddress::v4({octet(0), octet(1), octet(2), octet(3)}), port};
    }
    if (family == AddressFamily::IPv6 && octets.size() == 16) {
        std::array<std::uint8_t, 16> out{};
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = octet(i);
        return TransportAddress{IpAddress::v6(out), port};
    }
    return std::nullopt;
}

// RFC 8489 s14.8: the class in three bits, the number modulo 100 in an octet.
std::optional<ErrorCode> read_error(Bytes value) {
    const int hundreds = wire::u8(value[2]) & 0x7;
    const int number = wire::u8(value[3]);
    if (hundreds < 3 || hundreds > 6 || number > 99) return std::nullopt;
    return ErrorCode{hundreds * 100 + number, wire::as_text(value.subspan(4))};
}

std::optional<AttributeValue> decode_known(Encoding encoding, Bytes value,
                                           const TransactionId& id) {
    switch (encoding) {
        case Encoding::Address:
            return read_address(value, nullptr);
        case Encoding::XorAddress:
            return read_address(value, &id);
        case Encoding::U16:
            return wire::load_u16(value.data());
        case Encoding::U32:
            return wire::load_u32(value.data());
        case Encoding::U64:
            return wire::load_u64(value.data());
        case Encoding::Text:
            return wire::as_text(value);
        case Encoding::Flag:
            return Flag{};
        case Encoding::ChangeRequest: {
            const std::uint32_t bits = wire::load_u32(value.data());
            return ChangeRequest{(bits & kChangeIp) != 0, (bits & kChangePort) != 0};
        }
        case Encoding::ErrorCode:
            return read_error(value);
        case Encoding::AddressErrorCode: {
            const auto error = read_error(value);
            if (!error) return std::nullopt;
            return AddressErrorCode{wire::u8(value[0]), *error};
        }
        case Encoding::TypeList:
            if (value.size() % 2 != 0) return std::nullopt;
            return TypeList{value};
        case Encoding::PasswordAlgorithm: {
            Bytes rest = value;
            if (!take_password_algorithm(rest) || !rest.empty()) return std::nullopt;
            return PasswordAlgorithmsValue{value};
        }
        case Encoding::PasswordAlgorithms:
            if (!is_password_algorithms(value)) return std::nullopt;
            return PasswordAlgorithmsValue{value};
        case Encoding::ChannelNumber:
            return ChannelNumberValue{wire::load_u16(value.data())};
        case Encoding::RequestedTransport:
            return RequestedTransportValue{wire::u8(value[0])};
        case Encoding::AddressFamily:
            return AddressFamilyValue{wire::u8(value[0])};
        case Encoding::EvenPort:
            return EvenPortValue{(wire::u8(value[0]) & 0x80) != 0};
        case Encoding::Icmp:
            return IcmpValue{wire::u8(value[2]), wire::u8(value[3]), wire::load_u32(&value[4])};
        case Encoding::EcnCheck: {
            const std::uint8_t bits = wire::u8(value[3]);
            return EcnCheckValue{(bits & 1) != 0, static_cast<std::uint8_t>((bits >> 1) & 3)};
        }
        case Encoding::Fingerprint:
            return FingerprintValue{wire::load_u32(value.data())};
        case Encoding::HmacSha256:
            // RFC 8489 s14.6 (MUST): a multiple of four.
            if (value.size() % 4 != 0) return std::nullopt;
            return OpaqueValue{value};
        case Encoding::HmacSha1:
        case Encoding::Opaque:
            return OpaqueValue{value};
    }
    return std::nullopt;
}

// Whether a getter for fixed-width numbers may read the type: the table's length decides, so that
// text that happens to be four bytes long is not a number.
bool is_fixed(AttributeType type, std::size_t value_bytes) {
    const auto* info = find_attribute(type);
    return info == nullptr || (info->min_bytes == value_bytes && info->max_bytes == value_bytes);
}

}  // namespace

std::uint16_t TypeList::operator[](std::size_t i) const {
    return wire::load_u16(&types[2 * i]);
}

std::optional<AttributeValue> decode_value(AttributeType type, Bytes value,
                                           const TransactionId& id) {
    const auto* info = find_attribute(type);
    if (info == nullptr) return OpaqueValue{value};
    if (!info->accepts_length(value.size())) return std::nullopt;
    return decode_known(info->encoding, value, id);
}

std::optional<TransportAddress> decode_address(AttributeType type, Bytes value,
                                               const TransactionId& id) {
    const auto* info = find_attribute(type);
    if (info == nullptr || info->encoding == Encoding::Address) {
        return read_address(value, nullptr);
    }
    return info->encoding == Encoding::XorAddress ? read_address(value, &id) : std::nullopt;
}

std::optional<std::uint16_t> decode_u16(AttributeType type, Bytes value) {
    const auto* info = find_attribute(type);
    if (info != nullptr && info->encoding != Encoding::U16 &&
        info->encoding != Encoding::ChannelNumber) {
        return std::nullopt;
    }
    if (value.size() < 2 || value.size() > 4 ||
        (info != nullptr && !info->accepts_length(value.size()))) {
        return std::nullopt;
    }
    return wire::load_u16(value.data());
}

std::optional<std::uint32_t> decode_u32(AttributeType type, Bytes value) {
    if (value.size() != 4 || !is_fixed(type, 4)) return std::nullopt;
    return wire::load_u32(value.data());
}

std::optional<std::uint64_t> decode_u64(AttributeType type, Bytes value) {
    if (value.size() != 8 || !is_fixed(type, 8)) return std::nullopt;
    return wire::load_u64(value.data());
}

std::optional<std::string_view> decode_text(AttributeType type, Bytes value) {
    const auto* info = find_attribute(type);
    if (info != nullptr &&
        (info->encoding != Encoding::Text || !info->accepts_length(value.size()))) {
        return std::nullopt;
    }
    return wire::as_text(value);
}

std::optional<ErrorCode> decode_error_code(Bytes value) {
    const auto* info = find_attribute(AttributeType::ErrorCode);
    return info->accepts_length(value.size()) ? read_error(value) : std::nullopt;
}

}  // namespace portolan::stun
