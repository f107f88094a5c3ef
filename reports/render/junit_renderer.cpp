#include "reports/render/junit_renderer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "reports/render/escape.hpp"
#include "reports/render/finding_words.hpp"
#include "reports/render/markup.hpp"

namespace portolan::render {

namespace {

using report::Finding;
using report::Outcome;

std::string attribute(std::string_view name, std::string_view value) {
    return " " + std::string(name) + "=\"" + escape_markup(value) + "\"";
}

/// An open question that decides the run is no green test; any other was merely not asked.
bool is_error(const Finding& finding) {
    return finding.verdict.is_open() && finding.decides;
}
bool is_skipped(const Finding& finding) {
    return finding.verdict.is_open() && !finding.decides;
}

/// data.duration_ms, where a tool has measured it: how long this took.
double seconds_of(const Finding& finding) {
    const auto given = finding.data.find("duration_ms");
    if (given == finding.data.end() || !given->is_number()) return 0;
    const auto out = given->get<double>() / 1000.0;
    return out > 0 && std::isfinite(out) ? out : 0;
}

/// "0" where nothing was measured.
std::string seconds_text(double seconds) {
    if (seconds <= 0) return "0";
    std::array<char, 64> text{};
    (void)std::snprintf(text.data(), text.size(), "%.3f", std::min(seconds, 1e12));
    return text.data();
}

std::string body_of(const Finding& finding) {
    std::string body = finding_sentence(finding);
    if (const std::string where = location_text(finding); !where.empty())
        body = where + ": " + body;
    if (!finding.summary.empty()) body += "\n" + finding.summary;
    for (const auto& advice : finding.advice)
        body += "\n" + advice;
    if (const std::string references = references_text(finding); !references.empty())
        body += "\n" + references;
    return escape_markup(body);
}

std::string case_of(const report::Section& section, const Finding& finding,
                    const RenderOptions& options) {
    std::string name = finding.id + " " + finding.title;
    if (finding.location && finding.location->line > 0)
        name += " (line " + std::to_string(finding.location->line) + ")";
    std::string out = "    <testcase" + attribute("classname", section.title) +
                      attribute("name", name) +
                      attribute("time", seconds_text(seconds_of(finding)));
    const std::string message = attribute("message", finding_sentence(finding));
    if (is_failure(finding, options.failure_from)) {
        return out + ">\n      <failure" + message +
               attribute("type", to_string(finding.severity)) + ">" + body_of(finding) +
               "</failure>\n    </testcase>\n";
    }
    if (is_error(finding)) {
        return out + ">\n      <error" + message +
               attribute("type", to_string(finding.verdict.outcome())) + ">" + body_of(finding) +
               "</error>\n    </testcase>\n";
    }
    if (is_skipped(finding)) return out + ">\n      <skipped" + message + "/>\n    </testcase>\n";
    if (!finding.verdict.is_fail()) return out + "/>\n";
    return out + ">\n      <system-out>" + body_of(finding) + "</system-out>\n    </testcase>\n";
}

struct Counts {
    std::size_t tests = 0;
    std::size_t failures = 0;
    std::size_t errors = 0;
    std::size_t skipped = 0;

    /// Of <testsuites>, for which the schema of Jenkins and its like has no "skipped".
    std::string sums() const {
        return attribute("tests", std::to_string(tests)) +
               attribute("failures", std::to_string(failures)) +
               attribute("errors", std::to_string(errors));
    }
    std::string attributes() const {
        return sums() + attribute("skipped", std::to_string(skipped));
    }
};

Counts counts_of(const report::Section& section, const RenderOptions& options) {
    Counts counts;
    counts.tests = std::max<std::size_t>(section.findings.size(), 1);
    for (const Finding& finding : section.findings) {
        if (is_failure(finding, options.failure_from)) ++counts.failures;
        if (is_error(finding)) ++counts.errors;
        if (is_skipped(finding)) ++counts.skipped;
    }
    return counts;
}

}  // namespace

std::string JunitRenderer::render(const report::Report& report,
                                  const RenderOptions& options) const {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.3f",
                  static_cast<double>(report.duration.count()) / 1e6);
    Counts all;
    std::string suites;
    for (const auto& section : report.sections) {
        const Counts counts = counts_of(section, options);
        all.tests += counts.tests;
        all.failures += counts.failures;
        all.errors += counts.errors;
        double seconds_spent = 0;
        for (const Finding& finding : section.findings)
            seconds_spent += seconds_of(finding);
        suites += "  <testsuite" + attribute("name", section.title) + counts.attributes() +
                  attribute("time", seconds_text(seconds_spent)) + ">\n";
        for (const Finding& finding : section.findings)
            suites += case_of(section, finding, options);
        if (section.findings.empty()) {
            suites += "    <testcase" + attribute("classname", section.title) +
                      attribute("name", "no findings") + attribute("time", "0") + "/>\n";
        }
        suites += "  </testsuite>\n";
    }
    if (!report.complete) {
        // A run that was cut off must not look like one that passed.
        const std::string why = report.cut_off ? report.cut_off->sentence() : "it was cut off";
        ++all.tests;
        ++all.errors;
        suites +=
            "  <testsuite name=\"run\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\""
            " time=\"0\">\n    <testcase classname=\"run\" name=\"complete\" time=\"0\">\n"
            "      <error" +
            attribute("message", why) + attribute("type", "incomplete") +
            "/>\n    </testcase>\n  </testsuite>\n";
    }
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" +
           attribute("name", report.tool.name) + all.sums() + attribute("time", seconds) + ">\n" +
           suites + "</testsuites>\n";
}

}  // namespace portolan::render
