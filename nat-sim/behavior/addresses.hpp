#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/result.hpp"

namespace portolan::nat {

/// An IPv4 address in host order: 192.0.2.1 is 0xC0000201.
struct Ipv4 {
    std::uint32_t value = 0;

    friend bool operator==(const Ipv4& a, const Ipv4& b) { return a.value == b.value; }
    friend bool operator!=(const Ipv4& a, const Ipv4& b) { return a.value != b.value; }
};

/// An IPv6 address in network order.
struct Ipv6 {
    std::array<std::uint8_t, 16> bytes{};

    friend bool operator==(const Ipv6& a, const Ipv6& b) { return a.bytes == b.bytes; }
    friend bool operator!=(const Ipv6& a, const Ipv6& b) { return a.bytes != b.bytes; }
};

/// Bits beyond the length are ignored. Length 0 contains everything.
struct Ipv4Prefix {
    Ipv4 address;
    std::uint8_t length_bits = 32;

    [[nodiscard]] bool contains(Ipv4 other) const;
};

struct Ipv6Prefix {
    Ipv6 address;
    std::uint8_t length_bits = 128;

    [[nodiscard]] bool contains(const Ipv6& other) const;
};

Result<Ipv4> parse_ipv4(std::string_view text);
Result<Ipv6> parse_ipv6(std::string_view text);
std::string to_string(Ipv4 address);
std::string to_string(const Ipv6& address);

/// The addresses of one box. What a mode does not need may stay empty.
struct BoxAddresses {
    std::vector<Ipv4> inside_v4;         ///< its own inside; the first one sends ICMP errors
    std::vector<Ipv4> outside_v4;        ///< what inside hosts share; the first one sends errors
    std::vector<Ipv4> spare_outside_v4;  ///< for address changes, in this order
    /// The inside network: subscribers are numbered by it (one-to-one, blocks, realms).
    Ipv4Prefix inside_prefix_v4{Ipv4{0xC0A80000}, 16};
    std::vector<Ipv6> inside_v6;   ///< its own inside
    std::vector<Ipv6> outside_v6;  ///< its own outside
    Ipv6Prefix inside_prefix_v6;   ///< NPTv6: the internal prefix
    Ipv6Prefix outside_prefix_v6;  ///< NPTv6: the external prefix
    /// RFC 6052 s2.1; lengths 32, 40, 48, 56, 64, 96.
    Ipv6Prefix nat64_prefix{Ipv6{{0x00, 0x64, 0xff, 0x9b}}, 96};
};

}  // namespace portolan::nat
