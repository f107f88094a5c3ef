#pragma once

#include "nat-sim/scenario/call_result.hpp"
#include "reports/model/json.hpp"

namespace portolan::scenario {

report::Json to_json(const agent::Candidate& candidate);
report::Json to_json(const agent::CandidatePair& pair);
report::Json to_json(oracle::Legs legs);
report::Json to_json(const Forecast& forecast);
/// Times count from the beginning of the call, in simulated time; what there was not is null.
report::Json to_json(const PartyResult& party);
report::Json to_json(const CallResult& result);

std::string_view to_string(Sender sender);  // "host-a", "relay-b", ...
std::string describe(const agent::Candidate& candidate);

}  // namespace portolan::scenario
