#include "ice-tests/conformance/report.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <utility>

#include "ice-tests/conformance/headline.hpp"
#include "ice-tests/conformance/masking.hpp"
#include "probe/stun/describe.hpp"
#include "probe/stun/printable.hpp"

namespace portolan::conformance {
namespace {

using report::Evidence;
using report::Finding;
using report::Json;
using report::Reason;
using report::Severity;
using report::Verdict;

std::string milliseconds_text(transport::Duration duration) {
    const auto tenths = duration.count() / 100;
    return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " ms";
}

Verdict verdict_of(const Judgement& judgement) {
    switch (judgement.status) {
        case Status::Meets:
            return Verdict::pass();
        case Status::Violates:
            return Verdict::fail(Reason("violates", judgement.came));
        case Status::NotApplicable:
            return Verdict::unsupported(Reason("not-applicable", judgement.came));
        case Status::Undecided:
            break;
    }
    return Verdict::inconclusive(Reason("undecided", judgement.came));
}

// A verdict that took more than one try says so.
Judgement with_repeats(const CheckResult& result) {
    Judgement out = result.judgement;
    if (result.repeat_count == 0) return out;
    static constexpr std::array kTimes = {"twice", "three times", "four times", "five times"};
    const auto index = static_cast<std::size_t>(result.repeat_count - 1);
    out.came += " Judged " + std::string(index < kTimes.size() ? kTimes[index] : "six times") +
                ", each time from another port, because the answer may have been about what "
                "somebody else had left there.";
    return out;
}

Finding finding_for(const Check& check, const TargetRun& run, Verdict verdict) {
    Finding out{.id = std::string(check.id),
                .title = std::string(check.title),
                .verdict = std::move(verdict)};
    out.severity = severity_of(check);
    out.requirement = requirement_of(check);
    // What does not apply, or was not asked for, leaves nothing open.
    out.decides =
        check.level == Level::Must && out.verdict.outcome() == report::Outcome::Inconclusive;
    out.summary = std::string(check.requirement);
    out.tags = {check.axis == Axis::Security ? "security" : "conformance",
                std::string(to_string(check.check_class)),
                std::string(turn::to_string(run.target->endpoint.transport))};
    if (!check.weakness.empty()) out.tags.emplace_back(check.weakness);
    if (const std::string document = document_of(check); !document.empty()) {
        out.references.push_back({document, section_of(check)});
    }
    out.data = {{"required", check.requirement},      {"sent", check.sends},
                {"expected", check.conformant},       {"target", run.target->uri},
                {"address", address_of(*run.target)}, {"declared_at", declared_at(*run.target)}};
    return out;
}

// Where findings of a check belong: "rfc8656/7.2", "security/peer", "tls".
std::string section_id(const Check& check) {
    const std::string_view id = check.id;
    return std::string(id.substr(0, id.rfind('/')));
}

std::string section_title(const Check& check) {
    if (!check.id.starts_with("rfc")) {
        std::string out = section_id(check);
        if (out == "tls") return "TLS";
        out.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(out.front())));
        return out;
    }
    const std::string id = section_id(check);
    const std::size_t slash = id.find('/');
    return "RFC " + id.substr(3, slash - 3) + " s" + id.substr(slash + 1);
}

std::string where_text(const TargetRun& run) {
    return std::string(turn::to_string(run.target->endpoint.transport)) + " to " +
           address_of(*run.target);
}

Finding server_finding(const char* id, const char* title, const TargetRun& run,
                       const std::optional<Error>& error, const std::string& summary) {
    Finding out{.id = id,
                .title = title,
                .verdict = !error ? Verdict::pass()
                           : error->culprit == Culprit::Usage
                               ? Verdict::not_tested(Reason::from_error(*error))
                               : Verdict::fail(Reason::from_error(*error))};
    out.severity = Severity::Critical;
    out.impact = report::Impact::BreaksCall;
    out.requirement = report::Requirement::Must;
    out.decides = !error || error->culprit != Culprit::Usage;
    if (!error) out.summary = summary;
    out.tags = {"conformance", std::string(turn::to_string(run.target->endpoint.transport))};
    out.evidence_ids = {run.id + "/server"};
    if (error && !error->hint.empty()) out.advice.push_back(error->hint);
    out.data = {{"target", run.target->uri},
                {"address", address_of(*run.target)},
                {"declared_at", declared_at(*run.target)}};
    return out;
}

/// Of the other credentials for the URI; nothing where there are none.
std::optional<Finding> other_users_finding(const TargetRun& run) {
    if (run.preflight.others.empty()) return std::nullopt;
    std::optional<Error> refused;
    std::string taken;
    bool is_room_alone = true;
    for (const auto& [entry, why, is_without_room] : run.preflight.others) {
        is_room_alone &= !why || is_without_room;
        if (!why) {
            taken += (taken.empty() ? "" : ", ") + entry;
        } else if (!refused) {
            refused = why;
            refused->message = "With the credentials of " + entry + ", " + refused->message;
        } else {
            refused->message += "; with those of " + entry + ", " + why->message;
        }
    }
    Finding out = server_finding("server/other-users", "Other credentials", run, refused,
                                 "The credentials of " + taken + " get a relayed address as well.");
    if (refused && is_room_alone) {
        out.verdict = Verdict::inconclusive(Reason("no-room", refused->message));
    }
    return out;
}

// Nothing where no SRV and NAPTR records lead here, and DNS has none to be said of.
std::optional<Finding> discovery_finding(const TargetRun& run) {
    using Kind = transport::Remark::Kind;
    const auto all = [&](Kind kind) {
        std::string out;
        for (const transport::Remark& remark : run.target->remarks)
            if (remark.kind == kind) out += (out.empty() ? "" : " ") + remark.text;
        return out;
    };
    const std::string faults = all(Kind::Fault);
    const std::string unanswered = all(Kind::Unanswered);
    if (!run.target->has_records && faults.empty() && unanswered.empty()) return std::nullopt;
    Finding out{.id = "server/discovery",
                .title = "Found by DNS",
                .verdict = !faults.empty() ? Verdict::fail(Reason("leads-nowhere", faults))
                           : !unanswered.empty()
                               ? Verdict::inconclusive(Reason("unanswered", unanswered))
                               : Verdict::pass()};
    out.severity = Severity::Low;
    out.requirement = report::Requirement::Should;
    out.decides = false;
    out.summary = "DNS leads here by " + run.target->found_by + '.';
    out.tags = {"conformance", std::string(turn::to_string(run.target->endpoint.transport))};
    out.evidence_ids = {run.id + "/server"};
    out.references = {{"RFC 5928", "3"}};
    out.data = {{"target", run.target->uri},
                {"address", address_of(*run.target)},
                {"found_by", run.target->found_by},
                {"declared_at", declared_at(*run.target)}};
    return out;
}

report::Section server_section(const TargetRun& run) {
    report::Section out;
    out.id = run.id + "/server";
    out.title = "Server over " + where_text(run);
    out.subject = {{"uri", run.target->uri},
                   {"transport", turn::to_string(run.target->endpoint.transport)},
                   {"address", address_of(*run.target)},
                   {"software", report::to_valid_utf8(run.target->software)}};
    if (!run.target->found_by.empty()) out.subject["found_by"] = run.target->found_by;
    const Preflight& known = run.preflight;
    if (run.moot_count > 0) {
        out.headline =
            count_text(run.moot_count, run.counted) + " could not be run" +
            (known.unreachable ? ": the server cannot be used." : " without an allocation.");
        out.subject["not_run_count"] = run.moot_count;
    }
    std::string answers = "The server answers under this URI.";
    if (!known.redirected_by.empty()) {
        std::string way;
        Json& servers = out.subject["redirected_by"] = Json::array();
        for (const TransportAddress& server : known.redirected_by) {
            servers.push_back(server.to_string());
            way += server.to_string() + " to ";
        }
        answers = "The URI leads elsewhere, by error 300: from " + way + address_of(*run.target) +
                  ", which is the one that is tested.";
    }
    if (auto discovery = discovery_finding(run)) out.findings.push_back(std::move(*discovery));
    out.findings.push_back(
        server_finding("server/reachable", "Reachable", run, known.unreachable, answers));
    if (known.unreachable) return out;
    Finding allocation =
        server_finding("server/allocation", "Allocation", run, known.no_allocation,
                       "The server takes the credentials and gives a relayed address.");
    if (!known.no_allocation) {
        allocation.value = known.relayed->to_string();
        allocation.data["duration_ms"] = allocation.data["allocate_ms"] =
            static_cast<double>(known.allocate_time.count()) / 1000.0;
    }
    out.findings.push_back(std::move(allocation));
    if (auto others = other_users_finding(run)) out.findings.push_back(std::move(*others));
    return out;
}

void add_advice(Finding& finding, const Check& check, const std::string& software) {
    for (const Remedy& remedy : check.remedies) {
        if (software.starts_with(remedy.software)) finding.advice.emplace_back(remedy.advice);
    }
}

}  // namespace

Severity severity_of(const Check& check) {
    if (check.axis == Axis::Security) {
        switch (check.danger) {
            case Danger::High:
                return Severity::High;
            case Danger::Medium:
                return Severity::Medium;
            case Danger::Low:
                return Severity::Low;
            case Danger::None:
                return Severity::Info;
        }
    }
    switch (check.level) {
        case Level::Must:
            return Severity::High;
        case Level::Should:
            return Severity::Low;
        case Level::Information:
            return Severity::Info;
    }
    return Severity::Info;
}

std::optional<report::Requirement> requirement_of(const Check& check) {
    // The axes are kept apart.
    if (check.axis == Axis::Security) return std::nullopt;
    switch (check.level) {
        case Level::Must:
            return report::Requirement::Must;
        case Level::Should:
            return report::Requirement::Should;
        case Level::Information:
            break;
    }
    return std::nullopt;
}

Json declared_at(const Target& target) {
    return {{"source", target.declared_in}, {"line", target.declared_line}};
}

Evidence packets(std::string id, std::string title, const turn::Transcript& transcript,
                 transport::Time begun) {
    Evidence out;
    out.id = std::move(id);
    out.kind = report::EvidenceKind::Packets;
    out.title = std::move(title);
    Json exchanges = Json::array();
    for (const turn::Exchange& exchange : transcript.exchanges()) {
        const bool sent = exchange.direction == turn::Direction::Sent;
        out.lines.push_back(
            '+' + milliseconds_text(exchange.at - begun) + ", " + exchange.who +
            (exchange.note.empty() ? (sent ? " sends" : " receives") : ": " + exchange.note));
        Json row = {{"at_us", (exchange.at - begun).count()}, {"who", exchange.who}};
        if (exchange.note.empty()) {
            row["direction"] = sent ? "sent" : "received";
            const Masked shown = mask(exchange.bytes);
            row["hex"] = stun::to_hex(shown.bytes);
            std::istringstream text(stun::describe_text(shown.bytes));
            for (std::string line; std::getline(text, line);)
                out.lines.push_back("  " + line);
            for (const MaskedPart& part : shown.parts) {
                row["masked"].push_back({{"attribute", part.name},
                                         {"offset_bytes", part.offset_bytes},
                                         {"size_bytes", part.size_bytes}});
                out.lines.push_back("  masked with zeros: the " + std::to_string(part.size_bytes) +
                                    " octets of " + std::string(part.name) + " from " +
                                    std::to_string(part.offset_bytes));
            }
        } else {
            row["note"] = exchange.note;
        }
        exchanges.push_back(std::move(row));
    }
    if (transcript.left_out_count() > 0) {
        out.lines.push_back(std::to_string(transcript.left_out_count()) +
                            " more messages are not shown");
    }
    out.data = {{"exchanges", std::move(exchanges)},
                {"left_out_count", transcript.left_out_count()}};
    return out;
}

void add_to(report::Report& report, const TargetRun& run, Profile profile) {
    report.sections.push_back(server_section(run));
    report.evidence.push_back(packets(run.id + "/server", "First contact",
                                      *run.preflight.transcript, run.preflight.begun));
    std::map<std::string, std::size_t> positions;
    const auto section = [&](const Check& check) -> report::Section& {
        const std::string id = run.id + '/' + section_id(check);
        const auto [entry, is_new] = positions.emplace(id, report.sections.size());
        if (is_new) {
            report::Section& made = report.sections.emplace_back();
            made.id = id;
            made.title = section_title(check) + " over " + where_text(run);
        }
        return report.sections[entry->second];
    };
    for (const CheckResult& result : run.results) {
        const Check& check = *result.check;
        const Judgement judgement = with_repeats(result);
        Verdict verdict = verdict_of(judgement);
        if (verdict.is_fail()) {
            if (const auto why = excuse(profile, check)) {
                verdict = Verdict::unsupported(
                    Reason("excused", "Not held against it under the profile " +
                                          std::string(to_string(profile)) + ", because " +
                                          std::string(*why) + ": " + judgement.came));
            }
        }
        Finding finding = finding_for(check, run, std::move(verdict));
        if (finding.verdict.is_pass()) finding.summary = judgement.came;
        finding.data["came"] = judgement.came;
        if (!judgement.about.empty()) finding.data["about"] = judgement.about;
        if (result.repeat_count > 0) finding.data["repeat_count"] = result.repeat_count;
        finding.data["duration_ms"] = static_cast<double>(result.duration.count()) / 1000.0;
        const std::string evidence_id = run.id + '/' + finding.id;
        finding.evidence_ids = {evidence_id};
        if (finding.verdict.is_fail()) add_advice(finding, check, run.target->software);
        report.evidence.push_back(
            packets(evidence_id, finding.title, *result.transcript, result.begun));
        section(check).findings.push_back(std::move(finding));
    }
    for (const LeftOut& left : run.left_out) {
        Finding finding =
            finding_for(*left.check, run, Verdict::not_tested(Reason("not-run", left.why)));
        // It was never going to be answered with what was given; but to have run nothing of what
        // was selected is no success.
        finding.decides = run.results.empty() && left.check->level == Level::Must;
        section(*left.check).findings.push_back(std::move(finding));
    }
}

std::vector<cli::CatalogueEntry> server_catalogue() {
    std::vector<cli::CatalogueEntry> out = {
        {.id = "server/reachable",
         .title = "Reachable",
         .explanation =
             {"The server answers an Allocate request without credentials, over TLS and "
              "DTLS behind a certificate that verifies. Where it sends clients on (error "
              "300), this is followed.",
              "Nothing else is tested where it fails."}},
        {.id = "server/allocation",
         .title = "Allocation",
         .explanation = {"The server takes the credentials and gives a relayed address.",
                         "Where it fails, what needs an allocation is not tested."}},
        {.id = "server/other-users",
         .title = "Other credentials",
         .explanation = {"Where the iceServers file has several credentials for one URI: each of "
                         "the others gets a relayed address too. They are named by their entries, "
                         "/iceServers/1 and so on; the checks use the first ones."}},
        {.id = "server/discovery",
         .title = "Found by DNS",
         .explanation = {"Where SRV and NAPTR records lead to the server: they lead somewhere, and "
                         "DNS answers."},
         .references = {{"RFC 5928", "3"}}}};
    for (cli::CatalogueEntry& entry : out)
        entry.attributes = {"server"};
    return out;
}

std::vector<cli::CatalogueEntry> catalogue() {
    std::vector<cli::CatalogueEntry> out;
    for (const Check* check : check_table()) {
        cli::CatalogueEntry entry;
        entry.id = std::string(check->id);
        entry.title = std::string(check->title);
        entry.explanation = {std::string(check->requirement), "Sent: " + std::string(check->sends),
                             "Expected: " + std::string(check->conformant)};
        for (const Remedy& remedy : check->remedies) {
            entry.explanation.push_back(
                std::string(
                    remedy.software.empty() ? "" : "For " + std::string(remedy.software) + ": ") +
                std::string(remedy.advice));
        }
        if (const std::string document = document_of(*check); !document.empty()) {
            entry.references.push_back({document, section_of(*check)});
        }
        entry.attributes = {
            check->axis == Axis::Security ? "security" : std::string(to_string(check->level)),
            std::string(to_string(check->check_class))};
        for (const auto& [bit, name] : {std::pair(kUdp, "udp"), std::pair(kTcp, "tcp"),
                                        std::pair(kTls, "tls"), std::pair(kDtls, "dtls")}) {
            if ((check->transports & bit) != 0) entry.attributes.emplace_back(name);
        }
        if (!check->weakness.empty()) entry.attributes.emplace_back(check->weakness);
        out.push_back(std::move(entry));
    }
    return out;
}

}  // namespace portolan::conformance
