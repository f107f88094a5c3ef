#pragma once

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "probe/cli/report/call_report.hpp"
#include "reports/cli/exit_code.hpp"

namespace portolan::nat_probe {

using Causes = std::map<std::string, std::string>;

inline report::Report written(const CallFacts& facts) {
    report::Report out;
    out.tool = {"nat-probe", "0.1.0"};
    out.complete = !facts.is_cut_off;
    if (facts.is_cut_off) out.cut_off = report::Reason("budget", "The budget was used up.");
    write_call_report(out, facts, {});
    const auto valid = report::validate(out);
    EXPECT_TRUE(valid) << valid.error().message;
    return out;
}

/// Failures that are news, by id.
inline Causes failures(const report::Report& report) {
    Causes out;
    for (const report::Section& section : report.sections) {
        for (const report::Finding& finding : section.findings) {
            if (!finding.verdict.is_fail() || finding.severity == report::Severity::Info) continue;
            out[finding.id] = finding.verdict.reason()->code();
        }
    }
    return out;
}

inline const report::Finding& finding(const report::Report& report, std::string_view id,
                                      std::string_view section = {}) {
    for (const report::Section& part : report.sections) {
        for (const report::Finding& each : part.findings) {
            if (each.id == id && (section.empty() || part.id == section)) return each;
        }
    }
    throw std::runtime_error("no " + std::string(id));
}

/// Of a run with the command's own --fail-on.
inline cli::ExitCode exit_code(const report::Report& report) {
    return cli::exit_code_for(report, cli::FailOn::parse("high").value());
}

}  // namespace portolan::nat_probe
