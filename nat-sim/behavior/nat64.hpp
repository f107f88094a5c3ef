#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "nat-sim/behavior/packet.hpp"

// The stateless part of NAT64: addresses (RFC 6052) and headers (RFC 7915). What is translated to
// what is decided by the sessions, elsewhere.

namespace portolan::nat {

/// RFC 6052 s2.2; the bits 64 to 71 are skipped.
Ipv6 embed_ipv4(const Ipv6Prefix& prefix, Ipv4 address);
Ipv4 extract_ipv4(const Ipv6Prefix& prefix, const Ipv6& address);

/// The endpoints of the packet that comes out. For ICMP queries both ports are the query id.
struct Endpoints4 {
    Ipv4 source;
    Ipv4 destination;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
};
struct Endpoints6 {
    Ipv6 source;
    Ipv6 destination;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
};

/// RFC 7915 s5.1 and s4.1 of a whole datagram with ports or an ICMP echo; the hop is counted when
/// `hops` is 1.
std::vector<std::byte> to_ipv4(const std::vector<std::byte>& packet, const Ipv6Header& ip,
                               const Endpoints4& to, unsigned hops, std::uint16_t id);
std::vector<std::byte> to_ipv6(const std::vector<std::byte>& packet, const Ipv4Header& ip,
                               const Endpoints6& to, unsigned hops);

/// ICMP type, code and the word behind the checksum; RFC 7915 s5.2 and s4.2.
struct IcmpHead {
    std::uint8_t type = 0;
    std::uint8_t code = 0;
    std::uint32_t rest = 0;
};
std::optional<IcmpHead> error_to_ipv4(const IcmpHead& error);
/// `quoted_size` is the total length of the packet that the error is about.
std::optional<IcmpHead> error_to_ipv6(const IcmpHead& error, std::size_t quoted_size,
                                      std::size_t mtu_ipv6);

}  // namespace portolan::nat
