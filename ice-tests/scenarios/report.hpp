#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ice-tests/conformance/preflight.hpp"
#include "ice-tests/scenarios/scenario.hpp"
#include "reports/cli/catalogue.hpp"
#include "reports/model/report.hpp"

namespace portolan::scenarios {

/// A scenario that was chosen and not run.
struct LeftOut {
    const Scenario* scenario = nullptr;
    std::string why;
};

/// All that was found out with one server, or with none.
struct ServerRun {
    std::string id;                  ///< "1-udp": legal, and unique in the report
    const Target* server = nullptr;  ///< absent for scenarios without one
    conformance::Preflight preflight = {};
    std::vector<ScenarioResult> results = {};
    std::vector<LeftOut> left_out = {};
    std::size_t moot_count = 0;  ///< scenarios that the preflight has decided
};

/// Adds the sections of that server, with the evidence.
void add_to(report::Report& report, const ServerRun& run);

/// For --list and --explain.
std::vector<cli::CatalogueEntry> catalogue();

}  // namespace portolan::scenarios
