#include "ice-tests/scenarios/report.hpp"

#include <utility>

#include "ice-tests/conformance/report.hpp"

namespace portolan::scenarios {
namespace {

using report::Finding;
using report::Reason;
using report::Severity;
using report::Verdict;

Verdict verdict_of(const ScenarioResult& result) {
    std::string said = result.judgement.came;
    if (!result.cause.empty()) said += ' ' + result.cause;
    switch (result.judgement.status) {
        case Status::Meets:
            return Verdict::pass();
        case Status::Violates:
            return Verdict::fail(Reason("violates", said));
        case Status::NotApplicable:
            return Verdict::unsupported(Reason("not-applicable", said));
        case Status::Undecided:
            break;
    }
    return Verdict::inconclusive(Reason("undecided", said));
}

Finding finding_for(const Scenario& scenario, const ServerRun& run, Verdict verdict) {
    Finding out{.id = std::string(scenario.id),
                .title = std::string(scenario.title),
                .verdict = std::move(verdict)};
    const bool is_must = scenario.level == Level::Must;
    out.severity = is_must ? Severity::High : Severity::Medium;
    out.impact = is_must ? report::Impact::BreaksCall : report::Impact::Degrades;
    out.requirement = is_must ? report::Requirement::Must : report::Requirement::Should;
    out.decides = is_must && out.verdict.outcome() == report::Outcome::Inconclusive;
    out.summary = std::string(scenario.requirement);
    out.tags = {"ice", std::string(to_string(scenario.check_class))};
    out.references.push_back({std::string(scenario.document), std::string(scenario.section)});
    out.data = {{"required", scenario.requirement},
                {"done", scenario.does},
                {"expected", scenario.expected}};
    if (run.server != nullptr) {
        out.tags.emplace_back(turn::to_string(run.server->endpoint.transport));
        out.data["target"] = run.server->uri;
        out.data["address"] = conformance::address_of(*run.server);
        out.data["declared_at"] = conformance::declared_at(*run.server);
    }
    return out;
}

void add_result(report::Report& report, report::Section& section, const ServerRun& run,
                const ScenarioResult& result) {
    Finding finding = finding_for(*result.scenario, run, verdict_of(result));
    if (finding.verdict.is_pass()) finding.summary = result.judgement.came;
    finding.data["came"] = result.judgement.came;
    if (!result.cause.empty()) finding.data["cause"] = result.cause;
    finding.data["duration_ms"] = static_cast<double>(result.duration.count()) / 1000.0;
    for (const auto& [key, value] : result.data.items())
        finding.data[key] = value;
    const std::string id = run.id + '/' + finding.id;
    report.evidence.push_back({.id = id,
                               .kind = report::EvidenceKind::Timing,
                               .title = finding.title,
                               .data = result.data,
                               .lines = result.lines});
    finding.evidence_ids = {id};
    if (!result.transcript->exchanges().empty()) {
        report.evidence.push_back(
            conformance::packets(id + "/packets", finding.title, *result.transcript, result.begun));
        finding.evidence_ids.push_back(id + "/packets");
    }
    if (result.diagnosis && !result.diagnosis->exchanges().empty()) {
        report.evidence.push_back(
            conformance::packets(id + "/own-client", finding.title + ": our own client",
                                 *result.diagnosis, result.diagnosis->exchanges().front().at));
        finding.evidence_ids.push_back(id + "/own-client");
    }
    section.findings.push_back(std::move(finding));
}

/// Without an allocation nothing is tried, whyever there is none.
void decide_by_allocation(report::Section& section) {
    for (Finding& finding : section.findings)
        finding.decides = finding.decides || finding.id == "server/allocation";
}

}  // namespace

void add_to(report::Report& report, const ServerRun& run) {
    if (run.server != nullptr) {
        conformance::TargetRun contact;
        contact.id = run.id;
        contact.target = run.server;
        contact.preflight = run.preflight;
        contact.moot_count = run.moot_count;
        contact.counted = "ICE scenario";
        conformance::add_to(report, contact, conformance::Profile::Rfc8656);
        if (run.moot_count > 0) decide_by_allocation(report.sections.back());
    }
    if (run.results.empty() && run.left_out.empty()) return;
    report::Section section;
    section.id = run.id + "/ice";
    section.title = run.server == nullptr
                        ? "ICE without a server"
                        : "ICE over " +
                              std::string(turn::to_string(run.server->endpoint.transport)) +
                              " to " + conformance::address_of(*run.server);
    if (run.server != nullptr) section.subject = {{"uri", run.server->uri}};
    for (const ScenarioResult& result : run.results)
        add_result(report, section, run, result);
    for (const LeftOut& left : run.left_out) {
        Finding finding =
            finding_for(*left.scenario, run, Verdict::not_tested(Reason("not-run", left.why)));
        // One of several leaves nothing open; to have tried nothing with a server does.
        finding.decides = run.results.empty() && left.scenario->level == Level::Must;
        section.findings.push_back(std::move(finding));
    }
    report.sections.push_back(std::move(section));
}

std::vector<cli::CatalogueEntry> catalogue() {
    std::vector<cli::CatalogueEntry> out;
    for (const Scenario* scenario : scenario_table()) {
        cli::CatalogueEntry entry;
        entry.id = std::string(scenario->id);
        entry.title = std::string(scenario->title);
        entry.explanation = {std::string(scenario->requirement),
                             "Done: " + std::string(scenario->does),
                             "Expected: " + std::string(scenario->expected)};
        entry.references.push_back(
            {std::string(scenario->document), std::string(scenario->section)});
        entry.attributes = {std::string(to_string(scenario->level)),
                            std::string(to_string(scenario->check_class))};
        out.push_back(std::move(entry));
    }
    return out;
}

}  // namespace portolan::scenarios
