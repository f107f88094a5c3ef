#include "probe/discovery/reply_flaw.hpp"

#include <algorithm>
#include <array>

#include "probe/stun/integrity.hpp"

namespace portolan::discovery {

namespace {

constexpr std::array<std::uint8_t, 4> kMagicCookie{0x21, 0x12, 0xA4, 0x42};  // RFC 8489 s5

/// The roles whose sockets are all alive together: no two of them can have one mapping toward one
/// destination, or their replies could not be told apart.
bool is_concurrent(Role role) {
    switch (role) {
        case Role::MapPP:
        case Role::MapPA:
        case Role::MapAP:
        case Role::MapAA:
        case Role::MapOther:
        case Role::FilterControl:
        case Role::HairpinControl:
            return true;
        default:
            return false;
    }
}

bool says_mapped(const Probe& probe, const Arrival& arrival) {
    return arrival.well_formed && arrival.flaw == ReplyFlaw::None && arrival.mapped_xor &&
           arrival.message_class == stun::MessageClass::SuccessResponse &&
           arrival.source == probe.destination && arrival.socket == probe.socket;
}

bool is_shared(const Ledger& ledger, const Probe& probe, const TransportAddress& mapped) {
    return std::any_of(ledger.probes.begin(), ledger.probes.end(), [&](const Probe& other) {
        return other.socket != probe.socket && other.destination == probe.destination &&
               is_concurrent(other.role) &&
               std::any_of(other.arrivals.begin(), other.arrivals.end(),
                           [&](const Arrival& arrival) {
                               return says_mapped(other, arrival) && arrival.mapped_xor == mapped;
                           });
    });
}

}  // namespace

std::string_view to_string(ReplyFlaw flaw) {
    switch (flaw) {
        case ReplyFlaw::Fingerprint:
            return "wrong-fingerprint";
        case ReplyFlaw::UnknownAttribute:
            return "unknown-attribute";
        case ReplyFlaw::None:
            break;
    }
    return "";
}

ReplyFlaw flaw_of(const stun::MessageView& message) {
    const stun::Check fingerprint = stun::verify_fingerprint(message);
    if (fingerprint == stun::Check::Invalid || fingerprint == stun::Check::Malformed) {
        return ReplyFlaw::Fingerprint;
    }
    return message.unknown_comprehension_required().empty() ? ReplyFlaw::None
                                                            : ReplyFlaw::UnknownAttribute;
}

bool can_be_mapped(const TransportAddress& address) {
    static const IpAddress kBroadcast = IpAddress::v4({255, 255, 255, 255});
    return address.port != 0 && !address.ip.is_unspecified() && address.ip != kBroadcast &&
           address.ip.address_class() != AddressClass::Multicast;
}

TransportAddress without_xor(const TransportAddress& address, const stun::TransactionId& id) {
    const auto octets = address.ip.octets();
    std::array<std::uint8_t, 16> plain{};
    for (std::size_t i = 0; i < octets.size(); ++i) {
        const std::uint8_t mask = i < kMagicCookie.size()
                                      ? kMagicCookie[i]
                                      : std::to_integer<std::uint8_t>(id.octets[i - 4]);
        plain[i] = octets[i] ^ mask;
    }
    const auto port = static_cast<std::uint16_t>(
        address.port ^ (static_cast<unsigned>(kMagicCookie[0]) << 8U | kMagicCookie[1]));
    if (address.family() == AddressFamily::IPv6) return {IpAddress::v6(plain), port};
    return {IpAddress::v4({plain[0], plain[1], plain[2], plain[3]}), port};
}

void note_arrival(Ledger& ledger, const Probe& probe, const Arrival& arrival) {
    const auto index = static_cast<std::size_t>(probe.server);
    if (index >= ledger.servers.size()) return;
    ServerRecord& server = ledger.servers[index];
    if (!server.contradicted) server.contradicted = probe.is_contradicted();
    if (server.shared_mapping || !is_concurrent(probe.role) || !says_mapped(probe, arrival)) return;
    // Compared when this socket saw it first, and again when another does.
    const Arrival& first = probe.arrivals.front();
    if (&first != &arrival && says_mapped(probe, first) && first.mapped_xor == arrival.mapped_xor) {
        return;
    }
    if (is_shared(ledger, probe, *arrival.mapped_xor)) server.shared_mapping = arrival.mapped_xor;
}

}  // namespace portolan::discovery
