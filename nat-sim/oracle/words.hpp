#pragma once

#include <set>
#include <string>

#include "nat-sim/oracle/checks.hpp"
#include "nat-sim/oracle/topology.hpp"

/// The oracle's sentences: why a call comes out as it does, for people. All begin in the middle of
/// a sentence and end without its full stop.
namespace portolan::oracle {

/// Why there is a direct pair of that family.
std::string why_direct(const Topology& topology, Family family);
/// Why there is no direct pair.
std::string why_no_direct(const Topology& topology);
std::string why_relayed(const Topology& topology, const std::set<Legs>& legs);
/// Why not even a relay helps.
std::string why_unreachable(const Topology& topology);

}  // namespace portolan::oracle
