#pragma once

#include <vector>

#include "probe/discovery/server_check.hpp"

namespace portolan::discovery {

/// An RFC 3489 transaction id: `id` with its magic cookie replaced by octets of `more`.
stun::TransactionId without_cookie(stun::TransactionId id, const stun::TransactionId& more);

/// The bytes of a step, from what the probe says of it (id, flags, RESPONSE-PORT).
std::vector<std::byte> build_request(AuditStep step, const Probe& probe);

/// The type of the attribute in AuditStep::UnknownAttribute: comprehension-required (RFC 8489 s14)
/// and unassigned.
inline constexpr auto kUnknownType = static_cast<stun::AttributeType>(0x7F7F);

}  // namespace portolan::discovery
