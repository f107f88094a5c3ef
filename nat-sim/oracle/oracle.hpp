#pragma once

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
    /// One sentence for people: why this, or why nothing better.
    std::string why;
};

/// Who checks first makes no difference to `reach`; where it does to `legs`, all are listed.
/// The TCP pairs (RFC 6544) are derived from who can connect to whom; simultaneous opens through
/// NATs are left out, since they depend on the timing of single packets.
Expectation expect_call(const Topology& topology);

}  // namespace portolan::oracle
