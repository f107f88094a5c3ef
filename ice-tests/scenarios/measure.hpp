#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "ice-tests/conformance/target.hpp"
#include "ice-tests/gate/budget.hpp"
#include "ice-tests/scenarios/scenario.hpp"
#include "ice-tests/turn/surroundings.hpp"

namespace portolan::scenarios {

using Figures = std::map<std::string, gate::Measured, std::less<>>;

/// What a budget bounds of the server itself: allocations, amplification, certificate, credentials.
/// Only what is in the budget is measured. `unix_time` is now.
turn::Task<Figures> measure_server(turn::Surroundings where, const conformance::Target& target,
                                   const gate::Budget& budget, std::chrono::seconds unix_time);

/// What it bounds of calls: from the results of the scenarios, and the throughput, for which two
/// clients of our own send more than the bound for a second.
turn::Task<Figures> measure_calls(turn::Surroundings where, const conformance::Target& target,
                                  const gate::Budget& budget,
                                  const std::vector<ScenarioResult>& results);

/// Which scenario measures what a row of the budget bounds; empty where none is needed.
std::string_view scenario_of(std::string_view budget_id);

}  // namespace portolan::scenarios
