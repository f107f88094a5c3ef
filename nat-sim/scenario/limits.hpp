#pragma once

#include <string>

#include "nat-sim/behavior/parameters.hpp"
#include "nat-sim/scenario/loss.hpp"
#include "nat-sim/scenario/scenario.hpp"

namespace portolan::scenario {

/// What in a box's parameters keeps its mapping and filtering rules from saying all about a call or
/// a classification, "allows only 1 mapping for each host"; empty when nothing does.
std::string limit_of(const nat::Parameters& box);

/// What of links, signalling and time limit may keep conforming agents from what the rules lead to,
/// "signalling takes 40 s each way"; empty when nothing does. Agents manage with less than that:
/// where they do not, it is a finding.
std::string handicap_of(const Scenario& scenario, const Needs& needs);

/// How long a packet takes from one party to the other at most, by the servers where they have
/// relays; queues apart.
Duration longest_way(const Scenario& scenario);

}  // namespace portolan::scenario
