#include "ice-tests/server/peer_policy.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace portolan::server {

Result<IpRange> IpRange::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto ip = IpAddress::parse(text.substr(0, slash));
    unsigned bits = ip ? static_cast<unsigned>(ip->octets().size()) * 8 : 0;
    const unsigned max_bits = bits;
    bool is_good = ip.has_value();
    if (is_good && slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), bits);
        is_good = error == std::errc() && end == digits.data() + digits.size() && bits <= max_bits;
    }
    if (is_good) return IpRange{*ip, bits};
    return Error{.culprit = Culprit::Usage,
                 .code = "server.range",
                 .message = '"' + std::string(text) + "\" is not a range of IP addresses",
                 .hint = "for example 192.0.2.0/24 or 2001:db8::/32"};
}

bool IpRange::contains(const IpAddress& ip) const {
    if (ip.family() != base.family()) return false;
    const auto a = ip.octets();
    const auto b = base.octets();
    const std::size_t whole = prefix_bits / 8;
    if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) {
        return false;
    }
    const unsigned rest = prefix_bits % 8;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

std::vector<IpRange> near_ranges() {
    std::vector<IpRange> out;
    for (const char* text : {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8",
                             "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
                             "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
                             "203.0.113.0/24", "224.0.0.0/3", "::/127", "fc00::/7", "fe80::/9"}) {
        out.push_back(*IpRange::parse(text));
    }
    return out;
}

namespace {

// The IPv4 address that the last 32 bits are, where the rest says so.
std::optional<IpAddress> embedded_v4(const IpAddress& ip) {
    if (ip.family() != AddressFamily::IPv6) return std::nullopt;
    constexpr std::array<std::uint8_t, 12> kCompatible{};
    constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    constexpr std::array<std::uint8_t, 12> kNat64{0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0};
    const auto octets = ip.octets();
    const auto prefix = octets.first(kCompatible.size());
    if (!std::ranges::equal(prefix, kCompatible) && !std::ranges::equal(prefix, kMapped) &&
        !std::ranges::equal(prefix, kNat64)) {
        return std::nullopt;
    }
    return IpAddress::v4({octets[12], octets[13], octets[14], octets[15]});
}

bool is_tunnel(const IpAddress& ip) {
    if (ip.family() != AddressFamily::IPv6) return false;
    const auto octets = ip.octets();
    const bool is_6to4 = octets[0] == 0x20 && octets[1] == 0x02;
    const bool is_teredo =
        octets[0] == 0x20 && octets[1] == 0x01 && octets[2] == 0 && octets[3] == 0;
    return is_6to4 || is_teredo;
}

}  // namespace

bool PeerPolicy::permits(const IpAddress& peer) const {
    const auto in = [&](const std::vector<IpRange>& ranges) {
        return std::ranges::any_of(ranges,
                                   [&](const IpRange& range) { return range.contains(peer); });
    };
    if (in(permitted)) return true;
    if (is_tunnel(peer)) return false;
    switch (peer.address_class()) {
        case AddressClass::Unspecified:
        case AddressClass::Multicast:
        case AddressClass::Reserved:
            return false;
        case AddressClass::Loopback:
            if (!loopback.value_or(false) && !in(allowed)) return false;
            break;
        default:
            break;
    }
    if (in(denied) && !in(allowed)) return false;
    const bool is_own_loopback = peer.address_class() == AddressClass::Loopback;
    const auto v4 = is_own_loopback ? std::nullopt : embedded_v4(peer);
    return !v4 || permits(*v4);
}

}  // namespace portolan::server
