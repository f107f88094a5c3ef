#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "nat-sim/behavior/addresses.hpp"

// Fields of packets, in network order at any alignment, and the checksum over them.

namespace portolan::nat {

inline constexpr std::uint8_t kProtocolIcmp = 1;
inline constexpr std::uint8_t kProtocolTcp = 6;
inline constexpr std::uint8_t kProtocolUdp = 17;
inline constexpr std::uint8_t kProtocolIcmpv6 = 58;

inline std::uint8_t get8(const std::byte* at) {
    return std::to_integer<std::uint8_t>(*at);
}
inline std::uint16_t get16(const std::byte* at) {
    return static_cast<std::uint16_t>(get8(at) << 8 | get8(at + 1));
}
inline std::uint32_t get32(const std::byte* at) {
    return std::uint32_t{get16(at)} << 16 | get16(at + 2);
}
inline Ipv6 get_ipv6(const std::byte* at) {
    Ipv6 address;
    std::memcpy(address.bytes.data(), at, 16);
    return address;
}
inline void put8(std::byte* at, unsigned value) {
    *at = static_cast<std::byte>(value);
}
inline void put16(std::byte* at, unsigned value) {
    put8(at, value >> 8);
    put8(at + 1, value);
}
inline void put32(std::byte* at, std::uint32_t value) {
    put16(at, value >> 16);
    put16(at + 2, value & 0xFFFF);
}
inline void put_ipv6(std::byte* at, const Ipv6& address) {
    std::memcpy(at, address.bytes.data(), 16);
}

/// The ones' complement sum of 16-bit words, carries not folded. An odd last byte is padded.
std::uint64_t ones_sum(const std::byte* bytes, std::size_t size);
std::uint16_t fold(std::uint64_t sum);

inline std::uint16_t internet_checksum(const std::byte* bytes, std::size_t size) {
    return static_cast<std::uint16_t>(~fold(ones_sum(bytes, size)));
}
/// The pseudo headers of RFC 9293 s3.1 and RFC 8200 s8.1.
std::uint64_t pseudo_sum(Ipv4 source, Ipv4 destination, std::uint8_t protocol, std::size_t size);
std::uint64_t pseudo_sum(const Ipv6& source, const Ipv6& destination, std::uint8_t protocol,
                         std::size_t size);

/// What a checksum has to be changed by when the fields under it change (RFC 1624 s3, equation 3:
/// HC' = ~(~HC + ~m + m')).
class ChecksumDelta {
  public:
    void replace16(std::uint16_t old_value, std::uint16_t new_value) {
        sum_ += static_cast<std::uint16_t>(~old_value) + std::uint64_t{new_value};
    }
    void replace32(std::uint32_t old_value, std::uint32_t new_value) {
        replace16(static_cast<std::uint16_t>(old_value >> 16),
                  static_cast<std::uint16_t>(new_value >> 16));
        replace16(static_cast<std::uint16_t>(old_value), static_cast<std::uint16_t>(new_value));
    }
    /// Whole sums of what went and what came.
    void replace_sum(std::uint64_t old_sum, std::uint64_t new_sum) {
        replace16(fold(old_sum), fold(new_sum));
    }
    void add(const ChecksumDelta& other) { sum_ += fold(other.sum_); }

    [[nodiscard]] std::uint16_t apply(std::uint16_t checksum) const {
        return static_cast<std::uint16_t>(
            ~fold(static_cast<std::uint16_t>(~checksum) + std::uint64_t{fold(sum_)}));
    }
    /// RFC 768: 0 means that there is no checksum, and a computed 0 is sent as all ones.
    [[nodiscard]] std::uint16_t apply_udp(std::uint16_t checksum) const {
        if (checksum == 0) return 0;
        const std::uint16_t applied = apply(checksum);
        return applied == 0 ? std::uint16_t{0xFFFF} : applied;
    }

  private:
    std::uint64_t sum_ = 0;
};

}  // namespace portolan::nat
