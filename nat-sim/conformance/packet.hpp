#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "probe/stun/transport_address.hpp"

namespace portolan::nat::conformance {

using Bytes = std::vector<std::byte>;

/// IANA protocol numbers.
enum class Protocol : std::uint8_t { Icmp = 1, Tcp = 6, Udp = 17, Icmpv6 = 58 };

/// TCP control bits (RFC 9293 s3.1).
enum TcpFlag : std::uint8_t { kFin = 1, kSyn = 2, kRst = 4, kPsh = 8, kAck = 16 };

/// ICMP types (RFC 792) and ICMPv6 types (RFC 4443) that the checks use.
inline constexpr std::uint8_t kEchoReply = 0;
inline constexpr std::uint8_t kDestinationUnreachable = 3;
inline constexpr std::uint8_t kSourceQuench = 4;
inline constexpr std::uint8_t kEchoRequest = 8;
inline constexpr std::uint8_t kTimeExceeded = 11;
inline constexpr std::uint8_t kParameterProblem = 12;
inline constexpr std::uint8_t kV6Unreachable = 1;
inline constexpr std::uint8_t kV6PacketTooBig = 2;
inline constexpr std::uint8_t kV6EchoRequest = 128;
inline constexpr std::uint8_t kV6EchoReply = 129;

/// One IP datagram as a check writes and reads it. The checks share no code with the NAT that they
/// judge: what reads the result must not be able to be wrong in the same way as what made it.
struct Packet {
    TransportAddress source = {};  ///< of an ICMP query the port is the identifier, in both ends
    TransportAddress destination = {};
    Protocol protocol = Protocol::Udp;
    std::uint8_t ttl = 64;
    std::uint8_t traffic_class = 0;
    std::uint16_t identification = 0;  ///< IPv4 only
    bool dont_fragment = false;        ///< IPv4 only
    bool more_fragments = false;
    std::uint16_t fragment_offset_bytes = 0;  ///< a multiple of 8
    Bytes ip_options = {};                    ///< a multiple of 4 bytes
    std::uint8_t tcp_flags = 0;
    std::uint32_t tcp_sequence = 1;
    std::uint8_t icmp_type = 0;
    std::uint8_t icmp_code = 0;
    std::uint32_t icmp_rest = 0;  ///< the second word of an ICMP error: the MTU of "too big"
    Bytes payload = {};           ///< of an ICMP error: the embedded datagram; of a later fragment:
                                  ///< everything behind the IP header

    bool is_ipv6() const { return source.family() == AddressFamily::IPv6; }
    bool is_fragment() const { return more_fragments || fragment_offset_bytes != 0; }
    bool is_icmp_error() const;
    bool is_icmp_query() const;
};

/// With every length and checksum right.
Bytes encode(const Packet& packet);

/// What came out, and whether its checksums hold. `transport_checksum_ok` is true where there is
/// none to check: a fragment, an embedded datagram that was cut short, UDP without one (RFC 768).
struct Dissected {
    Packet packet;
    bool ip_checksum_ok = true;
    bool transport_checksum_ok = true;
};

/// Nothing when these are not the bytes of a datagram. An embedded datagram may be cut short
/// behind eight bytes of its payload (RFC 792).
std::optional<Dissected> dissect(std::span<const std::byte> bytes);

/// "UDP 192.0.2.1:5000 > 198.51.100.1:7000, 4 bytes"
std::string to_text(const Packet& packet);

/// The ones' complement sum of RFC 1071, complemented.
std::uint16_t internet_checksum(std::span<const std::byte> bytes, std::uint32_t seed = 0);

}  // namespace portolan::nat::conformance
