#include <algorithm>

#include "nat-sim/network/ip.hpp"

namespace portolan::sim {
namespace {

constexpr std::size_t kIcmpHeaderBytes = 8;
constexpr std::size_t kMaxIcmpV4PacketBytes = 576;

bool is_v4(AddressFamily family) {
    return family == AddressFamily::IPv4;
}

}  // namespace

IcmpMessage icmp_no_route(AddressFamily family) {
    return is_v4(family) ? IcmpMessage{3, 0, 0} : IcmpMessage{1, 0, 0};
}
IcmpMessage icmp_host_unreachable(AddressFamily family) {
    return is_v4(family) ? IcmpMessage{3, 1, 0} : IcmpMessage{1, 3, 0};
}
IcmpMessage icmp_port_unreachable(AddressFamily family) {
    return is_v4(family) ? IcmpMessage{3, 3, 0} : IcmpMessage{1, 4, 0};
}
// RFC 4443 s3.4: parameter problem, unrecognised next header.
IcmpMessage icmp_protocol_unreachable(AddressFamily family) {
    return is_v4(family) ? IcmpMessage{3, 2, 0} : IcmpMessage{4, 1, 6};
}
// RFC 1812 s5.2.7.1 (code 13), RFC 4443 s3.1 (code 1).
IcmpMessage icmp_prohibited(AddressFamily family) {
    return is_v4(family) ? IcmpMessage{3, 13, 0} : IcmpMessage{1, 1, 0};
}
IcmpMessage icmp_ttl_expired(AddressFamily family) {
    return is_v4(family) ? IcmpMessage{11, 0, 0} : IcmpMessage{3, 0, 0};
}
IcmpMessage icmp_reassembly_expired(AddressFamily family) {
    return is_v4(family) ? IcmpMessage{11, 1, 0} : IcmpMessage{3, 1, 0};
}
// RFC 1191 s4, RFC 4443 s3.2.
IcmpMessage icmp_too_big(AddressFamily family, std::size_t mtu_bytes) {
    const auto mtu = static_cast<std::uint32_t>(mtu_bytes);
    return is_v4(family) ? IcmpMessage{3, 4, mtu} : IcmpMessage{2, 0, mtu};
}

ByteVector make_icmp_error(const IpAddress& source, ByteSpan about, const IpHeader& about_header,
                           const IcmpMessage& message) {
    const bool v4 = is_v4(about_header.family);
    const std::size_t overhead = (v4 ? kIpv4HeaderBytes : kIpv6HeaderBytes) + kIcmpHeaderBytes;
    const std::size_t most = (v4 ? kMaxIcmpV4PacketBytes : kMinIpv6MtuBytes) - overhead;
    const ByteSpan quoted = about.first(std::min({most, about.size(), about_header.total_bytes}));
    const std::uint8_t protocol = v4 ? kProtocolIcmp : kProtocolIcmpV6;
    ByteVector out = make_ip(
        {.source = source, .destination = about_header.source, .protocol = protocol, .ttl = 64},
        kIcmpHeaderBytes + quoted.size());
    const auto icmp = std::span(out).subspan(overhead - kIcmpHeaderBytes);
    icmp[0] = std::byte{message.type};
    icmp[1] = std::byte{message.code};
    write_u32(icmp, 4, message.info);
    std::ranges::copy(quoted, icmp.begin() + kIcmpHeaderBytes);
    const std::uint16_t checksum =
        v4 ? fold_checksum(sum_words(icmp))
           : transport_checksum(source, about_header.source, protocol, icmp);
    write_u16(icmp, 2, checksum);
    return out;
}

bool is_icmp_error(std::uint8_t protocol, ByteSpan icmp) {
    if (icmp.empty()) return false;
    const auto type = std::to_integer<unsigned>(icmp[0]);
    if (protocol == kProtocolIcmp) {
        return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
    }
    return protocol == kProtocolIcmpV6 && type < 128;  // RFC 4443 s2.1
}

bool may_report_error_about(ByteSpan packet, const IpHeader& header, const IcmpMessage& message) {
    if (header.fragment_offset_bytes != 0) return false;
    const ByteSpan payload = packet.subspan(std::min(header.header_bytes, packet.size()));
    if (is_icmp_error(header.protocol, payload)) return false;
    const auto is_single = [](const IpAddress& ip) {
        const AddressClass kind = ip.address_class();
        const auto octets = ip.octets();
        const bool is_broadcast = ip.family() == AddressFamily::IPv4 && octets[0] == 255;
        return kind != AddressClass::Multicast && kind != AddressClass::Unspecified &&
               !is_broadcast;
    };
    if (!is_single(header.source)) return false;
    // RFC 4443 s2.4(e.3): "packet too big" is the exception for multicast destinations.
    const bool is_v6_too_big = header.family == AddressFamily::IPv6 && message.type == 2;
    return is_v6_too_big || is_single(header.destination);
}

ByteVector make_tcp_reset(ByteSpan about, const IpHeader& about_header) {
    constexpr std::size_t kTcpHeaderBytes = 20;
    constexpr unsigned kFin = 0x01;
    constexpr unsigned kSyn = 0x02;
    constexpr unsigned kRst = 0x04;
    constexpr unsigned kAck = 0x10;
    const std::size_t end = std::min(about.size(), about_header.total_bytes);
    if (about_header.is_fragment() || end < about_header.header_bytes + kTcpHeaderBytes) return {};
    const ByteSpan segment =
        about.subspan(about_header.header_bytes, end - about_header.header_bytes);
    const auto flags = std::to_integer<unsigned>(segment[13]);
    const std::size_t offset = std::to_integer<std::size_t>(segment[12] >> 4U) * 4;
    if ((flags & kRst) != 0 || offset < kTcpHeaderBytes || offset > segment.size()) return {};
    ByteVector out = make_ip({.source = about_header.destination,
                              .destination = about_header.source,
                              .protocol = kProtocolTcp},
                             kTcpHeaderBytes);
    const auto reset = std::span(out).last(kTcpHeaderBytes);
    write_u16(reset, 0, read_u16(segment, 2));
    write_u16(reset, 2, read_u16(segment, 0));
    reset[12] = std::byte{0x50};
    if ((flags & kAck) != 0) {
        write_u32(reset, 4, read_u32(segment, 8));
        reset[13] = std::byte{kRst};
    } else {
        const std::size_t length =
            segment.size() - offset + ((flags & kSyn) != 0 ? 1 : 0) + ((flags & kFin) != 0 ? 1 : 0);
        write_u32(reset, 8, read_u32(segment, 4) + static_cast<std::uint32_t>(length));
        reset[13] = std::byte{kRst | kAck};
    }
    write_u16(
        reset, 16,
        transport_checksum(about_header.destination, about_header.source, kProtocolTcp, reset));
    return out;
}

}  // namespace portolan::sim
