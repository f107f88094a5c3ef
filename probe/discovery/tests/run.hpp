#pragma once

#include <cstdint>
#include <string>

#include "probe/discovery/tests/judge.hpp"
#include "probe/discovery/tests/scenario.hpp"

namespace portolan::discovery::sim {

/// What came of one run.
struct RunResult {
    Outcome outcome;
    Ledger ledger;
    Duration elapsed{};
    Trace trace;
};

/// Runs one machine. The manners of the machine and the form of its judgements are checked with
/// GoogleTest expectations that name the scenario and the seed.
RunResult run(const Scenario& scenario, std::uint64_t seed = 1);

/// The same for a world and machines that a test has set up itself.
void expect_good_manners(const World& world, const std::string& what);

}  // namespace portolan::discovery::sim
