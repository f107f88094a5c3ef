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
/// Beside a server that answers over UDP, a silent one holds up the verdicts for so long,
inline constexpr Duration kNoAnswer = std::chrono::milliseconds(1000);
/// and where TCP shows that its host is there, for less.
inline constexpr Duration kSilentAtLeast = std::chrono::milliseconds(400);
/// Where nothing answers over UDP, but TCP shows the server, silence is stated after so long. UDP
/// may take far longer than TCP (a queue of its own, a radio that wakes up): so it is as long as a
/// verdict within a second of wall time allows, a slow start of the program included, however short
/// the round trip of TCP is.
inline constexpr Duration kBlockedAfter = std::chrono::milliseconds(900);
/// Nothing answers over anything: no round trip is known that could be waited for. Longer than that
/// of two hops by satellite; RFC 8489 s6.2.1 would wait for 39.5 s.
inline constexpr Duration kNothingAfter = std::chrono::seconds(3);
inline constexpr int kSilentCopies = 10;
/// Another port or address of a silent server: so many copies, and none of them on its way any
/// more.
inline constexpr int kOtherPointCopies = 8;
inline constexpr Duration kOtherPointSpacing = std::chrono::milliseconds(70);
inline constexpr Duration kPointSilentAfter = std::chrono::milliseconds(600);

/// Filtering: ten copies in a quarter of a second, then fewer.
inline constexpr Duration kDenseSpacing = std::chrono::milliseconds(25);
inline constexpr int kDenseCopies = 10;
/// Until the server has been heard the silence bound has no answered control to rest on, so that
/// more copies would prove nothing: after so many only enough are sent to meet a slow path.
inline constexpr int kUnheardCopies = 5;
/// The same for a question and its control: on another schedule a policer on the way could always
/// meet the one and never the other.
inline constexpr Duration kUnheardSpacing = std::chrono::milliseconds(200);
/// A control that stays without any answer for so long and so often, beside answered ones on
/// another socket, will get none: 0.36^20 (20 % loss each way) is 1e-9.
inline constexpr Duration kDeafSocketAfter = std::chrono::milliseconds(1000);
inline constexpr int kDeafSocketCopies = 20;
/// Where so many copies of a question and of its control do not tell filtering from loss, more
/// would only feed whatever limits the answers: the mapping is asked with what is left. At 20 %
/// loss each way a question and its control need 25.
inline constexpr int kFilterCopies = 60;
/// The requests after that: a limit of ten a second, shared by three destinations, lets one of them
/// through each time.
inline constexpr Duration kSlowSpacing = std::chrono::milliseconds(200);
/// A point of the mapping unanswered after so many copies is given up.
inline constexpr int kPointCopies = 10;
/// Sockets that may be needed to see a mapping rule twice.
inline constexpr int kMapAttempts = 3;
inline constexpr std::size_t kOtherServers = kMostServers - 1;

inline bool is_filter_role(Role role) {
    return role == Role::FilterControl || role == Role::FilterIpPort || role == Role::FilterPort ||
           role == Role::FilterIpPortAgain;
}

}  // namespace portolan::discovery
