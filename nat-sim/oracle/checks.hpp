#pragma once

#include <compare>
#include <set>

#include "nat-sim/oracle/topology.hpp"

namespace portolan::oracle {

enum class FirstChecker { A, B };

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

/// Rounds of checks after which nothing new comes any more: two sides that both map anew toward
/// every new port never stop learning, but what can become valid has become so long before.
inline constexpr int kAllRounds = 10;

/// Every pair over UDP that ICE finds valid (RFC 8445 s7) when both sides gather host, server
/// reflexive and relayed candidates and repeat all checks, triggered ones included, until nothing
/// new comes of it. `first`: who sends first in each round. With one round: what is valid before
/// any check has been sent again.
std::set<ValidPair> valid_udp_pairs(const Topology& topology, FirstChecker first,
                                    int round_count = kAllRounds);

}  // namespace portolan::oracle
