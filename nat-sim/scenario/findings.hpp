#pragma once

#include <string>
#include <vector>

#include "nat-sim/scenario/call_result.hpp"
#include "nat-sim/scenario/scenario.hpp"
#include "reports/model/report.hpp"

/// The parts of the report about one call.
namespace portolan::scenario {

/// A finding of the catalogue with what a call makes of it. `id` must be in the catalogue.
report::Finding finding(const char* id, report::Verdict verdict, std::string value,
                        std::string summary, std::vector<std::string> evidence);

/// Whether it connected, as the rules say, by which pair, and to its end.
std::vector<report::Finding> connection_findings(const CallResult& result,
                                                 const Scenario& scenario);

/// Whether media flows, how it sounds, and whether it takes the pair that ICE claims.
std::vector<report::Finding> media_findings(const CallResult& result, const Scenario& scenario);

/// The network, the timeline, the derivation, media and its packets, the seed.
std::vector<report::Evidence> evidence_of(const CallResult& result, const Scenario& scenario);

}  // namespace portolan::scenario
