#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "nat-sim/behavior/nat.hpp"
#include "nat-sim/behavior/state_entries.hpp"
#include "nat-sim/behavior/wire.hpp"

namespace portolan::nat {

/// The header of an IPv4 datagram.
struct Ipv4Header {
    std::size_t header_size = 0;
    std::size_t total_size = 0;
    std::uint8_t protocol = 0;
    std::uint8_t ttl = 0;
    std::uint16_t id = 0;
    bool dont_fragment = false;
    bool more_fragments = false;
    std::size_t fragment_offset = 0;  ///< in bytes
    Ipv4 source;
    Ipv4 destination;

    [[nodiscard]] bool is_fragment() const { return more_fragments || fragment_offset != 0; }
};

/// Nothing when it is none: too short, another version, lengths that contradict each other. Inside
/// ICMP errors (`quoted`) the datagram may be longer than what is there.
std::optional<Ipv4Header> read_ipv4(const std::byte* bytes, std::size_t size, bool quoted = false);

/// An IPv6 datagram: the fixed header, and where the extension headers end.
struct Ipv6Header {
    std::size_t header_size = 0;  ///< with extension headers up to a fragment header's end
    std::size_t total_size = 0;
    std::uint8_t protocol = 0;  ///< behind the extension headers
    std::uint8_t hop_limit = 0;
    std::uint8_t traffic_class = 0;
    bool fragment = false;  ///< there is a fragment header (atomic ones do not count)
    bool has_fragment_header = false;
    bool more_fragments = false;
    std::size_t fragment_offset = 0;
    std::uint32_t fragment_id = 0;
    std::size_t fragment_header_at = 0;
    Ipv6 source;
    Ipv6 destination;
};

std::optional<Ipv6Header> read_ipv6(const std::byte* bytes, std::size_t size, bool quoted = false);

inline constexpr std::uint8_t kTcpFin = 0x01;
inline constexpr std::uint8_t kTcpSyn = 0x02;
inline constexpr std::uint8_t kTcpRst = 0x04;
inline constexpr std::uint8_t kTcpAck = 0x10;

/// What the transport header says, for the protocols that are translated.
struct Transport {
    enum class Class { Ports, IcmpRequest, IcmpReply, IcmpError, Other };

    Class what = Class::Other;
    int protocol = 3;               ///< as protocol_of(Kind)
    std::uint16_t source_port = 0;  ///< of ICMP queries: the query id, in both
    std::uint16_t destination_port = 0;
    std::uint8_t tcp_flags = 0;
};

/// `size` bytes are behind the IP header. Nothing when they are too short for the protocol.
std::optional<Transport> read_transport(std::uint8_t ip_protocol, const std::byte* bytes,
                                        std::size_t size);

}  // namespace portolan::nat
