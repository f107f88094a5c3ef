#pragma once

#include <cstddef>

#include "probe/discovery/actions.hpp"
#include "probe/discovery/discovery.hpp"
#include "probe/discovery/ledger.hpp"

/// The discovery machine's own constants; each with its reason.
namespace portolan::discovery {

/// The other servers are asked, and TLS is tried, when the first has not answered for this long.
inline constexpr Duration kPatience = std::chrono::milliseconds(150);
/// ICMP errors and EPERM are believed when nothing contradicts them for this long.
inline constexpr Duration kFaultSettles = std::chrono::milliseconds(150);
/// Nothing answered, not even TCP: longer than any round trip that a call could live with.
inline constexpr Duration kNoAnswer = std::chrono::milliseconds(1000);
/// With the host known to be there by TCP.
inline constexpr Duration kSilentAtLeast = std::chrono::milliseconds(400);
inline constexpr int kSilentCopies = 10;

/// Filtering: ten copies in a quarter of a second, then fewer.
inline constexpr Duration kDenseSpacing = std::chrono::milliseconds(25);
inline constexpr int kDenseCopies = 10;
/// A point of the mapping unanswered after so many copies is given up.
inline constexpr int kPointCopies = 10;
/// Sockets that may be needed to see a mapping rule twice.
inline constexpr int kMapAttempts = 3;
inline constexpr std::size_t kOtherServers = kMostServers - 1;

inline bool is_filter_role(Role role) {
    return role == Role::FilterControl || role == Role::FilterIpPort || role == Role::FilterPort;
}

}  // namespace portolan::discovery
