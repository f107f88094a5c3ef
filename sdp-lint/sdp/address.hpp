#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace portolan::sdp {

/// What kind of thing stands where an address is expected.
enum class AddressKind : std::uint8_t {
    IPv4,
    IPv6,
    MulticastDns,  ///< ends in .local (draft-ietf-mmusic-mdns-ice-candidates)
    Name,          ///< a host name, as far as its characters go
    Malformed,     ///< none of these
};

/// What a numeric address is for (RFC 6890 and its registry).
enum class AddressScope : std::uint8_t {
    None,  ///< not numeric
    Unspecified,
    Loopback,
    LinkLocal,
    Private,  ///< RFC 1918, RFC 6598, RFC 4193
    Multicast,
    Documentation,
    Reserved,
    Global,
};

/// An address as it stands in a description.
struct Address {
    std::string_view text;
    AddressKind kind = AddressKind::Malformed;
    AddressScope scope = AddressScope::None;
    std::array<std::uint8_t, 16> octets{};  ///< numeric ones; IPv4 uses the first four

    bool is_numeric() const { return kind == AddressKind::IPv4 || kind == AddressKind::IPv6; }
};

/// Total: what is no address is Malformed. A zone ("%eth0") is malformed (RFC 8839 s5.1).
Address parse_address(std::string_view text);

}  // namespace portolan::sdp
