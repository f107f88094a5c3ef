#include "probe/discovery/reply_flaw.hpp"

#include "probe/stun/attribute_table.hpp"
#include "probe/stun/integrity.hpp"

namespace portolan::discovery {

namespace {

// RFC 8489 s14: types below are comprehension-required.
constexpr std::uint16_t kFirstOptional = 0x8000;

}  // namespace

std::string_view to_string(ReplyFlaw flaw) {
    switch (flaw) {
        case ReplyFlaw::WrongFingerprint:
            return "wrong-fingerprint";
        case ReplyFlaw::UnknownAttribute:
            return "unknown-attribute";
    }
    return "";
}

std::vector<std::uint16_t> unknown_attributes(const stun::MessageView& message) {
    std::vector<std::uint16_t> unknown;
    for (const stun::AttributeView attribute : message) {
        const auto type = static_cast<std::uint16_t>(attribute.type);
        if (type < kFirstOptional && stun::find_attribute(attribute.type) == nullptr) {
            unknown.push_back(type);
        }
    }
    return unknown;
}

std::optional<ReplyFlaw> flaw_of(const stun::MessageView& message) {
    switch (stun::verify_fingerprint(message)) {
        case stun::Check::Valid:
        case stun::Check::Absent:
            break;
        case stun::Check::Invalid:
        case stun::Check::Malformed:
            return ReplyFlaw::WrongFingerprint;
    }
    if (!unknown_attributes(message).empty()) return ReplyFlaw::UnknownAttribute;
    return std::nullopt;
}

bool can_be_mapped(const TransportAddress& address) {
    static const IpAddress kBroadcast = IpAddress::v4({255, 255, 255, 255});
    return address.port != 0 && !address.ip.is_unspecified() && address.ip != kBroadcast &&
           address.ip.address_class() != AddressClass::Multicast;
}

}  // namespace portolan::discovery
