#include "nat-sim/behavior/packet.hpp"

namespace portolan::nat {
namespace {

constexpr std::uint8_t kHopByHop = 0;
constexpr std::uint8_t kRouting = 43;
constexpr std::uint8_t kFragment = 44;
constexpr std::uint8_t kDestinationOptions = 60;
constexpr int kMaxExtensionHeaders = 8;

Transport read_icmpv4(const std::byte* bytes) {
    Transport t;
    t.protocol = 2;
    switch (get8(bytes)) {
        case 8:  // echo, timestamp, information, address mask: RFC 5508 s3
        case 13:
        case 15:
        case 17:
            t.what = Transport::Class::IcmpRequest;
            break;
        case 0:
        case 14:
        case 16:
        case 18:
            t.what = Transport::Class::IcmpReply;
            break;
        case 3:  // destination unreachable, source quench, time exceeded, parameter problem
        case 4:
        case 11:
        case 12:
            t.what = Transport::Class::IcmpError;
            return t;
        default:
            return t;
    }
    t.source_port = t.destination_port = get16(bytes + 4);
    return t;
}

Transport read_icmpv6(const std::byte* bytes) {
    Transport t;
    t.protocol = 2;
    const unsigned type = get8(bytes);
    if (type >= 1 && type <= 4) {
        t.what = Transport::Class::IcmpError;
    } else if (type == 128 || type == 129) {
        t.what = type == 128 ? Transport::Class::IcmpRequest : Transport::Class::IcmpReply;
        t.source_port = t.destination_port = get16(bytes + 4);
    }
    return t;
}

}  // namespace

std::optional<Ipv4Header> read_ipv4(const std::byte* bytes, std::size_t size, bool quoted) {
    if (size < 20 || get8(bytes) >> 4 != 4) return std::nullopt;
    Ipv4Header h;
    h.header_size = static_cast<std::size_t>(get8(bytes) & 0x0F) * 4;
    h.total_size = get16(bytes + 2);
    if (h.header_size < 20 || h.header_size > size || h.total_size < h.header_size) {
        return std::nullopt;
    }
    if (!quoted && h.total_size > size) return std::nullopt;
    const std::uint16_t flags = get16(bytes + 6);
    h.id = get16(bytes + 4);
    h.dont_fragment = (flags & 0x4000) != 0;
    h.more_fragments = (flags & 0x2000) != 0;
    h.fragment_offset = static_cast<std::size_t>(flags & 0x1FFF) * 8;
    h.ttl = get8(bytes + 8);
    h.protocol = get8(bytes + 9);
    h.source = Ipv4{get32(bytes + 12)};
    h.destination = Ipv4{get32(bytes + 16)};
    return h;
}

std::optional<Ipv6Header> read_ipv6(const std::byte* bytes, std::size_t size, bool quoted) {
    if (size < 40 || get8(bytes) >> 4 != 6) return std::nullopt;
    Ipv6Header h;
    h.total_size = 40 + std::size_t{get16(bytes + 4)};
    if (!quoted && h.total_size > size) return std::nullopt;
    h.traffic_class = static_cast<std::uint8_t>(get16(bytes) >> 4);
    h.protocol = get8(bytes + 6);
    h.hop_limit = get8(bytes + 7);
    h.source = get_ipv6(bytes + 8);
    h.destination = get_ipv6(bytes + 24);
    h.header_size = 40;
    const std::size_t end = h.total_size < size ? h.total_size : size;
    for (int count = 0; count < kMaxExtensionHeaders; ++count) {
        const bool has_length =
            h.protocol == kHopByHop || h.protocol == kRouting || h.protocol == kDestinationOptions;
        if (!has_length && h.protocol != kFragment) return h;
        if (h.header_size + 8 > end) return std::nullopt;
        const std::byte* at = bytes + h.header_size;
        if (h.protocol == kFragment) {
            h.has_fragment_header = true;
            h.fragment_header_at = h.header_size;
            h.fragment_offset = get16(at + 2) & 0xFFF8;
            h.more_fragments = (get16(at + 2) & 1) != 0;
            h.fragment_id = get32(at + 4);
            h.fragment = h.more_fragments || h.fragment_offset != 0;
            h.header_size += 8;
            h.protocol = get8(at);
            // What follows the header of a later fragment is payload, whatever its number says.
            if (h.fragment_offset != 0) return h;
            continue;
        }
        h.header_size += (std::size_t{get8(at + 1)} + 1) * 8;
        h.protocol = get8(at);
        if (h.header_size > end) return std::nullopt;
    }
    return std::nullopt;
}

std::optional<Transport> read_transport(std::uint8_t ip_protocol, const std::byte* bytes,
                                        std::size_t size) {
    Transport t;
    switch (ip_protocol) {
        case kProtocolUdp:
            if (size < 8) return std::nullopt;
            t.protocol = 0;
            break;
        case kProtocolTcp:
            if (size < 20) return std::nullopt;
            t.protocol = 1;
            t.tcp_flags = get8(bytes + 13);
            break;
        case kProtocolIcmp:
            if (size < 8) return std::nullopt;
            return read_icmpv4(bytes);
        case kProtocolIcmpv6:
            if (size < 8) return std::nullopt;
            return read_icmpv6(bytes);
        default:
            return t;
    }
    t.what = Transport::Class::Ports;
    t.source_port = get16(bytes);
    t.destination_port = get16(bytes + 2);
    return t;
}

}  // namespace portolan::nat
