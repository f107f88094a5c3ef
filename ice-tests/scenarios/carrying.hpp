#pragma once

#include "ice-tests/scenarios/scenario.hpp"

// The rows of the table, by the files that define them.
namespace portolan::scenarios {

extern const Scenario kEcho;
extern const Scenario kMedia;
extern const Scenario kConsentLoss;
extern const Scenario kHold;

}  // namespace portolan::scenarios
