#include "nat-sim/conformance/conformance.hpp"

#include <algorithm>

#include "nat-sim/conformance/bench.hpp"

namespace portolan::nat::conformance {
namespace {

using report::Finding;
using report::Reason;
using report::Requirement;
using report::Section;
using report::Severity;
using report::Verdict;

struct Counts {
    std::size_t meets = 0;
    std::size_t by_design = 0;
    std::size_t violates = 0;
    std::size_t not_applicable = 0;
};

Severity severity_of(Requirement level) {
    switch (level) {
        case Requirement::Must:
            return Severity::High;
        case Requirement::Should:
            return Severity::Medium;
        case Requirement::May:
            break;
    }
    return Severity::Low;
}

/// The reason for a violation, when its preset gives one.
const std::string* by_design(const BoxResult& box, const CheckResult& result) {
    const auto found = box.expected.violations.find(result.check->id);
    return found == box.expected.violations.end() ? nullptr : &found->second;
}

Verdict verdict_of(const BoxResult& box, const CheckResult& result) {
    switch (result.judgement.status) {
        case Status::Meets:
            return Verdict::pass();
        case Status::NotApplicable:
            return Verdict::not_tested(Reason("not-applicable", result.judgement.came));
        case Status::Violates:
            break;
    }
    if (const std::string* why = by_design(box, result)) {
        return Verdict::fail(
            Reason("violates-by-design", result.judgement.came + " By design: " + *why));
    }
    return Verdict::fail(Reason("violates", result.judgement.came));
}

std::string value_of(const BoxResult& box, const CheckResult& result) {
    switch (result.judgement.status) {
        case Status::Meets:
            return "meets";
        case Status::NotApplicable:
            return "not-applicable";
        case Status::Violates:
            break;
    }
    return by_design(box, result) == nullptr ? "violates" : "violates-by-design";
}

Finding finding_of(const BoxResult& box, const CheckResult& result, const std::string& prefix,
                   report::Report& report) {
    const Check& check = *result.check;
    Finding out{.id = std::string(check.id),
                .title = std::string(check.title),
                .verdict = verdict_of(box, result),
                .severity = severity_of(check.level)};
    out.requirement = check.level;
    out.value = value_of(box, result);
    // Of the others the reason says it.
    if (result.judgement.status == Status::Meets) out.summary = result.judgement.came;
    out.references = {{std::string(check.document), std::string(check.section)}};
    out.data = {{"requirement", std::string(check.requirement)},
                {"sent", std::string(check.sends)},
                {"conformant", std::string(check.conformant)},
                {"came", result.judgement.came}};
    if (result.transcript.empty()) return out;
    report::Evidence evidence;
    evidence.id = prefix + std::string(check.id) + "/packets";
    evidence.kind = report::EvidenceKind::Packets;
    evidence.title = "Packets of " + std::string(check.id);
    evidence.data = {{"virtual_time", true}};
    evidence.lines = result.transcript;
    out.evidence_ids = {evidence.id};
    report.evidence.push_back(std::move(evidence));
    return out;
}

std::string rfc_of(const Check& check) {
    return std::string(check.id.substr(0, check.id.find('/')));
}

std::string count_text(std::size_t count, const std::string& one, const std::string& many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

Counts count(const BoxResult& box) {
    Counts out;
    for (const CheckResult& result : box.results) {
        switch (result.judgement.status) {
            case Status::Meets:
                ++out.meets;
                break;
            case Status::NotApplicable:
                ++out.not_applicable;
                break;
            case Status::Violates:
                ++(by_design(box, result) == nullptr ? out.violates : out.by_design);
                break;
        }
    }
    return out;
}

std::string sentence(const BoxResult& box) {
    const Counts counts = count(box);
    std::string out = box.name + " meets " +
                      count_text(counts.meets, "requirement", "requirements") + ", violates " +
                      std::to_string(counts.violates + counts.by_design);
    if (counts.by_design != 0) {
        out += counts.violates == 0 ? " by design"
                                    : " (" + std::to_string(counts.by_design) + " by design)";
    }
    return out + "; " + std::to_string(counts.not_applicable) + " do not apply.";
}

/// Whether the preset's file says what is: of interest to who writes presets.
Section expectation_section(const BoxResult& box, const std::string& prefix,
                            report::Report& report) {
    const auto found = surprises(box);
    Finding finding{.id = "conformance/expectations",
                    .title = "Preset's own account",
                    .verdict = found.empty()
                                   ? Verdict::pass()
                                   : Verdict::fail(Reason("preset-is-wrong", found.front())),
                    .severity = Severity::High};
    // A wrong preset must not pass for any --fail-on that asks about requirements.
    finding.requirement = Requirement::Must;
    finding.summary = found.empty() ? "What it violates is what its preset says."
                                    : count_text(found.size(), "difference", "differences") +
                                          " between the preset and what was seen.";
    report::Evidence evidence;
    evidence.id = prefix + "expectations/derivation";
    evidence.kind = report::EvidenceKind::Derivation;
    evidence.title = "The preset's list against the results";
    evidence.data = {{"declared_count", box.expected.violations.size()},
                     {"difference_count", found.size()}};
    evidence.lines = found;
    finding.evidence_ids = {evidence.id};
    report.evidence.push_back(std::move(evidence));
    Section out;
    out.id = prefix + "expectations";
    out.title = box.name + ": expectations";
    out.findings = {std::move(finding)};
    return out;
}

}  // namespace

std::string_view word_of(Requirement level) {
    return report::to_string(level);
}

CheckResult run_check(const Check& check, const Subject& subject) {
    Trial trial(subject);
    CheckResult out;
    out.check = &check;
    out.judgement = check.run(trial);
    out.transcript = trial.transcript();
    out.simulated = trial.simulated();
    return out;
}

std::vector<std::string> surprises(const BoxResult& box) {
    std::vector<std::string> out;
    if (!box.expected.declared) return out;
    for (const CheckResult& result : box.results) {
        const std::string id(result.check->id);
        const bool expected = by_design(box, result) != nullptr;
        const Status status = result.judgement.status;
        if (status == Status::Violates && !expected) {
            out.push_back(id + ": violated, and the preset does not say so. " +
                          result.judgement.came);
        } else if (status != Status::Violates && expected) {
            out.push_back(id + ": the preset says it is violated, and it " +
                          (status == Status::Meets ? "is met. " : "does not apply. ") +
                          result.judgement.came);
        }
    }
    return out;
}

void fill_report(report::Report& report, std::span<const BoxResult> boxes, bool is_chain) {
    std::string headline;
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        const BoxResult& box = boxes[i];
        const std::string prefix = !is_chain ? "" : "box-" + std::to_string(i + 1) + "/";
        for (const CheckResult& result : box.results) {
            const std::string id = prefix + rfc_of(*result.check);
            if (report.sections.empty() || report.sections.back().id != id) {
                Section section;
                section.id = id;
                section.title =
                    (!is_chain ? "" : box.name + ": ") + std::string(result.check->document);
                report.sections.push_back(std::move(section));
            }
            report.sections.back().findings.push_back(finding_of(box, result, prefix, report));
        }
        if (box.expected.declared) {
            report.sections.push_back(expectation_section(box, prefix, report));
        }
        headline += (headline.empty() ? "" : " ") + sentence(box);
    }
    report.headline = headline;
}

std::vector<cli::CatalogueEntry> catalogue() {
    std::vector<cli::CatalogueEntry> out;
    for (const Check& check : check_table()) {
        out.push_back(
            {.id = std::string(check.id),
             .title = std::string(check.title),
             .explanation = {std::string(check.requirement), "Sent: " + std::string(check.sends),
                             "A conformant NAT: " + std::string(check.conformant)},
             .references = {{std::string(check.document), std::string(check.section)}},
             .attributes = {std::string(word_of(check.level))}});
    }
    return out;
}

}  // namespace portolan::nat::conformance
