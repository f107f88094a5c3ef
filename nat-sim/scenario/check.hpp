#pragma once

#include <optional>
#include <string>

#include "nat-sim/scenario/scenario.hpp"
#include "reports/model/result.hpp"

namespace portolan::scenario {

/// What is wrong with it, in words: an unknown preset (with the nearest name), an unknown parameter
/// or a value that it cannot have.
/// has one with the same addresses, that agents can have candidates at all. The error names the
/// JSON pointer.
std::optional<Error> complete(Scenario& scenario);

/// The same for a scenario that did not come from JSON.
Result<Scenario> completed(Scenario scenario);

}  // namespace portolan::scenario
