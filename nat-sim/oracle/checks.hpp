#pragma once

#include <compare>
#include <set>
#include <vector>

#include "nat-sim/oracle/topology.hpp"

namespace portolan::oracle {

enum class FirstChecker {
    A,
    B,
    /// B, so long before A that it has given up its checks when A begins: agents send each a few
    /// times only (RFC 8489 s6.2.1). From then on it sends triggered ones, and those to candidates
    /// that are new to it.
    BAlone,
};

/// One pair that a check went through on, from A's side: does A use its relay, does B?
struct Legs {
    bool a_relay = false;
    bool b_relay = false;
    friend auto operator<=>(const Legs&, const Legs&) = default;
};

struct ValidPair {
    Legs legs;
    Family family = Family::IPv4;
    friend auto operator<=>(const ValidPair&, const ValidPair&) = default;
};

/// Rounds of checks after which no pair becomes valid any more that was not before. The candidates
/// that both sides learn may go on growing for ever, where both map anew toward every new port.
inline constexpr int kAllRounds = 10;

struct UdpChecks {
    std::set<ValidPair> valid;
    /// Each round taught the sides new peer-reflexive candidates, the last one too. Every one makes
    /// a triggered check, and those come before ordinary ones (RFC 8445 s6.1.4.2), so that an agent
    /// may never come to the pair that would be valid.
    bool is_endless = false;
};

/// Every pair over UDP that ICE finds valid (RFC 8445 s7) when both sides gather host, server
/// reflexive and relayed candidates and repeat all checks, triggered ones included, until nothing
/// new comes of it. `first`: who sends first in each round. With one round: what is valid before
/// any check has been sent again.
///
/// Two orders are enough. Where the order matters, it is whether the side whose mapping depends on
/// the endpoint made a session of its own before the other's check arrived; checks that cross on
/// the way count as if that side had been first, since each has left before the other came in.
UdpChecks check_all(const Topology& topology, FirstChecker first, int round_count = kAllRounds);

/// Whether the party gets to a TURN server of its own.
bool has_relay(const Topology& topology, const Party& party);

/// From the host's own box to the Internet.
std::vector<int> chain_of(const Topology& topology, const Party& party, Family family);

/// Whether what the party sends in that family gets to the Internet.
bool reaches_internet(const Topology& topology, const Party& party, Family family);
/// Whether some box on that way drops UDP, or the host does not send any.
bool blocks_udp(const Topology& topology, const Party& party);

}  // namespace portolan::oracle
