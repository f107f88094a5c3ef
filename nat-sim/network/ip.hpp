#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "probe/stun/transport_address.hpp"

// IPv4 (RFC 791) and IPv6 (RFC 8200) headers, ICMP (RFC 792, RFC 4443) errors, checksums (RFC
// 1071).
namespace portolan::sim {

using ByteSpan = std::span<const std::byte>;
using ByteVector = std::vector<std::byte>;

inline constexpr std::uint8_t kProtocolIcmp = 1;
inline constexpr std::uint8_t kProtocolTcp = 6;
inline constexpr std::uint8_t kProtocolUdp = 17;
inline constexpr std::uint8_t kProtocolIcmpV6 = 58;

inline constexpr std::size_t kIpv4HeaderBytes = 20;
inline constexpr std::size_t kIpv6HeaderBytes = 40;
inline constexpr std::size_t kUdpHeaderBytes = 8;
/// RFC 8200 s5, RFC 791 s3.1 ("every internet module must be able to forward a datagram of 68").
inline constexpr std::size_t kMinIpv6MtuBytes = 1280;
inline constexpr std::size_t kMinIpv4MtuBytes = 68;

std::uint16_t read_u16(ByteSpan bytes, std::size_t at);
std::uint32_t read_u32(ByteSpan bytes, std::size_t at);
void write_u16(std::span<std::byte> bytes, std::size_t at, std::uint16_t value);
void write_u32(std::span<std::byte> bytes, std::size_t at, std::uint32_t value);

/// What one IP header, extension headers included, says.
struct IpHeader {
    AddressFamily family = AddressFamily::IPv4;
    IpAddress source;
    IpAddress destination;
    std::uint8_t protocol = 0;  ///< of the payload, after IPv6 extension headers
    std::uint8_t ttl = 0;
    std::uint8_t tos = 0;
    bool dont_fragment = false;
    bool more_fragments = false;
    bool has_fragment_header = false;      ///< IPv6
    std::size_t fragment_header_at = 0;    ///< IPv6: where it is
    std::size_t next_header_field_at = 0;  ///< IPv6: which octet announces the fragment header
    std::uint32_t identification = 0;
    std::size_t fragment_offset_bytes = 0;
    std::size_t header_bytes = 0;  ///< up to the payload
    std::size_t total_bytes = 0;   ///< header and payload; what follows is padding

    [[nodiscard]] bool is_fragment() const { return more_fragments || fragment_offset_bytes != 0; }
};

/// Nothing when the packet is not whole, or its IPv4 header checksum is wrong.
std::optional<IpHeader> parse_ip(ByteSpan packet);
/// For the packet quoted in an ICMP error, which may be cut short: header only, no checksum.
std::optional<IpHeader> parse_quoted_ip(ByteSpan packet);

struct IpFields {
    IpAddress source;
    IpAddress destination;
    std::uint8_t protocol = 0;
    std::uint8_t ttl = 64;
    std::uint8_t tos = 0;
    bool dont_fragment = false;
    std::uint16_t identification = 0;  ///< IPv4
};

/// Room for a packet with that payload; the payload's octets are zero.
ByteVector make_ip(const IpFields& fields, std::size_t payload_bytes);

/// One's complement sum, folded, not inverted.
std::uint32_t sum_words(ByteSpan bytes, std::uint32_t start = 0);
std::uint16_t fold_checksum(std::uint32_t sum);
/// Over pseudo header and payload: 0 when the checksum in the payload is right.
std::uint16_t transport_checksum(const IpAddress& source, const IpAddress& destination,
                                 std::uint8_t protocol, ByteSpan payload);
void write_ipv4_checksum(std::span<std::byte> packet);

/// The TTL or hop limit, made one less; the checksum is kept right (RFC 1624).
void decrement_ttl(std::span<std::byte> packet);

/// Fragments of an IPv4 packet that fit (RFC 791 s3.2).
std::vector<ByteVector> fragment_ipv4(ByteSpan packet, const IpHeader& header,
                                      std::size_t mtu_bytes);
/// Fragments of an IPv6 packet without a fragment header, at its source (RFC 8200 s4.5).
std::vector<ByteVector> fragment_ipv6(ByteSpan packet, const IpHeader& header,
                                      std::size_t mtu_bytes, std::uint32_t identification);

struct IcmpMessage {
    std::uint8_t type = 0;
    std::uint8_t code = 0;
    std::uint32_t info = 0;  ///< the second 32-bit word: an MTU, a pointer, or zero
};

/// Which errors there are to send; the numbers differ between the families.
IcmpMessage icmp_no_route(AddressFamily family);
IcmpMessage icmp_host_unreachable(AddressFamily family);
IcmpMessage icmp_port_unreachable(AddressFamily family);
IcmpMessage icmp_protocol_unreachable(AddressFamily family);
IcmpMessage icmp_prohibited(AddressFamily family);
IcmpMessage icmp_ttl_expired(AddressFamily family);
IcmpMessage icmp_reassembly_expired(AddressFamily family);
IcmpMessage icmp_too_big(AddressFamily family, std::size_t mtu_bytes);

/// The whole packet: RFC 1812 s4.3.2.3 quotes up to 576 octets in all, RFC 4443 s3 up to 1280.
ByteVector make_icmp_error(const IpAddress& source, ByteSpan about, const IpHeader& about_header,
                           const IcmpMessage& message);
/// Whether RFC 1122 s3.2.2 and RFC 4443 s2.4(e) allow an error about this packet: not about ICMP
/// errors, later fragments, multicast, broadcast, or a source that is no single host.
bool may_report_error_about(ByteSpan packet, const IpHeader& header, const IcmpMessage& message);
/// The RST that answers a segment (RFC 9293 s3.5.2 group 1), from its destination; empty when it is
/// a RST itself or not whole.
ByteVector make_tcp_reset(ByteSpan about, const IpHeader& about_header);
bool is_icmp_error(std::uint8_t protocol, ByteSpan icmp);

}  // namespace portolan::sim
