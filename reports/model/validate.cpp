#include <set>
#include <string>
#include <string_view>

#include "reports/model/report.hpp"

namespace portolan::report {
namespace {

/// RFC 3339 ends there; durations beyond a year come from a broken clock.
constexpr std::chrono::microseconds kMaxDuration = std::chrono::hours(24 * 366);

/// Keeps the first breach.
class Checker {
  public:
    void require(bool holds, const std::string& where, std::string_view rule) {
        if (holds || error_) return;
        error_ = Error{Culprit::Internal, "report.invariant", where + ": " + std::string(rule)};
    }

    std::optional<Error> error_;
};

void check_finding(const Finding& finding, const std::string& at,
                   const std::set<std::string_view>& evidence, Checker& check) {
    check.require(is_legal_id(finding.id), at + "/id", "must be a legal id");
    check.require(!finding.title.empty(), at + "/title", "must not be empty");
    const Outcome outcome = finding.verdict.outcome();
    const bool observed = outcome != Outcome::NotTested && outcome != Outcome::Unsupported;
    check.require(!observed || !finding.evidence_ids.empty(), at + "/evidence_ids",
                  "a verdict that was reached must name its evidence");
    std::set<std::string_view> named;
    for (const auto& id : finding.evidence_ids) {
        check.require(evidence.contains(id), at + "/evidence_ids",
                      "must name evidence that is in the report");
        check.require(named.insert(id).second, at + "/evidence_ids", "must not repeat itself");
    }
    for (const auto& reference : finding.references) {
        check.require(!reference.document.empty(), at + "/references", "must name a document each");
    }
    check.require(!finding.location || !finding.location->source.empty(), at + "/location/source",
                  "must not be empty");
    check.require(finding.data.is_object(), at + "/data", "must be an object");
}

bool is_flat(const Json& subject) {
    if (!subject.is_object()) return false;
    for (const auto& value : subject) {
        if (value.is_object()) return false;
        if (!value.is_array()) continue;
        for (const auto& element : value) {
            if (element.is_structured()) return false;
        }
    }
    return true;
}

}  // namespace

Result<void> validate(const Report& report) {
    Checker check;
    check.require(!report.tool.name.empty(), "/tool/name", "must not be empty");
    check.require(!report.tool.version.empty(), "/tool/version", "must not be empty");
    check.require(parse_rfc3339(to_rfc3339(report.started_at)) == report.started_at, "/started_at",
                  "must be in the years 0000 to 9999");
    check.require(report.duration.count() >= 0 && report.duration <= kMaxDuration, "/duration_us",
                  "must be from 0 to a year");
    check.require(!report.complete || !report.cut_off, "/cut_off",
                  "a complete report was not cut off");
    check.require(!report.headline.empty(), "/headline", "must not be empty");
    check.require(is_flat(report.subject), "/subject",
                  "must be an object of scalars and arrays of scalars");
    check.require(report.environment.is_object(), "/environment", "must be an object");
    check.require(report.parameters.is_object(), "/parameters", "must be an object");
    check.require(report.data.is_object(), "/data", "must be an object");

    std::set<std::string_view> evidence;
    for (std::size_t i = 0; i < report.evidence.size(); ++i) {
        const Evidence& item = report.evidence[i];
        const std::string at = "/evidence/" + std::to_string(i);
        check.require(is_legal_id(item.id), at + "/id", "must be a legal id");
        check.require(evidence.insert(item.id).second, at + "/id", "must be unique");
        check.require(!item.title.empty(), at + "/title", "must not be empty");
        check.require(item.data.is_object(), at + "/data", "must be an object");
    }

    std::set<std::string_view> sections;
    for (std::size_t i = 0; i < report.sections.size(); ++i) {
        const Section& section = report.sections[i];
        const std::string at = "/sections/" + std::to_string(i);
        check.require(is_legal_id(section.id), at + "/id", "must be a legal id");
        check.require(sections.insert(section.id).second, at + "/id", "must be unique");
        check.require(!section.title.empty(), at + "/title", "must not be empty");
        check.require(is_flat(section.subject), at + "/subject",
                      "must be an object of scalars and arrays of scalars");
        for (std::size_t j = 0; j < section.findings.size(); ++j) {
            check_finding(section.findings[j], at + "/findings/" + std::to_string(j), evidence,
                          check);
        }
    }
    if (check.error_) return *check.error_;
    return {};
}

}  // namespace portolan::report
