#include "nat-sim/network/ip.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace portolan::sim {
namespace {

constexpr std::uint8_t kNextHopByHop = 0;
constexpr std::uint8_t kNextRouting = 43;
constexpr std::uint8_t kNextFragment = 44;
constexpr std::uint8_t kNextDestinationOptions = 60;
constexpr std::size_t kFragmentHeaderBytes = 8;

std::uint8_t octet(ByteSpan bytes, std::size_t at) {
    return std::to_integer<std::uint8_t>(bytes[at]);
}

IpAddress address_v4(ByteSpan bytes, std::size_t at) {
    std::array<std::uint8_t, 4> octets{};
    std::memcpy(octets.data(), bytes.data() + at, octets.size());
    return IpAddress::v4(octets);
}

IpAddress address_v6(ByteSpan bytes, std::size_t at) {
    std::array<std::uint8_t, 16> octets{};
    std::memcpy(octets.data(), bytes.data() + at, octets.size());
    return IpAddress::v6(octets);
}

void put_address(std::span<std::byte> bytes, std::size_t at, const IpAddress& ip) {
    const auto octets = ip.octets();
    std::memcpy(bytes.data() + at, octets.data(), octets.size());
}

std::optional<IpHeader> parse_v4(ByteSpan packet, bool is_quoted) {
    if (packet.size() < kIpv4HeaderBytes) return std::nullopt;
    IpHeader out;
    out.family = AddressFamily::IPv4;
    out.header_bytes = (octet(packet, 0) & 0x0FU) * 4U;
    out.total_bytes = read_u16(packet, 2);
    if (out.header_bytes < kIpv4HeaderBytes || out.header_bytes > packet.size() ||
        out.total_bytes < out.header_bytes) {
        return std::nullopt;
    }
    if (!is_quoted) {
        if (out.total_bytes > packet.size()) return std::nullopt;
        if (fold_checksum(sum_words(packet.first(out.header_bytes))) != 0) return std::nullopt;
    }
    out.tos = octet(packet, 1);
    out.identification = read_u16(packet, 4);
    const std::uint16_t flags = read_u16(packet, 6);
    out.dont_fragment = (flags & 0x4000U) != 0;
    out.more_fragments = (flags & 0x2000U) != 0;
    out.fragment_offset_bytes = (flags & 0x1FFFU) * 8U;
    out.ttl = octet(packet, 8);
    out.protocol = octet(packet, 9);
    out.source = address_v4(packet, 12);
    out.destination = address_v4(packet, 16);
    return out;
}

std::optional<IpHeader> parse_v6(ByteSpan packet, bool is_quoted) {
    if (packet.size() < kIpv6HeaderBytes) return std::nullopt;
    IpHeader out;
    out.family = AddressFamily::IPv6;
    out.total_bytes = kIpv6HeaderBytes + read_u16(packet, 4);
    if (!is_quoted && out.total_bytes > packet.size()) return std::nullopt;
    out.tos = static_cast<std::uint8_t>((read_u16(packet, 0) >> 4U) & 0xFFU);
    out.ttl = octet(packet, 7);
    out.source = address_v6(packet, 8);
    out.destination = address_v6(packet, 24);
    out.dont_fragment = true;
    std::size_t at = kIpv6HeaderBytes;
    std::size_t announced_at = 6;
    std::uint8_t next = octet(packet, announced_at);
    const std::size_t end = std::min(packet.size(), out.total_bytes);
    while (next == kNextHopByHop || next == kNextRouting || next == kNextDestinationOptions ||
           next == kNextFragment) {
        if (at + 8 > end) return std::nullopt;
        std::size_t length = (octet(packet, at + 1) + 1U) * 8U;
        if (next == kNextFragment) {
            length = kFragmentHeaderBytes;
            out.has_fragment_header = true;
            out.fragment_header_at = at;
            out.next_header_field_at = announced_at;
            const std::uint16_t field = read_u16(packet, at + 2);
            out.fragment_offset_bytes = field & 0xFFF8U;
            out.more_fragments = (field & 1U) != 0;
            out.identification = read_u32(packet, at + 4);
        }
        announced_at = at;
        next = octet(packet, at);
        at += length;
        if (at > end) return std::nullopt;
        if (out.fragment_offset_bytes != 0) break;  // no further headers in a later fragment
    }
    out.protocol = next;
    out.header_bytes = at;
    return out;
}

std::optional<IpHeader> parse(ByteSpan packet, bool is_quoted) {
    if (packet.empty()) return std::nullopt;
    const unsigned version = octet(packet, 0) >> 4U;
    if (version == 4) return parse_v4(packet, is_quoted);
    if (version == 6) return parse_v6(packet, is_quoted);
    return std::nullopt;
}

}  // namespace

std::uint16_t read_u16(ByteSpan bytes, std::size_t at) {
    return static_cast<std::uint16_t>((octet(bytes, at) << 8U) | octet(bytes, at + 1));
}

std::uint32_t read_u32(ByteSpan bytes, std::size_t at) {
    return (std::uint32_t{read_u16(bytes, at)} << 16U) | read_u16(bytes, at + 2);
}

void write_u16(std::span<std::byte> bytes, std::size_t at, std::uint16_t value) {
    bytes[at] = static_cast<std::byte>(value >> 8U);
    bytes[at + 1] = static_cast<std::byte>(value & 0xFFU);
}

void write_u32(std::span<std::byte> bytes, std::size_t at, std::uint32_t value) {
    write_u16(bytes, at, static_cast<std::uint16_t>(value >> 16U));
    write_u16(bytes, at + 2, static_cast<std::uint16_t>(value & 0xFFFFU));
}

std::optional<IpHeader> parse_ip(ByteSpan packet) {
    return parse(packet, false);
}

std::optional<IpHeader> parse_quoted_ip(ByteSpan packet) {
    return parse(packet, true);
}

ByteVector make_ip(const IpFields& fields, std::size_t payload_bytes) {
    if (fields.destination.family() == AddressFamily::IPv4) {
        ByteVector out(kIpv4HeaderBytes + payload_bytes);
        out[0] = std::byte{0x45};
        out[1] = std::byte{fields.tos};
        write_u16(out, 2, static_cast<std::uint16_t>(out.size()));
        write_u16(out, 4, fields.identification);
        write_u16(out, 6, fields.dont_fragment ? 0x4000 : 0);
        out[8] = std::byte{fields.ttl};
        out[9] = std::byte{fields.protocol};
        put_address(out, 12, fields.source);
        put_address(out, 16, fields.destination);
        write_ipv4_checksum(out);
        return out;
    }
    ByteVector out(kIpv6HeaderBytes + payload_bytes);
    write_u16(out, 0, static_cast<std::uint16_t>(0x6000U | (unsigned{fields.tos} << 4U)));
    write_u16(out, 4, static_cast<std::uint16_t>(payload_bytes));
    out[6] = std::byte{fields.protocol};
    out[7] = std::byte{fields.ttl};
    put_address(out, 8, fields.source);
    put_address(out, 24, fields.destination);
    return out;
}

std::uint32_t sum_words(ByteSpan bytes, std::uint32_t start) {
    std::uint64_t sum = start;
    std::size_t at = 0;
    // RFC 1071 s2(B): the sum does not depend on byte order, so whole words may be added.
    std::uint64_t wide = 0;
    for (; at + 4 <= bytes.size(); at += 4) {
        std::uint32_t word = 0;
        std::memcpy(&word, bytes.data() + at, sizeof word);
        wide += word;
    }
    while ((wide >> 16U) != 0)
        wide = (wide & 0xFFFFU) + (wide >> 16U);
    // Swapped back, this being a little-endian machine; see the static_assert below.
    sum += ((wide & 0xFFU) << 8U) | (wide >> 8U);
    for (; at + 2 <= bytes.size(); at += 2)
        sum += read_u16(bytes, at);
    if (at < bytes.size()) sum += static_cast<std::uint64_t>(octet(bytes, at)) << 8U;
    while ((sum >> 32U) != 0)
        sum = (sum & 0xFFFFFFFFU) + (sum >> 32U);
    return static_cast<std::uint32_t>(sum);
}
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

std::uint16_t fold_checksum(std::uint32_t sum) {
    while ((sum >> 16U) != 0)
        sum = (sum & 0xFFFFU) + (sum >> 16U);
    return static_cast<std::uint16_t>(~sum & 0xFFFFU);
}

std::uint16_t transport_checksum(const IpAddress& source, const IpAddress& destination,
                                 std::uint8_t protocol, ByteSpan payload) {
    std::uint32_t sum = sum_words(std::as_bytes(source.octets()));
    sum = sum_words(std::as_bytes(destination.octets()), sum);
    sum += protocol;
    sum += static_cast<std::uint32_t>(payload.size());
    return fold_checksum(sum_words(payload, sum));
}

void write_ipv4_checksum(std::span<std::byte> packet) {
    const std::size_t header_bytes = (octet(packet, 0) & 0x0FU) * 4U;
    write_u16(packet, 10, 0);
    write_u16(packet, 10, fold_checksum(sum_words(packet.first(header_bytes))));
}

void decrement_ttl(std::span<std::byte> packet) {
    if ((octet(packet, 0) >> 4U) == 6) {
        packet[7] = static_cast<std::byte>(octet(packet, 7) - 1U);
        return;
    }
    packet[8] = static_cast<std::byte>(octet(packet, 8) - 1U);
    // RFC 1624 eqn. 3 for a word that became 0x0100 less.
    const std::uint32_t sum = std::uint32_t{read_u16(packet, 10)} + 0x0100U;
    write_u16(packet, 10, static_cast<std::uint16_t>(sum + (sum >> 16U)));
}

std::vector<ByteVector> fragment_ipv4(ByteSpan packet, const IpHeader& header,
                                      std::size_t mtu_bytes) {
    std::vector<ByteVector> out;
    const std::size_t room = (mtu_bytes - header.header_bytes) / 8 * 8;
    const ByteSpan payload =
        packet.subspan(header.header_bytes, header.total_bytes - header.header_bytes);
    for (std::size_t at = 0; at < payload.size(); at += room) {
        const ByteSpan piece = payload.subspan(at, std::min(room, payload.size() - at));
        // Options are copied to all fragments: more than RFC 791 asks for, and always legal.
        const ByteSpan head = packet.first(header.header_bytes);
        ByteVector fragment(head.begin(), head.end());
        fragment.insert(fragment.end(), piece.begin(), piece.end());
        const bool is_last = at + piece.size() == payload.size();
        const std::size_t offset = (header.fragment_offset_bytes + at) / 8;
        const unsigned more = !is_last || header.more_fragments ? 0x2000U : 0U;
        write_u16(fragment, 2, static_cast<std::uint16_t>(fragment.size()));
        write_u16(fragment, 6, static_cast<std::uint16_t>(offset | more));
        write_ipv4_checksum(fragment);
        out.push_back(std::move(fragment));
    }
    return out;
}

std::vector<ByteVector> fragment_ipv6(ByteSpan packet, const IpHeader& header,
                                      std::size_t mtu_bytes, std::uint32_t identification) {
    std::vector<ByteVector> out;
    // Extension headers other than the fragment header are not sent by this stack, so everything
    // after the fixed header is fragmentable.
    const std::size_t room = (mtu_bytes - kIpv6HeaderBytes - kFragmentHeaderBytes) / 8 * 8;
    const ByteSpan payload =
        packet.subspan(kIpv6HeaderBytes, header.total_bytes - kIpv6HeaderBytes);
    for (std::size_t at = 0; at < payload.size(); at += room) {
        const ByteSpan piece = payload.subspan(at, std::min(room, payload.size() - at));
        ByteVector fragment(packet.begin(), packet.begin() + kIpv6HeaderBytes);
        fragment.resize(kIpv6HeaderBytes + kFragmentHeaderBytes);
        fragment[kIpv6HeaderBytes] = fragment[6];
        fragment[6] = std::byte{kNextFragment};
        const unsigned more = at + piece.size() == payload.size() ? 0U : 1U;
        write_u16(fragment, kIpv6HeaderBytes + 2, static_cast<std::uint16_t>(at | more));
        write_u32(fragment, kIpv6HeaderBytes + 4, identification);
        fragment.insert(fragment.end(), piece.begin(), piece.end());
        write_u16(fragment, 4, static_cast<std::uint16_t>(fragment.size() - kIpv6HeaderBytes));
        out.push_back(std::move(fragment));
    }
    return out;
}

}  // namespace portolan::sim
