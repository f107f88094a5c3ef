#pragma once

#include "nat-sim/behavior/parameters.hpp"
#include "nat-sim/scenario/scenario.hpp"
#include "reports/model/result.hpp"

namespace portolan::scenario {

/// The parameters of a choice: the preset's, with what the choice gives in their place. Usage
/// errors: unknown preset (with the nearest name), what parse_parameters() refuses.
Result<nat::Parameters> resolve_nat(const NatChoice& choice);

}  // namespace portolan::scenario
