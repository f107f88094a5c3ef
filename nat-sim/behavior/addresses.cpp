#include "nat-sim/behavior/addresses.hpp"

#include <arpa/inet.h>

#include <cstring>

namespace portolan::nat {

bool Ipv4Prefix::contains(Ipv4 other) const {
    if (length_bits == 0) return true;
    return ((address.value ^ other.value) >> (32 - length_bits)) == 0;
}

bool Ipv6Prefix::contains(const Ipv6& other) const {
    const std::size_t whole = length_bits / 8;
    if (std::memcmp(address.bytes.data(), other.bytes.data(), whole) != 0) return false;
    const unsigned rest = length_bits % 8;
    if (rest == 0) return true;
    return ((address.bytes[whole] ^ other.bytes[whole]) >> (8 - rest)) == 0;
}

Result<Ipv4> parse_ipv4(std::string_view text) {
    in_addr raw{};
    const std::string terminated(text);
    if (inet_pton(AF_INET, terminated.c_str(), &raw) != 1) {
        return Error{Culprit::Usage, "nat.address", "\"" + terminated + "\" is no IPv4 address"};
    }
    return Ipv4{ntohl(raw.s_addr)};
}

Result<Ipv6> parse_ipv6(std::string_view text) {
    Ipv6 address;
    const std::string terminated(text);
    if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) != 1) {
        return Error{Culprit::Usage, "nat.address", "\"" + terminated + "\" is no IPv6 address"};
    }
    return address;
}

std::string to_string(Ipv4 address) {
    std::array<char, INET_ADDRSTRLEN> text{};
    const in_addr raw{htonl(address.value)};
    inet_ntop(AF_INET, &raw, text.data(), text.size());
    return text.data();
}

std::string to_string(const Ipv6& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(AF_INET6, address.bytes.data(), text.data(), text.size());
    return text.data();
}

}  // namespace portolan::nat
