#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nat-sim/oracle/oracle.hpp"
#include "nat-sim/scenario/scenario.hpp"
#include "reports/model/result.hpp"

namespace portolan::scenario {

/// What must come out of a scenario, derived by the oracle from its parameters alone.
struct Forecast {
    /// Usually one. Several where the order of single packets decides how a NAT behaves.
    std::vector<oracle::Expectation> outcomes;
    /// Why the oracle has nothing to say: what happens there is beyond its rules. Then `outcomes`
    /// is empty.
    std::string silent_because;

    [[nodiscard]] bool allows(oracle::Reach reach, oracle::Legs legs) const;
    /// Not what the rules lead to, but what an agent may settle for that nominates a relayed pair
    /// before checks have been sent again (RFC 8445 s8.1.1).
    [[nodiscard]] bool allows_early(oracle::Reach reach, oracle::Legs legs) const;
};

/// Errors: those of resolve_nat().
Result<Forecast> forecast(const Scenario& scenario);

}  // namespace portolan::scenario
