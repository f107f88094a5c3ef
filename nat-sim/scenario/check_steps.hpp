#pragma once

#include <vector>

#include "nat-sim/scenario/call_result.hpp"
#include "nat-sim/scenario/check_trail.hpp"
#include "nat-sim/scenario/lab.hpp"

namespace portolan::scenario {

/// The trail in terms of the scenario, in the order of time. A repetition that ended where and as
/// the one before it is counted with that one.
std::vector<CheckStep> check_steps(Lab& lab, const CheckTrail& trail);

}  // namespace portolan::scenario
