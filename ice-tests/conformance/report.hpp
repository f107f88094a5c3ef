#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ice-tests/conformance/preflight.hpp"
#include "ice-tests/conformance/profile.hpp"
#include "ice-tests/conformance/runner.hpp"
#include "reports/cli/catalogue.hpp"
#include "reports/model/report.hpp"

namespace portolan::conformance {

/// A check that was chosen and not run.
struct LeftOut {
    const Check* check = nullptr;
    std::string why;
};

/// All that was found out about one target.
struct TargetRun {
    std::string id;  ///< "1-udp": legal, and unique in the report
    const Target* target = nullptr;
    Preflight preflight;
    std::vector<CheckResult> results;
    std::vector<LeftOut> left_out;
    /// Checks that nothing can be said about, each for the same reason: they are counted only.
    std::size_t moot_count = 0;
    std::string_view counted = "check";  ///< what one of them is called
};

/// Of a finding about the check, whatever its verdict.
report::Severity severity_of(const Check& check);
/// Nothing for what no document demands, and for security, which has severities instead.
std::optional<report::Requirement> requirement_of(const Check& check);

/// Adds a section for the server and one for each RFC section, with the evidence.
void add_to(report::Report& report, const TargetRun& run, Profile profile);

/// The file and line that name the server, for reports of code scanners: finding data declared_at.
report::Json declared_at(const Target& target);

/// What went over the wires, message by message, as evidence; times count from `begun`. What was
/// noted instead of a message has no direction.
report::Evidence packets(std::string id, std::string title, const turn::Transcript& transcript,
                         transport::Time begun);

/// What is found out about each server before any check, "server/reachable" and so on: for --list,
/// --explain and --only.
std::vector<cli::CatalogueEntry> server_catalogue();

/// For --list and --explain.
std::vector<cli::CatalogueEntry> catalogue();

}  // namespace portolan::conformance
