#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "reports/model/report.hpp"

namespace portolan::cli {

enum class ExitCode : int {
    Ok = 0,            ///< nothing failed
    Findings = 1,      ///< findings at or above --fail-on
    CouldNot = 2,      ///< usage, environment, a selection that matches nothing
    Inconclusive = 3,  ///< nothing failed, but what decides stayed open, or the run was cut off
};

struct ExitCodeRow {
    ExitCode code;
    std::string_view name;
    std::string_view meaning;
};

/// The one table: help, man pages and documents derive from it.
std::span<const ExitCodeRow> exit_codes();

/// The rows that a command can end with: 1 and 3 are judgements on a report, so that one that
/// writes none has only 0 and 2.
std::span<const ExitCodeRow> exit_codes(bool writes_report);

/// Which failures make the exit code 1: those that reach any of its thresholds.
struct FailOn {
    std::optional<report::Severity> severity = report::Severity::Low;
    std::optional<report::Impact> impact = {};
    std::optional<report::Requirement> requirement = {};

    /// Nothing ever makes exit code 1.
    static FailOn never() { return {.severity = {}, .impact = {}, .requirement = {}}; }

    /// One threshold or several with commas, of which any suffices: "high", "must",
    /// "needs-relay,critical", "never". "error" and "warning", the levels of other tools, are high
    /// and low. Usage error "fail-on".
    static Result<FailOn> parse(std::string_view words);

    /// Every word that parse() takes, for --help and errors.
    static std::string allowed_words();

    /// Whether this finding is a failure at or above a threshold.
    bool matches(const report::Finding& finding) const;

    friend bool operator==(const FailOn&, const FailOn&) = default;
};

/// 1 if any finding matches; else 3 if a finding that decides is open or the report is incomplete;
/// else 0.
ExitCode exit_code_for(const report::Report& report, const FailOn& fail_on = {});

}  // namespace portolan::cli
