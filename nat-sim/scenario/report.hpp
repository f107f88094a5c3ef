#pragma once

#include "nat-sim/scenario/call_result.hpp"
#include "nat-sim/scenario/scenario.hpp"
#include "reports/cli/catalogue.hpp"
#include "reports/model/report.hpp"

namespace portolan::scenario {

/// The findings that nat-sim reports about calls, for --list and --explain: those whose ids begin
/// with `prefix`, "call/" or "matrix/".
std::vector<cli::CatalogueEntry> catalogue(std::string_view prefix = {});

/// One call as sections, evidence, and under data.call the whole of it. Times are the simulated
/// ones, so that the same seed gives the same bytes. The tool and the parameters are the caller's
/// to fill in.
report::Report report_of(const CallResult& result, const Scenario& scenario);

/// What a matrix keeps of a call.
report::Json summary_of(const CallResult& result, const Scenario& scenario);

}  // namespace portolan::scenario
