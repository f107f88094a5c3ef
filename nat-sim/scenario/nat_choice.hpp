#pragma once

#include <vector>

#include "nat-sim/behavior/parameters.hpp"
#include "nat-sim/scenario/scenario.hpp"
#include "reports/model/result.hpp"

namespace portolan::scenario {

/// The boxes of a choice, from the hosts outwards: the preset's, with the parameters that the
/// choice gives in place of its own. Usage errors: unknown preset (with the nearest name), what
/// parse_parameters() refuses, and parameters for a preset that is a chain of boxes.
Result<std::vector<nat::Parameters>> resolve_nat(const NatChoice& choice);

}  // namespace portolan::scenario
