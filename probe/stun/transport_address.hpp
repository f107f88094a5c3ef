#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct sockaddr;
struct sockaddr_storage;

namespace portolan {

enum class AddressFamily : std::uint8_t { IPv4 = 1, IPv6 = 2 };  // values of RFC 8489 s14.1

/// What a range of addresses is for; decides what an address may prove. Sources: the IANA special
/// purpose registries (RFC 6890), RFC 6598 (shared), RFC 6052 (NAT64), RFC 5737/3849
/// (documentation).
enum class AddressClass {
    Global,
    Private,    // RFC 1918, RFC 4193
    SharedCgn,  // 100.64.0.0/10
    Loopback,
    LinkLocal,
    Nat64WellKnown,  // 64:ff9b::/96
    Documentation,
    Multicast,
    Unspecified,
    Reserved,  // anything else that no host may own: 240.0.0.0/4, 192.0.0.0/24, ...
};

/// An IP address without port. IPv4-mapped IPv6 addresses are always stored as IPv4.
class IpAddress {
  public:
    constexpr IpAddress() = default;  ///< 0.0.0.0
    static IpAddress v4(std::array<std::uint8_t, 4> octets);
    static IpAddress v6(std::array<std::uint8_t, 16> octets);
    static IpAddress any(AddressFamily family);
    /// Numeric only, no brackets, no scope id: "192.0.2.1", "2001:db8::1".
    static std::optional<IpAddress> parse(std::string_view text);

    [[nodiscard]] AddressFamily family() const { return family_; }
    /// 4 or 16 octets, network order.
    [[nodiscard]] std::span<const std::uint8_t> octets() const {
        return {octets_.data(), family_ == AddressFamily::IPv4 ? 4U : 16U};
    }
    [[nodiscard]] AddressClass address_class() const;
    [[nodiscard]] bool is_unspecified() const;
    [[nodiscard]] std::string to_string() const;

    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

  private:
    AddressFamily family_ = AddressFamily::IPv4;
    std::array<std::uint8_t, 16> octets_{};
};

/// IP address and port, the "transport address" of RFC 8489 s4.
struct TransportAddress {
    IpAddress ip;
    std::uint16_t port = 0;

    /// "192.0.2.1:3478" or "[2001:db8::1]:3478"; the port is required.
    static std::optional<TransportAddress> parse(std::string_view text);
    /// AF_INET or AF_INET6 only; nullopt otherwise.
    static std::optional<TransportAddress> from_sockaddr(const ::sockaddr* address,
                                                         std::size_t length_bytes);
    /// Fills the storage and returns the length for bind() and friends.
    unsigned to_sockaddr(::sockaddr_storage& out) const;

    [[nodiscard]] AddressFamily family() const { return ip.family(); }
    [[nodiscard]] std::string to_string() const;

    friend auto operator<=>(const TransportAddress&, const TransportAddress&) = default;
};

std::string_view to_string(AddressFamily family);        // "ipv4", "ipv6"
std::string_view to_string(AddressClass address_class);  // "global", "private", "shared-cgn", ...

}  // namespace portolan
