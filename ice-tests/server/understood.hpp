#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "probe/stun/message.hpp"

namespace portolan::server {

/// The comprehension-required attributes of a message that are not among the understood ones, each
/// once and in order: what a 420 lists (RFC 8489 s6.3.1). Allocates only when there are any.
std::vector<std::uint16_t> not_understood(const stun::MessageView& message,
                                          std::span<const stun::AttributeType> understood);

}  // namespace portolan::server
