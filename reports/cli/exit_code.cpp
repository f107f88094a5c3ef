#include "reports/cli/exit_code.hpp"

#include <array>

namespace portolan::cli {
namespace {

constexpr std::array<ExitCodeRow, 4> kExitCodes{{
    {ExitCode::Ok, "ok", "Nothing failed at or above --fail-on."},
    {ExitCode::Findings, "findings", "There are failures at or above --fail-on."},
    {ExitCode::CouldNot, "could-not",
     "The job could not be done: wrong usage, a problem of this machine, or a selection that "
     "matches nothing."},
    {ExitCode::Inconclusive, "inconclusive",
     "Nothing failed at or above --fail-on, but what decides stayed open, or the run was cut off."},
}};

constexpr std::array<ExitCodeRow, 2> kWithoutReport{{
    {ExitCode::Ok, "ok", "The job was done."},
    {ExitCode::CouldNot, "could-not",
     "The job could not be done: wrong usage, or a problem of this machine."},
}};

std::vector<std::string_view> split(std::string_view words) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto comma = words.find(',');
        parts.push_back(words.substr(0, comma));
        if (comma == std::string_view::npos) return parts;
        words.remove_prefix(comma + 1);
    }
}

template <typename Enum>
void lower_to(std::optional<Enum>& threshold, Enum value) {
    if (!threshold || value < *threshold) threshold = value;
}

}  // namespace

std::span<const ExitCodeRow> exit_codes() {
    return kExitCodes;
}

std::span<const ExitCodeRow> exit_codes(bool writes_report) {
    if (writes_report) return kExitCodes;
    return kWithoutReport;
}

std::string FailOn::allowed_words() {
    return "never, a severity (info, low, medium, high, critical; warning is low, error is high), "
           "an "
           "impact (cosmetic, degrades, "
           "needs-relay, breaks-video, breaks-call) or a requirement level (may, should, must)";
}

Result<FailOn> FailOn::parse(std::string_view words) {
    FailOn fail_on = never();
    const auto parts = split(words);
    for (const auto part : parts) {
        if (const auto severity = report::parse_severity(part)) {
            lower_to(fail_on.severity, *severity);
        } else if (const auto impact = report::parse_impact(part)) {
            lower_to(fail_on.impact, *impact);
        } else if (const auto requirement = report::parse_requirement(part)) {
            lower_to(fail_on.requirement, *requirement);
        } else if (part == "error") {
            lower_to(fail_on.severity, report::Severity::High);
        } else if (part == "warning") {
            lower_to(fail_on.severity, report::Severity::Low);
        } else if (part != "never" || parts.size() > 1) {
            return Error{Culprit::Usage, "fail-on",
                         "--fail-on does not know '" + std::string(part) + "'; it takes " +
                             allowed_words() + ", or several with commas"};
        }
    }
    return fail_on;
}

bool FailOn::matches(const report::Finding& finding) const {
    if (!finding.verdict.is_fail()) return false;
    return (severity && finding.severity >= *severity) ||
           (impact && finding.impact && *finding.impact >= *impact) ||
           (requirement && finding.requirement && *finding.requirement >= *requirement);
}

ExitCode exit_code_for(const report::Report& report, const FailOn& fail_on) {
    bool is_open = !report.complete;
    for (const auto& section : report.sections) {
        for (const auto& finding : section.findings) {
            if (fail_on.matches(finding)) return ExitCode::Findings;
            if (finding.decides && finding.verdict.is_open()) is_open = true;
        }
    }
    return is_open ? ExitCode::Inconclusive : ExitCode::Ok;
}

}  // namespace portolan::cli
