#include <array>

#include "probe/stun/attribute_value.hpp"
#include "probe/stun/wire.hpp"

namespace portolan::stun {
namespace {

std::array<std::byte, 4> first_octet(std::uint8_t octet) {
    return {std::byte{octet}};
}

// Writes each alternative of AttributeValue; returns whether it belongs to the encoding.
struct Encoder {
    MessageWriter& writer;
    AttributeType type;
    Encoding encoding;

    bool operator()(const OpaqueValue& v) const {
        if (encoding != Encoding::Opaque && encoding != Encoding::HmacSha1 &&
            encoding != Encoding::HmacSha256) {
            return false;
        }
        writer.add_bytes(type, v.bytes);
        return true;
    }
    bool operator()(const TransportAddress& v) const {
        if (encoding != Encoding::Address && encoding != Encoding::XorAddress) return false;
        writer.add_address(type, v);
        return true;
    }
    bool operator()(std::uint16_t v) const {
        if (encoding != Encoding::U16) return false;
        writer.add_u16(type, v);
        return true;
    }
    bool operator()(std::uint32_t v) const {
        if (encoding != Encoding::U32) return false;
        writer.add_u32(type, v);
        return true;
    }
    bool operator()(std::uint64_t v) const {
        if (encoding != Encoding::U64) return false;
        writer.add_u64(type, v);
        return true;
    }
    bool operator()(std::string_view v) const {
        if (encoding != Encoding::Text) return false;
        writer.add_text(type, v);
        return true;
    }
    bool operator()(const Flag&) const {
        if (encoding != Encoding::Flag) return false;
        writer.add_flag(type);
        return true;
    }
    bool operator()(const ChangeRequest& v) const {
        if (encoding != Encoding::ChangeRequest) return false;
        writer.add_change_request(v.change_ip, v.change_port);
        return true;
    }
    bool operator()(const ErrorCode& v) const {
        if (encoding != Encoding::ErrorCode) return false;
        writer.add_error_code(v.code, v.reason);
        return true;
    }
    bool operator()(const AddressErrorCode& v) const {
        if (encoding != Encoding::AddressErrorCode) return false;
        writer.add_address_error_code(v.family, v.error.code, v.error.reason);
        return true;
    }
    bool operator()(const TypeList& v) const {
        if (encoding != Encoding::TypeList) return false;
        writer.add_bytes(type, v.types);
        return true;
    }
    bool operator()(const PasswordAlgorithmsValue& v) const {
        if (encoding != Encoding::PasswordAlgorithm && encoding != Encoding::PasswordAlgorithms) {
            return false;
        }
        writer.add_bytes(type, v.entries);
        return true;
    }
    bool operator()(const ChannelNumberValue& v) const {
        if (encoding != Encoding::ChannelNumber) return false;
        writer.add_u16(type, v.number);
        return true;
    }
    bool operator()(const RequestedTransportValue& v) const {
        if (encoding != Encoding::RequestedTransport) return false;
        writer.add_bytes(type, first_octet(v.protocol));
        return true;
    }
    bool operator()(const AddressFamilyValue& v) const {
        if (encoding != Encoding::AddressFamily) return false;
        writer.add_bytes(type, first_octet(v.family));
        return true;
    }
    bool operator()(const EvenPortValue& v) const {
        if (encoding != Encoding::EvenPort) return false;
        const std::array octet{v.reserve_next ? std::byte{0x80} : std::byte{0}};
        writer.add_bytes(type, octet);
        return true;
    }
    bool operator()(const IcmpValue& v) const {
        if (encoding != Encoding::Icmp) return false;
        std::array<std::byte, 8> octets{};
        octets[2] = std::byte{v.type};
        octets[3] = std::byte{v.code};
        wire::store_u32(&octets[4], v.error_data);
        writer.add_bytes(type, octets);
        return true;
    }
    bool operator()(const EcnCheckValue& v) const {
        if (encoding != Encoding::EcnCheck) return false;
        writer.add_u32(type, (static_cast<std::uint32_t>(v.ecn & 3) << 1) | (v.valid ? 1U : 0U));
        return true;
    }
    bool operator()(const FingerprintValue& v) const {
        if (encoding != Encoding::Fingerprint) return false;
        writer.add_u32(type, v.value);
        return true;
    }
};

}  // namespace

bool encode_value(MessageWriter& writer, AttributeType type, const AttributeValue& value) {
    const auto* info = find_attribute(type);
    if (info == nullptr) {
        const auto* opaque = std::get_if<OpaqueValue>(&value);
        if (opaque == nullptr) return false;
        writer.add_bytes(type, opaque->bytes);
        return true;
    }
    return std::visit(Encoder{writer, type, info->encoding}, value);
}

}  // namespace portolan::stun
