#include <array>
#include <cstdint>
#include <span>

#include "probe/stun/transport_address.hpp"

namespace portolan {
namespace {

struct V4Block {
    std::uint32_t address;
    unsigned length_bits;
    AddressClass address_class;
};

constexpr std::uint32_t block(std::uint32_t a, std::uint32_t b = 0, std::uint32_t c = 0) {
    return a << 24U | b << 16U | c << 8U;
}

// First match wins, so the narrower block stands before the wider one.
constexpr V4Block kV4[] = {
    {block(0), 32, AddressClass::Unspecified},
    {block(0), 8, AddressClass::Reserved},  // RFC 1122 s3.2.1.3
    {block(10), 8, AddressClass::Private},
    {block(100, 64), 10, AddressClass::SharedCgn},  // RFC 6598 s7
    {block(127), 8, AddressClass::Loopback},
    {block(169, 254), 16, AddressClass::LinkLocal},  // RFC 3927
    {block(172, 16), 12, AddressClass::Private},
    {block(192), 24, AddressClass::Reserved},  // RFC 6890 s2.1; DS-Lite's B4 included
    {block(192, 0, 2), 24, AddressClass::Documentation},
    {block(192, 88, 99), 24, AddressClass::Reserved},  // 6to4 relay anycast, withdrawn by RFC 7526
    {block(192, 168), 16, AddressClass::Private},
    {block(198, 18), 15, AddressClass::Reserved},  // RFC 2544 benchmarking
    {block(198, 51, 100), 24, AddressClass::Documentation},
    {block(203, 0, 113), 24, AddressClass::Documentation},
    {block(224), 4, AddressClass::Multicast},
    {block(240), 4, AddressClass::Reserved},
    {block(0), 0, AddressClass::Global},
};

struct Prefix {
    std::array<std::uint8_t, 16> octets;
    unsigned length_bits;
    AddressClass address_class;
};

constexpr Prefix kV6[] = {
    {{}, 128, AddressClass::Unspecified},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, AddressClass::Loopback},
    {{0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0}, 96, AddressClass::Nat64WellKnown},
    {{0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01}, 48, AddressClass::Private},  // RFC 8215, local NAT64
    {{0x20, 0x01, 0x00, 0x02, 0, 0}, 48, AddressClass::Reserved},       // RFC 5180 benchmarking
    {{0x20, 0x01, 0x00, 0x10}, 28, AddressClass::Reserved},             // RFC 4843 ORCHID
    {{0x20, 0x01, 0x0D, 0xB8}, 32, AddressClass::Documentation},
    {{0x3F, 0xFF, 0x00}, 20, AddressClass::Documentation},  // RFC 9637
    {{0x20}, 3, AddressClass::Global},
    {{0xFC}, 7, AddressClass::Private},
    {{0xFE, 0x80}, 10, AddressClass::LinkLocal},
    {{0xFF}, 8, AddressClass::Multicast},
    {{}, 0, AddressClass::Reserved},  // IANA hands out global unicast from 2000::/3 only
};

bool matches(const Prefix& prefix, std::span<const std::uint8_t> address) {
    for (unsigned bit = 0; bit < prefix.length_bits; bit += 8) {
        const unsigned left = prefix.length_bits - bit;
        const auto mask = static_cast<std::uint8_t>(left >= 8 ? 0xFF : 0xFF << (8 - left));
        if (((address[bit / 8] ^ prefix.octets[bit / 8]) & mask) != 0) return false;
    }
    return true;
}

// Asked of every address in every reply that the discovery looks at.
AddressClass classify_v4(std::span<const std::uint8_t> octets) {
    const std::uint64_t address = block(octets[0], octets[1], octets[2]) | octets[3];
    for (const V4Block& candidate : kV4) {
        if ((address ^ candidate.address) >> (32 - candidate.length_bits) == 0) {
            return candidate.address_class;
        }
    }
    return AddressClass::Reserved;
}

AddressClass classify_v6(std::span<const std::uint8_t> octets) {
    for (const Prefix& prefix : kV6) {
        if (matches(prefix, octets)) return prefix.address_class;
    }
    return AddressClass::Reserved;
}

}  // namespace

AddressClass IpAddress::address_class() const {
    return family_ == AddressFamily::IPv4 ? classify_v4(octets()) : classify_v6(octets());
}

std::string_view to_string(AddressClass address_class) {
    switch (address_class) {
        case AddressClass::Global:
            return "global";
        case AddressClass::Private:
            return "private";
        case AddressClass::SharedCgn:
            return "shared-cgn";
        case AddressClass::Loopback:
            return "loopback";
        case AddressClass::LinkLocal:
            return "link-local";
        case AddressClass::Nat64WellKnown:
            return "nat64-well-known";
        case AddressClass::Documentation:
            return "documentation";
        case AddressClass::Multicast:
            return "multicast";
        case AddressClass::Unspecified:
            return "unspecified";
        case AddressClass::Reserved:
            return "reserved";
    }
    return "reserved";
}

}  // namespace portolan
