#pragma once

#include <optional>
#include <span>

#include "probe/stun/transport_address.hpp"

namespace portolan::discovery {

/// The name whose AAAA records exist only where a DNS64 makes them (RFC 7050 s3).
inline constexpr const char* kNat64Name = "ipv4only.arpa";

/// The NAT64 prefix in the AAAA records of kNat64Name, if it is a /96 (RFC 6052 s2.2): the others
/// put the IPv4 address elsewhere, and are rare.
std::optional<IpAddress> nat64_prefix_from(std::span<const IpAddress> addresses);

/// The IPv6 address by which an IPv4 one is reached through a /96 prefix.
IpAddress nat64_address(const IpAddress& prefix, const IpAddress& ipv4);

/// Whether an address is one of those.
bool is_nat64_address(const IpAddress& prefix, const IpAddress& address);

/// The IPv4 address behind such a one.
IpAddress ipv4_behind_nat64(const IpAddress& nat64_address);

}  // namespace portolan::discovery
