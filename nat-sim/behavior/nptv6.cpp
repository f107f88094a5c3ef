#include "nat-sim/behavior/nptv6.hpp"

#include <algorithm>

#include "nat-sim/behavior/wire.hpp"

namespace portolan::nat {
namespace {

std::uint16_t word(const Ipv6& address, std::size_t n) {
    return static_cast<std::uint16_t>(address.bytes[2 * n] << 8 | address.bytes[2 * n + 1]);
}

void set_word(Ipv6& address, std::size_t n, std::uint16_t value) {
    address.bytes[2 * n] = static_cast<std::uint8_t>(value >> 8);
    address.bytes[2 * n + 1] = static_cast<std::uint8_t>(value);
}

std::uint64_t sum(const Ipv6& address) {
    std::uint64_t total = 0;
    for (std::size_t n = 0; n < 8; ++n)
        total += word(address, n);
    return total;
}

}  // namespace

std::optional<Ipv6> translate_prefix(const Ipv6& address, const Ipv6Prefix& from,
                                     const Ipv6Prefix& to) {
    // RFC 6296 s3.1: both have the length of the longer one, padded with zeros.
    const unsigned length = std::max(from.length_bits, to.length_bits);
    Ipv6 result = address;
    for (unsigned bit = 0; bit < length; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80 >> (bit % 8));
        const bool set = bit < to.length_bits && (to.address.bytes[bit / 8] & mask) != 0;
        auto& byte = result.bytes[bit / 8];
        byte = static_cast<std::uint8_t>(set ? byte | mask : byte & ~mask);
    }
    // s3.4: the subnet takes the difference up to /48; s3.5: beyond, the first word of the
    // interface identifier that is not all ones.
    std::size_t at = 3;
    if (length > 48) {
        at = 4;
        while (at < 8 && word(address, at) == 0xFFFF)
            ++at;
    }
    if (at == 8 || word(address, at) == 0xFFFF) return std::nullopt;
    const std::uint16_t before = fold(sum(address));
    const std::uint16_t after = fold(sum(result));
    const std::uint16_t adjusted =
        fold(std::uint64_t{word(result, at)} + before + static_cast<std::uint16_t>(~after));
    set_word(result, at, adjusted == 0xFFFF ? std::uint16_t{0} : adjusted);
    return result;
}

}  // namespace portolan::nat
