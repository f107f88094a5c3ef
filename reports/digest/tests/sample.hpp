#pragma once

#include <string>
#include <utility>

#include "reports/model/report.hpp"

namespace portolan::digest {

/// A report of one finding.
inline report::Report sample(report::Verdict verdict, const char* transport = "udp") {
    report::Report out;
    out.tool = {"ice-test", "1"};
    out.headline = "One finding.";
    out.complete = true;
    report::Finding finding{
        .id = "rfc8656/7.2/quota", .title = "Quota", .verdict = std::move(verdict)};
    finding.severity = report::Severity::High;
    finding.requirement = report::Requirement::Must;
    finding.tags = {"conformance", "fast", transport};
    finding.evidence_ids = {"e"};
    out.evidence.push_back({.id = "e", .title = "What came"});
    report::Section section;
    section.id = "s";
    section.title = "S";
    section.findings.push_back(std::move(finding));
    out.sections.push_back(std::move(section));
    return out;
}

/// One that passes, with a value.
inline report::Report valued(std::string value) {
    report::Report out = sample(report::Verdict::pass());
    out.sections.front().findings.front().value = std::move(value);
    return out;
}

inline report::Verdict failure(std::string sentence) {
    return report::Verdict::fail(report::Reason("violates", std::move(sentence)));
}

}  // namespace portolan::digest
