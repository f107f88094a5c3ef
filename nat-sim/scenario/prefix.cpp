#include <algorithm>

#include "nat-sim/scenario/scenario.hpp"

namespace portolan::scenario {

namespace {

bool equal_bits(const IpAddress& one, const IpAddress& other, unsigned count) {
    const auto a = one.octets();
    const auto b = other.octets();
    for (unsigned bit = 0; bit < count; ++bit) {
        const unsigned mask = 0x80U >> (bit % 8);
        if (((a[bit / 8] ^ b[bit / 8]) & mask) != 0) return false;
    }
    return true;
}

}  // namespace

bool Prefix::contains(const IpAddress& ip) const {
    return ip.family() == base.family() && equal_bits(ip, base, length_bits);
}

bool Prefix::overlaps(const Prefix& other) const {
    return base.family() == other.base.family() &&
           equal_bits(base, other.base, std::min(length_bits, other.length_bits));
}

bool Prefix::has_host_bits() const {
    const auto octets = base.octets();
    for (unsigned bit = length_bits; bit < octets.size() * 8; ++bit) {
        if ((octets[bit / 8] & (0x80U >> (bit % 8))) != 0) return true;
    }
    return false;
}

std::string Prefix::to_string() const {
    return base.to_string() + "/" + std::to_string(length_bits);
}

IpAddress Prefix::at(std::uint64_t number) const {
    const auto octets = base.octets();
    std::array<std::uint8_t, 16> out{};
    std::copy(octets.begin(), octets.end(), out.begin());
    for (std::size_t i = octets.size(); i-- > 0 && number != 0;) {
        number += out[i];
        out[i] = static_cast<std::uint8_t>(number);
        number >>= 8;
    }
    if (base.family() == AddressFamily::IPv6) return IpAddress::v6(out);
    return IpAddress::v4({out[0], out[1], out[2], out[3]});
}

}  // namespace portolan::scenario
