#include "probe/stun/transport_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace portolan {
namespace {

// A v6 address in text is at most 45 characters, with an embedded IPv4 address.
constexpr std::size_t kMaxTextBytes = 45;

void append_hex_group(std::string& out, unsigned group) {
    std::array<char, 4> digits{};
    const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), group, 16);
    out.append(digits.data(), result.ptr);
}

struct ZeroRun {
    std::size_t first = 0;
    std::size_t count = 0;
};

// RFC 5952 s4.2.3: the longest run of zero groups is shortened, the first of equals; s4.2.2: never
// a single group.
ZeroRun longest_zero_run(const std::array<unsigned, 8>& groups) {
    ZeroRun best;
    ZeroRun current;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (groups[i] != 0) {
            current.count = 0;
            continue;
        }
        if (current.count == 0) current.first = i;
        ++current.count;
        if (current.count > best.count) best = current;
    }
    return best.count >= 2 ? best : ZeroRun{};
}

std::string v6_to_string(std::span<const std::uint8_t> octets) {
    std::array<unsigned, 8> groups{};
    for (std::size_t i = 0; i < groups.size(); ++i) {
        groups[i] = (static_cast<unsigned>(octets[2 * i]) << 8) | octets[2 * i + 1];
    }
    const ZeroRun run = longest_zero_run(groups);
    std::string out;
    out.reserve(39);
    for (std::size_t i = 0; i < groups.size();) {
        if (run.count != 0 && i == run.first) {
            out += "::";
            i += run.count;
            continue;
        }
        if (!out.empty() && out.back() != ':') out += ':';
        append_hex_group(out, groups[i]);
        ++i;
    }
    return out;
}

bool is_v4_mapped(const std::array<std::uint8_t, 16>& octets) {
    return std::all_of(octets.begin(), octets.begin() + 10, [](auto o) { return o == 0; }) &&
           octets[10] == 0xFF && octets[11] == 0xFF;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    if (text.empty() || text.size() > 5) return std::nullopt;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), port);
    if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
    return port;
}

}  // namespace

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> octets) {
    IpAddress out;
    std::copy(octets.begin(), octets.end(), out.octets_.begin());
    return out;
}

IpAddress IpAddress::v6(std::array<std::uint8_t, 16> octets) {
    if (is_v4_mapped(octets)) return v4({octets[12], octets[13], octets[14], octets[15]});
    IpAddress out;
    out.family_ = AddressFamily::IPv6;
    out.octets_ = octets;
    return out;
}

IpAddress IpAddress::any(AddressFamily family) {
    return family == AddressFamily::IPv4 ? IpAddress{} : v6({});
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    // An embedded NUL would make inet_pton see less than what was given.
    if (text.empty() || text.size() > kMaxTextBytes || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    std::array<char, kMaxTextBytes + 1> terminated{};
    std::copy(text.begin(), text.end(), terminated.begin());
    std::array<std::uint8_t, 4> v4_octets{};
    if (inet_pton(AF_INET, terminated.data(), v4_octets.data()) == 1) return v4(v4_octets);
    std::array<std::uint8_t, 16> v6_octets{};
    if (inet_pton(AF_INET6, terminated.data(), v6_octets.data()) == 1) return v6(v6_octets);
    return std::nullopt;
}

bool IpAddress::is_unspecified() const {
    return std::all_of(octets_.begin(), octets_.end(), [](auto octet) { return octet == 0; });
}

std::string IpAddress::to_string() const {
    if (family_ == AddressFamily::IPv6) return v6_to_string(octets());
    std::string out;
    out.reserve(15);
    for (std::size_t i = 0; i < 4; ++i) {
        if (i != 0) out += '.';
        std::array<char, 3> digits{};
        const auto result = std::to_chars(digits.data(), digits.data() + 3, octets_[i]);
        out.append(digits.data(), result.ptr);
    }
    return out;
}

std::optional<TransportAddress> TransportAddress::parse(std::string_view text) {
    std::string_view host;
    const bool bracketed = !text.empty() && text.front() == '[';
    if (bracketed) {
        const auto close = text.find("]:");
        if (close == std::string_view::npos) return std::nullopt;
        host = text.substr(1, close - 1);
        text.remove_prefix(close + 2);
        if (host.find(':') == std::string_view::npos) return std::nullopt;
    } else {
        const auto colon = text.find(':');
        if (colon == std::string_view::npos) return std::nullopt;
        host = text.substr(0, colon);
        text.remove_prefix(colon + 1);
    }
    const auto ip = IpAddress::parse(host);
    const auto port = parse_port(text);
    if (!ip || !port) return std::nullopt;
    return TransportAddress{*ip, *port};
}

std::optional<TransportAddress> TransportAddress::from_sockaddr(const ::sockaddr* address,
                                                                std::size_t length_bytes) {
    if (address == nullptr || length_bytes < sizeof(sa_family_t)) return std::nullopt;
    sa_family_t family = 0;
    std::memcpy(&family, reinterpret_cast<const char*>(address) + offsetof(::sockaddr, sa_family),
                sizeof family);
    if (family == AF_INET && length_bytes >= sizeof(sockaddr_in)) {
        sockaddr_in in{};
        std::memcpy(&in, address, sizeof in);
        std::array<std::uint8_t, 4> octets{};
        std::memcpy(octets.data(), &in.sin_addr, octets.size());
        return TransportAddress{IpAddress::v4(octets), ntohs(in.sin_port)};
    }
    if (family == AF_INET6 && length_bytes >= sizeof(sockaddr_in6)) {
        sockaddr_in6 in{};
        std::memcpy(&in, address, sizeof in);
        std::array<std::uint8_t, 16> octets{};
        std::memcpy(octets.data(), &in.sin6_addr, octets.size());
        return TransportAddress{IpAddress::v6(octets), ntohs(in.sin6_port)};
    }
    return std::nullopt;
}

unsigned TransportAddress::to_sockaddr(::sockaddr_storage& out) const {
    out = {};
    if (family() == AddressFamily::IPv4) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(port);
        std::memcpy(&in.sin_addr, ip.octets().data(), sizeof in.sin_addr);
        std::memcpy(&out, &in, sizeof in);
        return sizeof in;
    }
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    std::memcpy(&in.sin6_addr, ip.octets().data(), sizeof in.sin6_addr);
    std::memcpy(&out, &in, sizeof in);
    return sizeof in;
}

std::string TransportAddress::to_string() const {
    const std::string host = ip.to_string();
    const std::string suffix = ':' + std::to_string(port);
    return family() == AddressFamily::IPv4 ? host + suffix : '[' + host + ']' + suffix;
}

std::string_view to_string(AddressFamily family) {
    return family == AddressFamily::IPv4 ? "ipv4" : "ipv6";
}

}  // namespace portolan
