#include "probe/discovery/server_check_flaw.hpp"

#include "probe/stun/integrity.hpp"

namespace portolan::discovery {

std::string_view to_string(AuditFlaw flaw) {
    switch (flaw) {
        case AuditFlaw::WrongFingerprint:
            return "wrong-fingerprint";
        case AuditFlaw::UnknownAttribute:
            return "unknown-attribute";
    }
    return "";
}

std::optional<AuditFlaw> audit_flaw_of(const Arrival& arrival) {
    const auto message = stun::MessageView::parse(arrival.bytes);
    if (!message) return std::nullopt;
    switch (stun::verify_fingerprint(*message)) {
        case stun::Check::Valid:
        case stun::Check::Absent:
            break;
        case stun::Check::Invalid:
        case stun::Check::Malformed:
            return AuditFlaw::WrongFingerprint;
    }
    if (!message->unknown_comprehension_required().empty()) return AuditFlaw::UnknownAttribute;
    return std::nullopt;
}

bool can_be_mapped(const TransportAddress& address) {
    static const IpAddress kBroadcast = IpAddress::v4({255, 255, 255, 255});
    return address.port != 0 && !address.ip.is_unspecified() && address.ip != kBroadcast &&
           address.ip.address_class() != AddressClass::Multicast;
}

}  // namespace portolan::discovery
