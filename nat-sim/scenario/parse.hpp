#pragma once

#include <cstddef>
#include <string_view>

#include "nat-sim/scenario/scenario.hpp"
#include "reports/model/json.hpp"
#include "reports/model/result.hpp"

namespace portolan::scenario {

inline constexpr std::string_view kSchema = "portolan.scenario/1";
/// A scenario is small; what is not is a mistake.
inline constexpr std::size_t kMaxScenarioBytes = std::size_t{1} << 20;

/// Reads and checks a whole scenario. Errors are usage errors: "json.*" for the document with the
/// byte offset, "scenario.*" with the JSON pointer of what is wrong and what is allowed: unknown
/// keys and words, numbers out of range, topologies that cannot be, values that contradict each
/// other. The NAT presets and parameters are checked as well.
Result<Scenario> parse_scenario(std::string_view text);

}  // namespace portolan::scenario
