#pragma once

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
    /// Where a direct pair needs a check to be sent again, but a relayed one is valid before: the
    /// relays that an agent uses which nominates at once. RFC 8445 s8.1.1 leaves to the controlling
    /// agent how long it waits for better pairs. Empty where there is no such choice.
    std::set<Legs> early_legs;
    /// One sentence for people: why this, or why nothing better.
    std::string why;
};

/// `first`: whose checks are sent first; the answerer's, usually, who knows the other's candidates
/// first. It matters where one side maps by the endpoint and filters nothing: its own check toward
/// the other makes a session by which its answers leave. Without it the better of both orders
/// counts. Where the order makes a difference to `legs` alone, all are listed.
/// The TCP pairs (RFC 6544) are derived from who can connect to whom; simultaneous opens through
/// NATs are left out, since they depend on the timing of single packets.
Expectation expect_call(const Topology& topology, std::optional<FirstChecker> first = {});

}  // namespace portolan::oracle
