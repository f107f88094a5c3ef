#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "nat-sim/oracle/oracle.hpp"
#include "nat-sim/scenario/scenario.hpp"
#include "reports/model/result.hpp"

namespace portolan::scenario {

/// What must come out of a scenario, derived by the oracle from its parameters alone.
struct Forecast {
    /// Usually one. Several where the order of single packets decides how a NAT behaves; each of
    /// another reach.
    std::vector<oracle::Expectation> outcomes;
    /// What comes out when a party checks so late that the other's check has taken the port of its
    /// own at its NAT.
    struct LateCheck {
        std::size_t party = 0;
        oracle::Reach reach = oracle::Reach::Unreachable;
        std::string why;
    };
    std::vector<LateCheck> late_checks;
    /// What comes out when nobody does.
    std::set<oracle::Reach> in_time;
    /// Why the oracle has nothing to say: what happens there is beyond its rules. Then `outcomes`
    /// is empty.
    std::string silent_because;
    /// What of links and times excuses agents that do not come to what the rules lead to.
    std::string handicap;

    [[nodiscard]] bool allows(oracle::Reach reach, oracle::Legs legs) const;
    /// Not what the rules lead to, but what is to be expected of an agent that nominates a relayed
    /// pair before checks have been sent again.
    [[nodiscard]] bool allows_early(oracle::Reach reach, oracle::Legs legs) const;
    /// Not what the rules lead to, but another pair that is valid, which RFC 8445 s8.1.1 permits to
    /// nominate at any time.
    [[nodiscard]] bool permits(oracle::Reach reach, oracle::Legs legs) const;
    /// Whether agents may go on checking for ever.
    [[nodiscard]] bool may_not_conclude() const;
};

/// How a call compares with its forecast.
enum class Accordance {
    NoForecast,
    AsForecast,
    Early,         ///< nominated before the direct pair was valid, as expected
    Permitted,     ///< another valid pair, nominated though the direct one needs no second check
    NoConclusion,  ///< the agents checked for ever, as they may
    Handicapped,   ///< another outcome, and links or times that excuse it
    Differs,
};
/// "no-forecast", "as-forecast", "early", "permitted", "no-conclusion", "handicapped", "differs".
std::string_view to_string(Accordance accordance);

/// `settled`: when the agents had the pairs that the forecast is compared with. What changes in the
/// networks after that is of no influence. `head_start`: how long the answerer has the offer when
/// the offerer gets the answer; it may have given up its checks then. Errors: those of
/// plan_addresses().
Result<Forecast> forecast(const Scenario& scenario, Duration settled,
                          Duration head_start = Duration{0});

}  // namespace portolan::scenario
