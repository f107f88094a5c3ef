#include "nat-sim/conformance/packet.hpp"

#include <algorithm>

namespace portolan::nat::conformance {
namespace {

constexpr std::size_t kIpv4HeaderBytes = 20;
constexpr std::size_t kIpv6HeaderBytes = 40;
constexpr std::size_t kTcpHeaderBytes = 20;
constexpr std::size_t kPortHeaderBytes = 8;  // UDP, and ICMP as well
constexpr std::uint8_t kFragmentHeader = 44;

void put8(Bytes& out, unsigned value) {
    out.push_back(static_cast<std::byte>(value & 0xFFU));
}
void put16(Bytes& out, unsigned value) {
    put8(out, value >> 8U);
    put8(out, value);
}
void put32(Bytes& out, std::uint32_t value) {
    put16(out, value >> 16U);
    put16(out, value & 0xFFFFU);
}
void put(Bytes& out, const IpAddress& address) {
    for (const std::uint8_t octet : address.octets())
        put8(out, octet);
}
void store16(Bytes& out, std::size_t at, std::uint16_t value) {
    out[at] = static_cast<std::byte>(value >> 8U);
    out[at + 1] = static_cast<std::byte>(value & 0xFFU);
}

unsigned get8(std::span<const std::byte> in, std::size_t at) {
    return std::to_integer<unsigned>(in[at]);
}
std::uint16_t get16(std::span<const std::byte> in, std::size_t at) {
    return static_cast<std::uint16_t>((get8(in, at) << 8U) | get8(in, at + 1));
}
std::uint32_t get32(std::span<const std::byte> in, std::size_t at) {
    return (std::uint32_t{get16(in, at)} << 16U) | get16(in, at + 2);
}

std::uint32_t add_up(std::span<const std::byte> bytes, std::uint32_t sum) {
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
        sum += get16(bytes, i);
    if (bytes.size() % 2 != 0) sum += get8(bytes, bytes.size() - 1) << 8U;
    return sum;
}

/// The pseudo header of UDP, TCP and ICMPv6 (RFC 768, RFC 9293 s3.1, RFC 4443 s2.3). ICMPv4 has
/// none.
std::uint32_t pseudo_header_sum(const Packet& packet, std::size_t length_bytes) {
    if (packet.protocol == Protocol::Icmp) return 0;
    Bytes header;
    put(header, packet.source.ip);
    put(header, packet.destination.ip);
    put32(header, static_cast<std::uint32_t>(length_bytes));
    put32(header, static_cast<std::uint32_t>(packet.protocol));
    return add_up(header, 0);
}

std::size_t checksum_offset(Protocol protocol) {
    if (protocol == Protocol::Tcp) return 16;
    return protocol == Protocol::Udp ? 6 : 2;
}

Bytes encode_transport(const Packet& packet) {
    if (packet.fragment_offset_bytes != 0) return packet.payload;
    Bytes out;
    switch (packet.protocol) {
        case Protocol::Udp:
            put16(out, packet.source.port);
            put16(out, packet.destination.port);
            put16(out, static_cast<unsigned>(kPortHeaderBytes + packet.payload.size()));
            put16(out, 0);
            break;
        case Protocol::Tcp:
            put16(out, packet.source.port);
            put16(out, packet.destination.port);
            put32(out, packet.tcp_sequence);
            put32(out, (packet.tcp_flags & kAck) != 0 ? 1 : 0);
            put8(out, (kTcpHeaderBytes / 4) << 4U);
            put8(out, packet.tcp_flags);
            put16(out, 65535);
            put32(out, 0);
            break;
        case Protocol::Icmp:
        case Protocol::Icmpv6:
            put8(out, packet.icmp_type);
            put8(out, packet.icmp_code);
            put16(out, 0);
            if (packet.is_icmp_query()) {
                put16(out, packet.source.port);
                put16(out, 1);
            } else {
                put32(out, packet.icmp_rest);
            }
            break;
    }
    out.insert(out.end(), packet.payload.begin(), packet.payload.end());
    std::uint16_t checksum = internet_checksum(out, pseudo_header_sum(packet, out.size()));
    if (checksum == 0 && packet.protocol == Protocol::Udp) checksum = 0xFFFF;  // RFC 768
    store16(out, checksum_offset(packet.protocol), checksum);
    return out;
}

Bytes ipv4_header(const Packet& packet, std::size_t payload_bytes) {
    const std::size_t header_bytes = kIpv4HeaderBytes + packet.ip_options.size();
    Bytes out;
    put8(out, static_cast<unsigned>(0x40U | (header_bytes / 4)));
    put8(out, packet.traffic_class);
    put16(out, static_cast<unsigned>(header_bytes + payload_bytes));
    put16(out, packet.identification);
    put16(out, (packet.dont_fragment ? 0x4000U : 0U) | (packet.more_fragments ? 0x2000U : 0U) |
                   (packet.fragment_offset_bytes / 8U));
    put8(out, packet.ttl);
    put8(out, static_cast<unsigned>(packet.protocol));
    put16(out, 0);
    put(out, packet.source.ip);
    put(out, packet.destination.ip);
    out.insert(out.end(), packet.ip_options.begin(), packet.ip_options.end());
    store16(out, 10, internet_checksum(out));
    return out;
}

Bytes ipv6_header(const Packet& packet, std::size_t payload_bytes) {
    Bytes out;
    put32(out, 0x60000000U | (std::uint32_t{packet.traffic_class} << 20U));
    const std::size_t extension_bytes = packet.is_fragment() ? 8 : 0;
    put16(out, static_cast<unsigned>(payload_bytes + extension_bytes));
    put8(out, packet.is_fragment() ? kFragmentHeader : static_cast<unsigned>(packet.protocol));
    put8(out, packet.ttl);
    put(out, packet.source.ip);
    put(out, packet.destination.ip);
    if (packet.is_fragment()) {
        put8(out, static_cast<unsigned>(packet.protocol));
        put8(out, 0);
        put16(out, packet.fragment_offset_bytes | (packet.more_fragments ? 1U : 0U));
        put32(out, packet.identification);
    }
    return out;
}

std::optional<Protocol> known_protocol(unsigned number) {
    switch (number) {
        case 1:
        case 6:
        case 17:
        case 58:
            return static_cast<Protocol>(number);
        default:
            return std::nullopt;
    }
}

/// Reads what is behind the IP header. `whole` is false for a fragment or a datagram cut short.
bool read_transport(Dissected& out, std::span<const std::byte> bytes, bool whole) {
    Packet& packet = out.packet;
    if (packet.fragment_offset_bytes != 0) {
        packet.payload.assign(bytes.begin(), bytes.end());
        return true;
    }
    if (bytes.size() < kPortHeaderBytes) return false;
    std::size_t header_bytes = kPortHeaderBytes;
    bool has_checksum = true;
    if (packet.protocol == Protocol::Udp || packet.protocol == Protocol::Tcp) {
        packet.source.port = get16(bytes, 0);
        packet.destination.port = get16(bytes, 2);
        if (packet.protocol == Protocol::Udp) {
            has_checksum = get16(bytes, 6) != 0;
            if (whole && get16(bytes, 4) != bytes.size()) return false;
        } else {
            packet.tcp_sequence = get32(bytes, 4);
            if (bytes.size() >= kTcpHeaderBytes) {
                packet.tcp_flags = static_cast<std::uint8_t>(get8(bytes, 13));
                header_bytes = std::min<std::size_t>((get8(bytes, 12) >> 4U) * 4, bytes.size());
            }
        }
    } else {
        packet.icmp_type = static_cast<std::uint8_t>(get8(bytes, 0));
        packet.icmp_code = static_cast<std::uint8_t>(get8(bytes, 1));
        packet.icmp_rest = get32(bytes, 4);
        if (packet.is_icmp_query()) {
            packet.source.port = packet.destination.port = get16(bytes, 4);
        }
    }
    const auto rest = bytes.subspan(header_bytes);
    packet.payload.assign(rest.begin(), rest.end());
    if (whole && has_checksum) {
        out.transport_checksum_ok =
            internet_checksum(bytes, pseudo_header_sum(packet, bytes.size())) == 0;
    }
    return true;
}

std::optional<Dissected> dissect_ipv4(std::span<const std::byte> bytes) {
    if (bytes.size() < kIpv4HeaderBytes) return std::nullopt;
    const std::size_t header_bytes = (get8(bytes, 0) & 0xFU) * 4;
    const std::size_t total_bytes = get16(bytes, 2);
    if (header_bytes < kIpv4HeaderBytes || header_bytes > bytes.size() ||
        total_bytes < header_bytes) {
        return std::nullopt;
    }
    const auto protocol = known_protocol(get8(bytes, 9));
    if (!protocol) return std::nullopt;
    Dissected out;
    Packet& packet = out.packet;
    packet.protocol = *protocol;
    packet.traffic_class = static_cast<std::uint8_t>(get8(bytes, 1));
    packet.identification = get16(bytes, 4);
    packet.dont_fragment = (get8(bytes, 6) & 0x40U) != 0;
    packet.more_fragments = (get8(bytes, 6) & 0x20U) != 0;
    packet.fragment_offset_bytes = static_cast<std::uint16_t>((get16(bytes, 6) & 0x1FFFU) * 8U);
    packet.ttl = static_cast<std::uint8_t>(get8(bytes, 8));
    std::array<std::uint8_t, 4> octets{};
    for (std::size_t i = 0; i < 4; ++i)
        octets[i] = static_cast<std::uint8_t>(get8(bytes, 12 + i));
    packet.source.ip = IpAddress::v4(octets);
    for (std::size_t i = 0; i < 4; ++i)
        octets[i] = static_cast<std::uint8_t>(get8(bytes, 16 + i));
    packet.destination.ip = IpAddress::v4(octets);
    const auto options = bytes.subspan(kIpv4HeaderBytes, header_bytes - kIpv4HeaderBytes);
    packet.ip_options.assign(options.begin(), options.end());
    out.ip_checksum_ok = internet_checksum(bytes.first(header_bytes)) == 0;
    const bool cut_short = total_bytes > bytes.size();
    const std::size_t end = std::min(total_bytes, bytes.size());
    const bool whole = !cut_short && !packet.is_fragment();
    if (!read_transport(out, bytes.subspan(header_bytes, end - header_bytes), whole)) {
        return std::nullopt;
    }
    return out;
}

std::optional<Dissected> dissect_ipv6(std::span<const std::byte> bytes) {
    if (bytes.size() < kIpv6HeaderBytes) return std::nullopt;
    Dissected out;
    Packet& packet = out.packet;
    packet.traffic_class = static_cast<std::uint8_t>((get16(bytes, 0) >> 4U) & 0xFFU);
    packet.ttl = static_cast<std::uint8_t>(get8(bytes, 7));
    std::array<std::uint8_t, 16> octets{};
    for (std::size_t i = 0; i < 16; ++i)
        octets[i] = static_cast<std::uint8_t>(get8(bytes, 8 + i));
    packet.source.ip = IpAddress::v6(octets);
    for (std::size_t i = 0; i < 16; ++i)
        octets[i] = static_cast<std::uint8_t>(get8(bytes, 24 + i));
    packet.destination.ip = IpAddress::v6(octets);
    std::size_t at = kIpv6HeaderBytes;
    unsigned next = get8(bytes, 6);
    if (next == kFragmentHeader) {
        if (bytes.size() < at + 8) return std::nullopt;
        next = get8(bytes, at);
        const std::uint16_t field = get16(bytes, at + 2);
        packet.fragment_offset_bytes = field & 0xFFF8U;
        packet.more_fragments = (field & 1U) != 0;
        packet.identification = static_cast<std::uint16_t>(get32(bytes, at + 4));
        at += 8;
    }
    const auto protocol = known_protocol(next);
    if (!protocol) return std::nullopt;
    packet.protocol = *protocol;
    const std::size_t total_bytes = kIpv6HeaderBytes + get16(bytes, 4);
    const std::size_t end = std::min(total_bytes, bytes.size());
    if (end < at) return std::nullopt;
    const bool whole = total_bytes <= bytes.size() && !packet.is_fragment();
    if (!read_transport(out, bytes.subspan(at, end - at), whole)) return std::nullopt;
    return out;
}

std::string tcp_flags_text(std::uint8_t flags) {
    std::string out;
    for (const auto& [flag, name] :
         {std::pair{kSyn, "SYN"}, {kFin, "FIN"}, {kRst, "RST"}, {kPsh, "PSH"}, {kAck, "ACK"}}) {
        if ((flags & flag) != 0) out += (out.empty() ? "" : "+") + std::string(name);
    }
    return out.empty() ? "no flags" : out;
}

std::string icmp_text(const Packet& packet) {
    return std::to_string(packet.icmp_type) + "/" + std::to_string(packet.icmp_code);
}

}  // namespace

bool Packet::is_icmp_query() const {
    if (protocol == Protocol::Icmpv6) {
        return icmp_type == kV6EchoRequest || icmp_type == kV6EchoReply;
    }
    return protocol == Protocol::Icmp && (icmp_type == kEchoRequest || icmp_type == kEchoReply);
}

bool Packet::is_icmp_error() const {
    if (protocol == Protocol::Icmpv6) return icmp_type < 128;  // RFC 4443 s2.1
    return protocol == Protocol::Icmp &&
           (icmp_type == kDestinationUnreachable || icmp_type == kSourceQuench ||
            icmp_type == kTimeExceeded || icmp_type == kParameterProblem);
}

std::uint16_t internet_checksum(std::span<const std::byte> bytes, std::uint32_t seed) {
    std::uint32_t sum = add_up(bytes, seed);
    while (sum > 0xFFFFU)
        sum = (sum & 0xFFFFU) + (sum >> 16U);
    return static_cast<std::uint16_t>(~sum & 0xFFFFU);
}

Bytes encode(const Packet& packet) {
    const Bytes transport = encode_transport(packet);
    Bytes out = packet.is_ipv6() ? ipv6_header(packet, transport.size())
                                 : ipv4_header(packet, transport.size());
    out.insert(out.end(), transport.begin(), transport.end());
    return out;
}

std::optional<Dissected> dissect(std::span<const std::byte> bytes) {
    if (bytes.empty()) return std::nullopt;
    const unsigned version = get8(bytes, 0) >> 4U;
    if (version == 4) return dissect_ipv4(bytes);
    if (version == 6) return dissect_ipv6(bytes);
    return std::nullopt;
}

std::string to_text(const Packet& packet) {
    std::string out;
    const bool has_ports = packet.protocol == Protocol::Udp || packet.protocol == Protocol::Tcp;
    const bool shows_ports = has_ports && packet.fragment_offset_bytes == 0;
    const auto name = [&](const TransportAddress& end) {
        return shows_ports ? end.to_string() : end.ip.to_string();
    };
    switch (packet.protocol) {
        case Protocol::Udp:
            out = "UDP";
            break;
        case Protocol::Tcp:
            out = "TCP";
            break;
        case Protocol::Icmp:
            out = "ICMP";
            break;
        case Protocol::Icmpv6:
            out = "ICMPv6";
            break;
    }
    out += " " + name(packet.source) + " > " + name(packet.destination);
    if (packet.fragment_offset_bytes == 0) {
        if (packet.protocol == Protocol::Tcp) out += ", " + tcp_flags_text(packet.tcp_flags);
        if (!has_ports) out += ", type " + icmp_text(packet);
        if (packet.is_icmp_query()) out += ", identifier " + std::to_string(packet.source.port);
    }
    if (packet.is_icmp_error()) {
        const auto inner = dissect(packet.payload);
        out += inner ? ", about (" + to_text(inner->packet) + ")" : ", about something unreadable";
    } else if (!packet.payload.empty()) {
        out += ", " + std::to_string(packet.payload.size()) + " bytes";
    }
    if (packet.dont_fragment) out += ", DF";
    if (packet.is_fragment()) {
        out += ", fragment at " + std::to_string(packet.fragment_offset_bytes) +
               (packet.more_fragments ? " of more" : " the last");
    }
    if (packet.ttl <= 1) out += ", TTL " + std::to_string(packet.ttl);
    return out;
}

}  // namespace portolan::nat::conformance
