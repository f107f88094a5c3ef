#include "nat-sim/scenario/prefix.hpp"

#include <algorithm>
#include <array>

namespace portolan::scenario {

IpAddress address_at(const sim::Prefix& prefix, std::uint64_t number) {
    const auto octets = prefix.ip.octets();
    std::array<std::uint8_t, 16> out{};
    std::copy(octets.begin(), octets.end(), out.begin());
    for (std::size_t i = octets.size(); i-- > 0 && number != 0;) {
        number += out[i];
        out[i] = static_cast<std::uint8_t>(number);
        number >>= 8;
    }
    if (prefix.ip.family() == AddressFamily::IPv6) return IpAddress::v6(out);
    return IpAddress::v4({out[0], out[1], out[2], out[3]});
}

std::uint64_t size_of(const sim::Prefix& prefix) {
    const unsigned all_bits = static_cast<unsigned>(prefix.ip.octets().size()) * 8;
    return std::uint64_t{1} << std::min(63U, all_bits - prefix.bits);
}

bool overlap(const sim::Prefix& one, const sim::Prefix& other) {
    return one.bits <= other.bits ? one.contains(other.ip) : other.contains(one.ip);
}

}  // namespace portolan::scenario
