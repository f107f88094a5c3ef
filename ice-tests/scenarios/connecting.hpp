#pragma once

#include "ice-tests/scenarios/scenario.hpp"

// The rows of the table, by the files that define them.
namespace portolan::scenarios {

extern const Scenario kGathering;
extern const Scenario kRelayToRelay;
extern const Scenario kHostToRelay;
extern const Scenario kTwoServers;
extern const Scenario kRegularNomination;
extern const Scenario kRoleConflict;
extern const Scenario kRestart;
extern const Scenario kTrickle;
extern const Scenario kRelayOnly;
extern const Scenario kIceTcp;

}  // namespace portolan::scenarios
