#pragma once

#include <memory>
#include <string>

#include "ice-tests/calls/call.hpp"
#include "ice-tests/scenarios/scenario.hpp"
#include "ice-tests/turn/endpoint.hpp"

// Steps that several scenarios have in common.
namespace portolan::scenarios {

using calls::Call;
using calls::kQuick;
using calls::Side;
using calls::SidePlan;
using conformance::meets;
using conformance::not_applicable;
using conformance::undecided;
using conformance::violates;
using turn::Task;

/// What every agent is given: the address that the server is talked to from, both families (a
/// server that is reached by IPv6 gives IPv4 relays all the same), RFC 8445's nomination.
agent::AgentOptions base_options(const Stage& stage, bool controlling);

/// An agent that has nothing but a relay on that server.
SidePlan relay_side(const Stage& stage, const Target& server, bool controlling);

/// Makes the call and connects it. On failure: why, in `problem`.
Task<bool> connect(Stage& stage, Call& call, std::string& problem);

/// The same, and payloads in both directions, and closes it; the times and pairs are entered into
/// the stage. What it comes to.
Task<Judgement> connect_and_close(Stage& stage, SidePlan offerer, SidePlan answerer,
                                  transport::Duration signalling_delay = kQuick);

/// Enters candidates, selected pairs, times and what the servers answered.
void record(Stage& stage, Call& call);

/// "23.4 ms", from ten seconds on "600.0 s".
std::string text_of(transport::Duration duration);
double milliseconds_of(transport::Duration duration);

}  // namespace portolan::scenarios
