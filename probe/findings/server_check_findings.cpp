#include "probe/findings/server_check_findings.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "probe/findings/evidence.hpp"

namespace portolan::findings {

namespace {

using discovery::AuditCheck;
using discovery::ProbeId;
using discovery::ServerCheckOutcome;
using discovery::VerdictKind;

constexpr std::string_view kSumUp = "audit/usable-for-";

bool sums_up(const AuditCheck& check) {
    return check.info->id.substr(0, kSumUp.size()) == kSumUp;
}

report::Verdict verdict_of(const AuditCheck& check) {
    std::optional<report::Reason> reason;
    if (check.verdict != VerdictKind::Pass) {
        auto parsed = report::Reason::parse(check.reason, check.sentence);
        reason = parsed ? std::move(*parsed) : report::Reason("unknown", check.sentence);
    }
    auto verdict = report::Verdict::make(check.verdict, std::move(reason));
    return verdict ? std::move(*verdict)
                   : report::Verdict::not_tested(report::Reason("unknown", check.sentence));
}

report::Severity severity_of(const AuditCheck& check) {
    using report::Severity;
    if (sums_up(check) || check.info->id == "audit/answers") return Severity::High;
    switch (check.info->requirement) {
        case report::Requirement::Must:
            return Severity::Medium;
        case report::Requirement::Should:
            return Severity::Low;
        case report::Requirement::May:
            break;
    }
    return Severity::Info;
}

std::string usable_word(const AuditCheck& check) {
    switch (check.verdict) {
        case VerdictKind::Pass:
            return "yes";
        case VerdictKind::Fail:
        case VerdictKind::Unsupported:
            return "no";
        case VerdictKind::Inconclusive:
        case VerdictKind::NotTested:
            break;
    }
    return "unknown";
}

std::string headline_of(const ServerCheckOutcome& outcome) {
    const AuditCheck& answers = outcome.check("audit/answers");
    if (answers.verdict == VerdictKind::Fail)
        return "The server is of no use: " + answers.sentence + ".";
    if (answers.verdict != VerdictKind::Pass)
        return "The server cannot be judged: " + answers.sentence + ".";
    const AuditCheck& success = outcome.check("audit/success-response");
    if (success.verdict == VerdictKind::Fail)
        return "The server is of no use: " + success.sentence + ".";
    std::string uses;
    const auto word = [&](std::string_view id, const std::string& name) {
        const std::string is = usable_word(outcome.check(id));
        uses += (uses.empty() ? "" : ", ") + name + " " + is;
    };
    word("audit/usable-for-mapping", "mapping");
    word("audit/usable-for-filtering", "filtering");
    word("audit/usable-for-lifetime", "binding lifetime");
    const auto failed =
        std::count_if(outcome.checks.begin(), outcome.checks.end(),
                      [](const AuditCheck& check) { return check.verdict == VerdictKind::Fail; });
    return "Usable for " + uses + "; " +
           (failed == 0 ? "no check failed" : std::to_string(failed) + " failed") + ".";
}

}  // namespace

Classification classify_server_check(const discovery::Ledger& ledger,
                                     const ServerCheckOutcome& outcome, const SectionNames& names) {
    Classification result;
    result.section.id = names.id;
    result.section.title = names.title;
    result.section.headline = headline_of(outcome);
    if (!ledger.servers.empty()) {
        result.section.subject["server"] = ledger.servers.front().name;
        result.section.subject["address"] = ledger.servers.front().address.to_string();
    }
    result.section.subject["family"] = to_string(ledger.family);
    if (outcome.other_address) {
        result.section.subject["other_address"] = outcome.other_address->to_string();
    }
    if (outcome.mapped) result.section.subject["mapped_address"] = outcome.mapped->to_string();
    if (outcome.rtt) result.section.subject["rtt_us"] = outcome.rtt->count();

    std::vector<ProbeId> used;
    bool run_used = false;
    for (const AuditCheck& check : outcome.checks) {
        report::Finding finding{.id = std::string(check.info->id),
                                .title = std::string(check.info->title),
                                .verdict = verdict_of(check)};
        finding.severity = severity_of(check);
        finding.requirement = check.info->requirement;
        finding.decides = names.decides && check.info->id == "audit/answers";
        finding.summary = check.sentence;
        if (sums_up(check)) finding.value = usable_word(check);
        finding.references = {
            {std::string(check.info->document), std::string(check.info->section)}};
        if (check.error_bound) finding.data["error_bound"] = *check.error_bound;
        for (const ProbeId id : check.evidence) {
            if (id < 0 || static_cast<std::size_t>(id) >= ledger.probes.size()) continue;
            finding.evidence_ids.push_back(evidence_id(names.id, id));
            used.push_back(id);
        }
        if (finding.evidence_ids.empty() || check.rests_on_run) {
            // A TCP connection, a socket that could not be opened, or datagrams that answer
            // nothing.
            finding.evidence_ids.push_back(names.id + ".run");
            run_used = true;
        }
        result.section.findings.push_back(std::move(finding));
    }
    std::sort(used.begin(), used.end());
    used.erase(std::unique(used.begin(), used.end()), used.end());
    for (const ProbeId id : used) {
        report::Evidence packets = packet_evidence(ledger, id, names.id);
        const discovery::Probe& probe = ledger.probes[static_cast<std::size_t>(id)];
        const auto step = std::string(to_string(static_cast<discovery::AuditStep>(probe.attempt)));
        packets.title = step + " to " + probe.destination.to_string();
        packets.data["step"] = step;
        result.evidence.push_back(std::move(packets));
    }
    if (run_used) result.evidence.push_back(run_evidence(ledger, names.id));
    return result;
}

}  // namespace portolan::findings
