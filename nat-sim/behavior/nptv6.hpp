#pragma once

#include <optional>

#include "nat-sim/behavior/addresses.hpp"

namespace portolan::nat {

/// The address with `to` for `from`, such that transport checksums stay right (RFC 6296 s3.1 to
/// s3.5). Nothing when no such address exists: a subnet or interface identifier of all ones.
std::optional<Ipv6> translate_prefix(const Ipv6& address, const Ipv6Prefix& from,
                                     const Ipv6Prefix& to);

}  // namespace portolan::nat
