#include "ice-tests/server/peer_policy.hpp"

#include <algorithm>
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

bool PeerPolicy::permits(const IpAddress& peer) const {
    const auto in = [&](const std::vector<IpRange>& ranges) {
        return std::ranges::any_of(ranges,
                                   [&](const IpRange& range) { return range.contains(peer); });
    };
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
    return !in(denied) || in(allowed);
}

}  // namespace portolan::server
