#include "nat-sim/behavior/nat64.hpp"

#include <algorithm>
#include <array>

namespace portolan::nat {
namespace {

/// Echo request and reply.
std::uint8_t echo_to_ipv4(std::uint8_t type) {
    return type == 128 ? 8 : 0;
}
std::uint8_t echo_to_ipv6(std::uint8_t type) {
    return type == 8 ? 128 : 129;
}

/// Changes ports and type where the segment has them. `pseudo` is what the pseudo header's part of
/// the sum changes by, and is applied where `whole` says that the checksum field is there.
void change_segment(std::byte* segment, std::size_t size, std::uint8_t protocol,
                    const ChecksumDelta& pseudo, std::uint16_t source_port,
                    std::uint16_t destination_port, std::uint8_t icmp_type) {
    ChecksumDelta delta;
    delta.add(pseudo);
    if (protocol == kProtocolIcmp) {
        if (size < 8) return;
        const std::uint16_t before = get16(segment);
        put8(segment, icmp_type);
        delta.replace16(before, get16(segment));
        delta.replace16(get16(segment + 4), source_port);
        put16(segment + 4, source_port);
        put16(segment + 2, delta.apply(get16(segment + 2)));
        return;
    }
    if (protocol != kProtocolUdp && protocol != kProtocolTcp) return;
    if (size < 4) return;
    delta.replace16(get16(segment), source_port);
    delta.replace16(get16(segment + 2), destination_port);
    put16(segment, source_port);
    put16(segment + 2, destination_port);
    if (protocol == kProtocolUdp && size >= 8) {
        put16(segment + 6, delta.apply_udp(get16(segment + 6)));
    } else if (protocol == kProtocolTcp && size >= 18) {
        put16(segment + 16, delta.apply(get16(segment + 16)));
    }
}

}  // namespace

Ipv6 embed_ipv4(const Ipv6Prefix& prefix, Ipv4 address) {
    Ipv6 result = prefix.address;
    std::size_t at = prefix.length_bits / 8;
    std::fill(result.bytes.begin() + static_cast<std::ptrdiff_t>(at), result.bytes.end(),
              std::uint8_t{0});
    for (int shift = 24; shift >= 0; shift -= 8) {
        if (at == 8) ++at;
        result.bytes[at++] = static_cast<std::uint8_t>(address.value >> shift);
    }
    return result;
}

Ipv4 extract_ipv4(const Ipv6Prefix& prefix, const Ipv6& address) {
    std::size_t at = prefix.length_bits / 8;
    Ipv4 result;
    for (int i = 0; i < 4; ++i) {
        if (at == 8) ++at;
        result.value = result.value << 8 | address.bytes[at++];
    }
    return result;
}

std::vector<std::byte> to_ipv4(const std::vector<std::byte>& packet, const Ipv6Header& ip,
                               const Endpoints4& to, unsigned hops, std::uint16_t id) {
    const std::size_t end = std::min(packet.size(), ip.total_size);
    const std::size_t size = end - ip.header_size;
    const std::size_t claimed = ip.total_size - ip.header_size;  // a quoted packet is cut off
    std::vector<std::byte> result(20 + size);
    std::byte* at = result.data();
    const bool icmp = ip.protocol == kProtocolIcmpv6;
    put8(at, 0x45);
    put8(at + 1, ip.traffic_class);
    put16(at + 2, static_cast<unsigned>(20 + claimed));
    // RFC 7915 s5.1: up to 1260 bytes may be fragmented, because the IPv6 host cannot be told of
    // a smaller MTU than 1280.
    const bool may_fragment = ip.has_fragment_header || 20 + claimed <= 1260;
    put16(at + 4, may_fragment ? id : 0);
    put16(at + 6, may_fragment ? 0U : 0x4000U);
    put8(at + 8, ip.hop_limit - hops);
    put8(at + 9, icmp ? kProtocolIcmp : ip.protocol);
    put32(at + 12, to.source.value);
    put32(at + 16, to.destination.value);
    put16(at + 10, internet_checksum(at, 20));
    std::copy(packet.begin() + static_cast<std::ptrdiff_t>(ip.header_size),
              packet.begin() + static_cast<std::ptrdiff_t>(end), result.begin() + 20);
    ChecksumDelta pseudo;
    const std::uint64_t before = pseudo_sum(ip.source, ip.destination, ip.protocol, claimed);
    pseudo.replace_sum(before,
                       icmp ? 0 : pseudo_sum(to.source, to.destination, ip.protocol, claimed));
    change_segment(at + 20, size, icmp ? kProtocolIcmp : ip.protocol, pseudo, to.source_port,
                   to.destination_port, size == 0 ? std::uint8_t{0} : echo_to_ipv4(get8(at + 20)));
    return result;
}

std::vector<std::byte> to_ipv6(const std::vector<std::byte>& packet, const Ipv4Header& ip,
                               const Endpoints6& to, unsigned hops) {
    const std::size_t end = std::min(packet.size(), ip.total_size);
    const std::size_t size = end - ip.header_size;
    const std::size_t claimed = ip.total_size - ip.header_size;
    std::vector<std::byte> result(40 + size);
    std::byte* at = result.data();
    const bool icmp = ip.protocol == kProtocolIcmp;
    const std::uint8_t protocol = icmp ? kProtocolIcmpv6 : ip.protocol;
    put16(at, 0x6000U | static_cast<unsigned>(get8(packet.data() + 1)) << 4);
    put16(at + 4, static_cast<unsigned>(claimed));
    put8(at + 6, protocol);
    put8(at + 7, ip.ttl - hops);
    put_ipv6(at + 8, to.source);
    put_ipv6(at + 24, to.destination);
    std::copy(packet.begin() + static_cast<std::ptrdiff_t>(ip.header_size),
              packet.begin() + static_cast<std::ptrdiff_t>(end), result.begin() + 40);
    ChecksumDelta pseudo;
    const std::uint64_t after = pseudo_sum(to.source, to.destination, protocol, claimed);
    pseudo.replace_sum(icmp ? 0 : pseudo_sum(ip.source, ip.destination, protocol, claimed), after);
    std::byte* segment = at + 40;
    change_segment(segment, size, ip.protocol, pseudo, to.source_port, to.destination_port,
                   size == 0 ? std::uint8_t{0} : echo_to_ipv6(get8(segment)));
    // RFC 7915 s4.5: over IPv6 there is no UDP without a checksum; a whole one gets it here.
    if (protocol == kProtocolUdp && size == claimed && size >= 8 && get16(segment + 6) == 0) {
        const auto sum = static_cast<std::uint16_t>(~fold(ones_sum(segment, size) + after));
        put16(segment + 6, sum == 0 ? 0xFFFF : sum);
    }
    return result;
}

std::optional<IcmpHead> error_to_ipv4(const IcmpHead& error) {
    // RFC 7915, figure 6: where a field of the IPv6 header is in the IPv4 header.
    const auto pointer = [](std::uint32_t at) -> std::optional<std::uint32_t> {
        switch (at) {
            case 0:
            case 1:
                return at;
            case 4:
            case 5:
                return 2;
            case 6:
                return 9;
            case 7:
                return 8;
            default:
                break;
        }
        if (at >= 8 && at <= 23) return 12;
        if (at >= 24 && at <= 39) return 16;
        return std::nullopt;
    };
    switch (error.type) {
        case 1: {
            static constexpr std::array<std::uint8_t, 5> kCodes = {1, 10, 1, 1, 3};
            if (error.code >= kCodes.size()) return std::nullopt;
            return IcmpHead{3, kCodes[error.code], 0};
        }
        case 2:
            return IcmpHead{3, 4,
                            error.rest > 20 ? std::min<std::uint32_t>(error.rest - 20, 65535) : 0};
        case 3:
            return IcmpHead{11, error.code, 0};
        case 4:
            if (error.code == 1) return IcmpHead{3, 2, 0};
            if (error.code == 0) {
                if (const auto at = pointer(error.rest)) return IcmpHead{12, 0, *at << 24};
            }
            return std::nullopt;
        default:
            return std::nullopt;
    }
}

std::optional<IcmpHead> error_to_ipv6(const IcmpHead& error, std::size_t quoted_size,
                                      std::size_t mtu_ipv6) {
    // RFC 7915, figure 3.
    const auto pointer = [](std::uint32_t at) -> std::optional<std::uint32_t> {
        switch (at) {
            case 0:
            case 1:
                return at;
            case 2:
            case 3:
                return 4;
            case 8:
                return 7;
            case 9:
                return 6;
            default:
                break;
        }
        if (at >= 12 && at <= 15) return 8;
        if (at >= 16 && at <= 19) return 24;
        return std::nullopt;
    };
    switch (error.type) {
        case 3:
            switch (error.code) {
                case 2:
                    return IcmpHead{4, 1, 6};
                case 3:
                    return IcmpHead{1, 4, 0};
                case 4: {
                    std::size_t mtu = error.rest & 0xFFFF;
                    if (mtu == 0) {
                        // RFC 1191, table 7-1: the plateaus, of which RFC 7915 s4.2 wants the
                        // greatest below the packet's size.
                        for (const std::size_t plateau :
                             {65535U, 32000U, 17914U, 8166U, 4352U, 2002U, 1492U, 1280U}) {
                            mtu = plateau;
                            if (plateau < quoted_size) break;
                        }
                    }
                    mtu = std::max<std::size_t>(1280, std::min(mtu + 20, mtu_ipv6));
                    return IcmpHead{2, 0, static_cast<std::uint32_t>(mtu)};
                }
                case 9:
                case 10:
                case 13:
                case 15:
                    return IcmpHead{1, 1, 0};
                case 0:
                case 1:
                case 5:
                case 6:
                case 7:
                case 8:
                case 11:
                case 12:
                    return IcmpHead{1, 0, 0};
                default:
                    return std::nullopt;
            }
        case 11:
            return IcmpHead{3, error.code, 0};
        case 12:
            if (error.code == 0 || error.code == 2) {
                if (const auto at = pointer(error.rest >> 24)) return IcmpHead{4, 0, *at};
            }
            return std::nullopt;
        default:
            return std::nullopt;
    }
}

}  // namespace portolan::nat
