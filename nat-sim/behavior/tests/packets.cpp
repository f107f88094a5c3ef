#include "nat-sim/behavior/tests/packets.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <ostream>

namespace portolan::nat::test {
namespace {

void put16(Bytes& bytes, std::size_t at, std::size_t value) {
    bytes[at] = static_cast<std::byte>(value >> 8 & 0xFF);
    bytes[at + 1] = static_cast<std::byte>(value & 0xFF);
}
unsigned get8(const Bytes& bytes, std::size_t at) {
    return at < bytes.size() ? std::to_integer<unsigned>(bytes[at]) : 0;
}
unsigned get16(const Bytes& bytes, std::size_t at) {
    return get8(bytes, at) << 8 | get8(bytes, at + 1);
}

/// RFC 1071, word by word with end-around carry.
std::uint16_t full_checksum(const Bytes& bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        sum += get16(bytes, i);
        if (sum > 0xFFFF) sum -= 0xFFFF;
    }
    return static_cast<std::uint16_t>(0xFFFF - sum);
}

bool is_v6(const std::string& ip) {
    return ip.find(':') != std::string::npos;
}

Bytes raw_address(const std::string& ip) {
    Bytes raw(is_v6(ip) ? 16 : 4);
    inet_pton(is_v6(ip) ? AF_INET6 : AF_INET, ip.c_str(), raw.data());
    return raw;
}

std::string text_address(const Bytes& bytes, std::size_t at, bool v6) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data() + at, text.data(), text.size());
    return text.data();
}

void append(Bytes& to, const Bytes& what) {
    to.insert(to.end(), what.begin(), what.end());
}

Bytes slice(const Bytes& bytes, std::size_t at, std::size_t end) {
    at = std::min(at, bytes.size());
    end = std::clamp(end, at, bytes.size());
    return {bytes.begin() + static_cast<std::ptrdiff_t>(at),
            bytes.begin() + static_cast<std::ptrdiff_t>(end)};
}

/// The transport segment behind its pseudo header.
Bytes with_pseudo_header(const Bytes& source, const Bytes& destination, std::uint8_t protocol,
                         const Bytes& segment) {
    Bytes all = source;
    append(all, destination);
    Bytes tail(4);
    put16(tail, 0, segment.size() >> 16);
    put16(tail, 2, segment.size());
    append(all, tail);
    append(all, {std::byte{0}, std::byte{0}, std::byte{0}, std::byte{protocol}});
    append(all, segment);
    return all;
}

Bytes ip_packet(const Address& from, const Address& to, std::uint8_t protocol, Bytes segment,
                std::size_t checksum_at, bool pseudo, const Options& options) {
    const Bytes source = raw_address(from.ip);
    const Bytes destination = raw_address(to.ip);
    if (checksum_at != 0) {
        const std::uint16_t sum = full_checksum(
            pseudo ? with_pseudo_header(source, destination, protocol, segment) : segment);
        put16(segment, checksum_at, protocol == 17 && sum == 0 ? 0xFFFF : sum);
    }
    if (is_v6(from.ip)) {
        Bytes packet(8);
        packet[0] = std::byte{0x60};
        put16(packet, 4, segment.size());
        packet[6] = std::byte{protocol};
        packet[7] = std::byte{options.ttl};
        append(packet, source);
        append(packet, destination);
        append(packet, segment);
        return packet;
    }
    Bytes header(12);
    const std::size_t size = 20 + options.ip_options.size();
    header[0] = static_cast<std::byte>(0x40 + size / 4);
    put16(header, 2, size + segment.size());
    put16(header, 4, options.id);
    put16(header, 6, options.dont_fragment ? 0x4000 : 0);
    header[8] = std::byte{options.ttl};
    header[9] = std::byte{protocol};
    append(header, source);
    append(header, destination);
    append(header, options.ip_options);
    put16(header, 10, full_checksum(header));
    append(header, segment);
    return header;
}

}  // namespace

Address::Address(const char* text) {
    const std::string all(text);
    const auto bracket = all.find(']');
    if (bracket != std::string::npos) {
        ip = all.substr(1, bracket - 1);
        if (bracket + 2 < all.size()) {
            port = static_cast<std::uint16_t>(std::stoul(all.substr(bracket + 2)));
        }
        return;
    }
    const auto colon = all.find(':');
    const bool has_port =
        colon != std::string::npos && all.find(':', colon + 1) == std::string::npos;
    ip = has_port ? all.substr(0, colon) : all;
    if (has_port) port = static_cast<std::uint16_t>(std::stoul(all.substr(colon + 1)));
}

std::ostream& operator<<(std::ostream& out, const Address& address) {
    return out << address.ip << ":" << address.port;
}

Bytes bytes_of(std::string_view text) {
    Bytes bytes;
    for (const char c : text)
        bytes.push_back(static_cast<std::byte>(c));
    return bytes;
}

Bytes udp(const Address& from, const Address& to, const Bytes& payload, const Options& options) {
    Bytes segment(8);
    put16(segment, 0, from.port);
    put16(segment, 2, to.port);
    put16(segment, 4, 8 + payload.size());
    append(segment, payload);
    return ip_packet(from, to, 17, segment, options.udp_checksum ? 6 : 0, true, options);
}

Bytes tcp(const Address& from, const Address& to, std::uint8_t flags, const Bytes& payload,
          const Options& options) {
    Bytes segment(20);
    put16(segment, 0, from.port);
    put16(segment, 2, to.port);
    segment[7] = std::byte{1};
    segment[12] = std::byte{0x50};
    segment[13] = std::byte{flags};
    put16(segment, 14, 65535);
    append(segment, payload);
    return ip_packet(from, to, 6, segment, 16, true, options);
}

Bytes echo(const Address& from, const Address& to, bool request, std::uint16_t id) {
    const bool v6 = is_v6(from.ip);
    Bytes segment(8);
    segment[0] = std::byte{v6 ? (request ? std::uint8_t{128} : std::uint8_t{129})
                              : (request ? std::uint8_t{8} : std::uint8_t{0})};
    put16(segment, 4, id);
    put16(segment, 6, 7);
    append(segment, bytes_of("ping"));
    return ip_packet(from, to, v6 ? 58 : 1, segment, 2, v6, {});
}

Bytes icmp_error(const Address& from, const Address& to, std::uint8_t type, std::uint8_t code,
                 const Bytes& about, std::size_t quote) {
    const bool v6 = is_v6(from.ip);
    Bytes segment(8);
    segment[0] = std::byte{type};
    segment[1] = std::byte{code};
    append(segment, slice(about, 0, quote));
    return ip_packet(from, to, v6 ? 58 : 1, segment, 2, v6, {});
}

std::vector<Bytes> fragments(const Bytes& datagram, std::size_t size) {
    const std::size_t header_size = (get8(datagram, 0) & 15) * 4;
    std::vector<Bytes> all;
    for (std::size_t at = header_size; at < datagram.size(); at += size) {
        Bytes fragment = slice(datagram, 0, header_size);
        append(fragment, slice(datagram, at, at + size));
        put16(fragment, 2, fragment.size());
        const bool more = at + size < datagram.size();
        put16(fragment, 6, (more ? 0x2000 : 0) | (at - header_size) / 8);
        put16(fragment, 10, 0);
        put16(fragment, 10, full_checksum(slice(fragment, 0, header_size)));
        all.push_back(fragment);
    }
    return all;
}

View view(const Bytes& packet, bool complete) {
    View v;
    v.version = static_cast<int>(get8(packet, 0) >> 4);
    const bool v6 = v.version == 6;
    const auto fail = [&](const char* problem) {
        v.problem = problem;
        return v;
    };
    if (packet.size() < (v6 ? 40U : 20U) || (v.version != 4 && !v6)) return fail("no IP packet");
    v.header_size = v6 ? 40 : (get8(packet, 0) & 15) * 4;
    const std::size_t total = v6 ? 40 + get16(packet, 4) : get16(packet, 2);
    if (complete ? total != packet.size() : total < packet.size()) return fail("total length");
    v.protocol = static_cast<std::uint8_t>(get8(packet, v6 ? 6 : 9));
    v.ttl = static_cast<std::uint8_t>(get8(packet, v6 ? 7 : 8));
    v.from.ip = text_address(packet, v6 ? 8 : 12, v6);
    v.to.ip = text_address(packet, v6 ? 24 : 16, v6);
    if (!v6) {
        v.dont_fragment = (get16(packet, 6) & 0x4000) != 0;
        v.more_fragments = (get16(packet, 6) & 0x2000) != 0;
        v.fragment_offset = (get16(packet, 6) & 0x1FFF) * 8;
        if (full_checksum(slice(packet, 0, v.header_size)) != 0) return fail("IP checksum");
    } else if (v.protocol == 44) {
        v.protocol = static_cast<std::uint8_t>(get8(packet, 40));
        v.fragment_offset = get16(packet, 42) & 0xFFF8;
        v.more_fragments = (get16(packet, 42) & 1) != 0;
        v.header_size = 48;
    }
    const bool whole = complete && !v.more_fragments && v.fragment_offset == 0;
    const Bytes segment = slice(packet, v.header_size, packet.size());
    const Bytes source = slice(packet, v6 ? 8 : 12, v6 ? 24 : 16);
    const Bytes destination = slice(packet, v6 ? 24 : 16, v6 ? 40 : 20);
    const auto sum = [&](bool pseudo) {
        return full_checksum(pseudo ? with_pseudo_header(source, destination, v.protocol, segment)
                                    : segment);
    };
    v.from.port = static_cast<std::uint16_t>(get16(segment, 0));
    v.to.port = static_cast<std::uint16_t>(get16(segment, 2));
    switch (v.protocol) {
        case 17:
            v.udp_checksum = static_cast<std::uint16_t>(get16(segment, 6));
            if (whole && get16(segment, 4) != segment.size()) return fail("UDP length");
            if (whole && v.udp_checksum != 0 && sum(true) != 0) return fail("UDP checksum");
            v.payload = slice(segment, 8, segment.size());
            break;
        case 6:
            v.tcp_flags = static_cast<std::uint8_t>(get8(segment, 13));
            if (whole && sum(true) != 0) return fail("TCP checksum");
            v.payload = slice(segment, 20, segment.size());
            break;
        case 1:
        case 58:
            v.icmp_type = static_cast<std::uint8_t>(get8(segment, 0));
            v.icmp_code = static_cast<std::uint8_t>(get8(segment, 1));
            v.icmp_rest = get16(segment, 4) << 16 | get16(segment, 6);
            v.from.port = v.to.port = static_cast<std::uint16_t>(get16(segment, 4));
            if (whole && sum(v.protocol == 58) != 0) return fail("ICMP checksum");
            v.payload = slice(segment, 8, segment.size());
            break;
        default:
            v.payload = segment;
    }
    v.valid = true;
    return v;
}

}  // namespace portolan::nat::test
