#pragma once

#include "nat-sim/scenario/scenario.hpp"
#include "reports/model/result.hpp"

namespace portolan::scenario {

/// Makes a scenario whole: finds out what its NATs are, puts a network of its own between the boxes
/// of a chain, chooses the prefixes that were left open. Then checks what concerns several parts at
/// once: that addresses are in their networks and not twice, that no network has the addresses of
/// one that it is behind, that agents can have candidates at all. Errors are usage errors that name
/// the JSON pointer.
Result<Scenario> complete(Scenario scenario);

}  // namespace portolan::scenario
