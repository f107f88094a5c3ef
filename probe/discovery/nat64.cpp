#include "probe/discovery/nat64.hpp"

#include <algorithm>
#include <array>

namespace portolan::discovery {

std::optional<IpAddress> nat64_prefix_from(std::span<const IpAddress> addresses) {
    // RFC 7050 s8.2: the two addresses that ipv4only.arpa stands for.
    constexpr std::array<std::array<std::uint8_t, 4>, 2> kWellKnown{
        {{192, 0, 0, 170}, {192, 0, 0, 171}}};
    for (const IpAddress& address : addresses) {
        if (address.family() != AddressFamily::IPv6) continue;
        const auto octets = address.octets();
        for (const auto& known : kWellKnown) {
            if (!std::equal(known.begin(), known.end(), octets.begin() + 12)) continue;
            std::array<std::uint8_t, 16> prefix{};
            std::copy_n(octets.begin(), 12, prefix.begin());
            return IpAddress::v6(prefix);
        }
    }
    return std::nullopt;
}

IpAddress nat64_address(const IpAddress& prefix, const IpAddress& ipv4) {
    std::array<std::uint8_t, 16> octets{};
    std::copy_n(prefix.octets().begin(), 12, octets.begin());
    std::copy_n(ipv4.octets().begin(), 4, octets.begin() + 12);
    return IpAddress::v6(octets);
}

bool is_nat64_address(const IpAddress& prefix, const IpAddress& address) {
    return address.family() == AddressFamily::IPv6 &&
           std::equal(prefix.octets().begin(), prefix.octets().begin() + 12,
                      address.octets().begin());
}

IpAddress ipv4_behind_nat64(const IpAddress& nat64_address) {
    std::array<std::uint8_t, 4> octets{};
    std::copy_n(nat64_address.octets().begin() + 12, 4, octets.begin());
    return IpAddress::v4(octets);
}

}  // namespace portolan::discovery
