#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "nat-sim/oracle/checks.hpp"
#include "nat-sim/oracle/topology.hpp"

namespace portolan::oracle {

enum class Reach { Direct, DirectTcp, Relayed, Unreachable };

/// "direct", "direct-tcp", "relayed", "unreachable".
std::string_view to_string(Reach reach);

/// What must come out of a call, derived from the topology alone.
struct Expectation {
    Reach reach = Reach::Unreachable;
    /// The relays a selected pair may use. More than one where RFC 8445 leaves the choice to the
    /// stack or to the order of the checks; empty when unreachable.
    std::set<Legs> legs;
    /// The families that a selected pair may be of; empty when unreachable.
    std::set<Family> families;
    /// Where the reach is direct: all relays that some valid pair uses; where one relay is enough:
    /// both, if that pair is valid too. RFC 8445 s8.1.1 lets the
    /// controlling agent nominate any valid pair as soon as it likes, so a call over one of them is
    /// conforming, if not what a patient agent comes to.
    std::set<Legs> permitted_legs;
    /// Those of `permitted_legs` to be expected of an agent that nominates at once: the direct pair
    /// needs a check to be sent again, and these are valid before. The criterion is this project's
    /// own, not the RFC's; it tells an agent that loses a race from one that prefers relays.
    std::set<Legs> early_legs;
    /// Over TCP there is a direct pair as well, which may be nominated in the same way.
    bool tcp_connects = false;
    /// Where relayed: the triggered checks never come to an end, and an agent that conforms may
    /// never get to the relayed pair (RFC 8445 s6.1.4.2) or never find a moment to nominate in.
    bool may_not_conclude = false;
    /// One sentence for people: why this, or why nothing better.
    std::string why;
    /// Where the reach is direct: the sentence for a pair of each of `families`.
    std::map<Family, std::string> why_of_family;
};

/// `first`: whose checks are sent first; the answerer's, usually, who knows the other's candidates
/// first. It matters where one side maps by the endpoint and filters nothing: its own check toward
/// the other makes a session by which its answers leave. Without it the better of both orders
/// counts. `BAlone` is for slow signalling; its `why` is that of agents that do not give up. Where
/// the order makes a difference to `legs` alone, all are listed. The TCP pairs (RFC 6544) are
/// derived from who can connect to whom: a host candidate is reached from its own network, or
/// through boxes that translate nothing and keep nothing out. Simultaneous opens through NATs are
/// left out, since they depend on the timing of single packets.
Expectation expect_call(const Topology& topology, std::optional<FirstChecker> first = {});

}  // namespace portolan::oracle
