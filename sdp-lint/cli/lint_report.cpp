#include "sdp-lint/cli/lint_report.hpp"

#include <algorithm>
#include <map>

#include "sdp-lint/cli/baseline.hpp"
#include "sdp-lint/rules/browser_message.hpp"
#include "sdp-lint/rules/fixes.hpp"

namespace portolan::sdp_lint {

namespace {

using lint::FixSafety;
using lint::Severity;
using report::Json;

report::Severity report_severity(Severity severity) {
    switch (severity) {
        case Severity::Error:
            return report::Severity::High;
        case Severity::Warning:
            return report::Severity::Medium;
        default:
            return report::Severity::Info;
    }
}

Json to_json(const report::Location& location) {
    return {{"source", location.source},
            {"line", location.line},
            {"column_bytes", location.column_bytes},
            {"byte_offset", location.byte_offset},
            {"length_bytes", location.length_bytes}};
}

void add_utf16(Json& entry, const Utf16Columns& columns) {
    entry["column_utf16"] = columns.begin;
    entry["end_column_utf16"] = columns.end;
}

/// Of a fix with more edits than that, reports only say how many; --fix does them.
constexpr std::size_t kMaxShownEdits = 1000;

Json fix_json(const lint::Finding& finding, const Session& session) {
    Json edits = Json::array();
    if (finding.fix->edits.size() > kMaxShownEdits) {
        return {{"title", finding.fix->title},
                {"safety", to_string(row_of(finding.code).fix)},
                {"edit_count", finding.fix->edits.size()}};
    }
    for (const lint::Edit& edit : finding.fix->edits) {
        const Source& source = *session.sources[edit.place.description];
        Json entry = to_json(source.location_of(edit.place.range));
        entry["replacement"] = report::to_valid_utf8(source.as_in_file(edit.replacement));
        edits.push_back(std::move(entry));
    }
    return {{"title", finding.fix->title},
            {"safety", to_string(row_of(finding.code).fix)},
            {"edits", std::move(edits)}};
}

/// A line of a megabyte with a thousand findings must not make a report of a gigabyte.
constexpr std::size_t kMaxLineBytes = 4096;

/// The line, or of a longer one as much as fits around that byte.
std::string_view around_caret(std::string_view line, std::size_t column) {
    if (line.size() <= kMaxLineBytes) return line;
    const std::size_t begin =
        std::min(column - std::min(column, kMaxLineBytes / 2), line.size() - kMaxLineBytes);
    return line.substr(begin, kMaxLineBytes);
}

report::Finding to_finding(const lint::Finding& finding, const Session& session,
                           const std::vector<lint::Target>& targets,
                           const std::string& evidence_id) {
    const lint::CatalogueRow& row = row_of(finding.code);
    const Source& source = *session.sources[finding.place.description];
    // Names of rules are legal reason codes, as both are words joined by hyphens.
    auto reason = report::Reason::parse(row.name, report::to_valid_utf8(finding.message));
    report::Finding out{.id = std::string(row.code_text),
                        .title = std::string(row.title),
                        .verdict = report::Verdict::fail(
                            reason ? *reason : report::Reason("defect", finding.message))};
    out.severity = report_severity(finding.severity);
    out.summary = std::string(row.why);
    out.advice = {std::string(row.advice)};
    out.tags = {std::string(row.group)};
    out.references = references_of(row);
    out.evidence_ids = {evidence_id};
    out.location = source.location_of(finding.place.range);
    const sdp::Position at = source.description->document().position_of(finding.place.range.begin);
    out.data["level"] = to_string(finding.severity);
    out.data["name"] = row.name;
    add_utf16(out.data, source.utf16_columns_of(finding.place.range));
    out.data["line"] = report::to_valid_utf8(around_caret(line_of(finding, source), at.column - 1));
    out.data["fingerprint"] = fingerprint_of(finding, *source.description);
    if (source.is_wrapped()) {
        out.data["in_description"] = {{"line", at.line}, {"column_bytes", at.column}};
    }
    for (const lint::Related& related : finding.related) {
        const Source& its_source = *session.sources[related.place.description];
        Json entry = to_json(its_source.location_of(related.place.range));
        add_utf16(entry, its_source.utf16_columns_of(related.place.range));
        entry["label"] = related.label;
        out.data["related"].push_back(std::move(entry));
    }
    if (finding.fix) out.data["fix"] = fix_json(finding, session);
    for (const TargetSays& says : targets_of(finding, source, targets)) {
        Json& entry = out.data["targets"][std::string(to_string(says.browser))];
        entry["verdict"] = to_string(says.row->verdict);
        entry["version"] = lint::measured_version(says.browser);
        if (!says.message.empty()) entry["message"] = report::to_valid_utf8(says.message);
    }
    return out;
}

report::Evidence evidence_of(const Source& source, const std::string& id,
                             const std::vector<const lint::Finding*>& findings) {
    report::Evidence evidence;
    evidence.id = id;
    evidence.kind = report::EvidenceKind::Input;
    evidence.title = "the lines of " + source.name() + " with findings";
    evidence.data = {{"form", to_string(source.file->form)},
                     {"size_bytes", source.unwrapped.text.size()},
                     {"line_count", source.description->lines().size()}};
    const sdp::Document& document = source.description->document();
    std::uint32_t last = UINT32_MAX;
    for (const lint::Finding* finding : findings) {
        if (document.lines().empty()) break;
        const std::uint32_t index = document.line_index_at(finding->place.range.begin);
        if (index == last) continue;
        last = index;
        evidence.lines.push_back(
            std::to_string(index + 1) + ": " +
            report::to_valid_utf8(document.lines()[index].text.substr(0, kMaxLineBytes)));
    }
    return evidence;
}

std::string counted(std::size_t count, std::string_view noun) {
    return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string_view kind_word(sdp::DescriptionKind kind) {
    switch (kind) {
        case sdp::DescriptionKind::Offer:
            return "offer";
        case sdp::DescriptionKind::Answer:
            return "answer";
        case sdp::DescriptionKind::Unknown:
            break;
    }
    return "unknown";
}

}  // namespace

std::vector<report::Reference> references_of(const lint::CatalogueRow& row) {
    std::vector<report::Reference> out;
    for (const std::string_view text : row.references) {
        const std::size_t at = text.rfind(" s");
        const bool has_section =
            at != std::string_view::npos && at + 2 < text.size() &&
            (sdp::is_digit(text[at + 2]) || (text[at + 2] >= 'A' && text[at + 2] <= 'Z'));
        if (has_section) {
            out.push_back({std::string(text.substr(0, at)), std::string(text.substr(at + 2))});
        } else {
            out.push_back({std::string(text), {}});
        }
    }
    return out;
}

std::string_view line_of(const lint::Finding& finding, const Source& source) {
    const sdp::Document& document = source.description->document();
    if (document.lines().empty()) return {};
    return document.lines()[document.line_index_at(finding.place.range.begin)].text;
}

std::vector<TargetSays> targets_of(const lint::Finding& finding, const Source& source,
                                   const std::vector<lint::Target>& targets) {
    std::vector<TargetSays> out;
    for (const lint::Target& target : targets) {
        const lint::BrowserRow* row = browser_row_of(finding, *source.description, target.browser);
        if (row == nullptr || row->verdict == lint::BrowserVerdict::Unknown) continue;
        TargetSays says{target.browser, row};
        if (row->verdict == lint::BrowserVerdict::Rejects)
            says.message = message_of(*row, finding, *source.description);
        out.push_back(std::move(says));
    }
    return out;
}

Tally tally_of(const std::vector<SessionResult>& results) {
    Tally tally;
    for (const SessionResult& result : results) {
        tally.known += result.known_count;
        for (const lint::Finding& finding : result.findings) {
            if (finding.severity == Severity::Error) ++tally.errors;
            if (finding.severity == Severity::Warning) ++tally.warnings;
            if (finding.severity == Severity::Info) ++tally.infos;
            if (!finding.fix) continue;
            const FixSafety safety = row_of(finding.code).fix;
            if (safety == FixSafety::Safe) ++tally.safe_fixes;
            if (safety == FixSafety::Unsafe) ++tally.unsafe_fixes;
        }
    }
    return tally;
}

std::string headline_of(const Inputs& inputs, const std::vector<SessionResult>& results) {
    const Tally tally = tally_of(results);
    std::vector<std::string> parts;
    if (tally.errors > 0) parts.push_back(counted(tally.errors, "error"));
    if (tally.warnings > 0) parts.push_back(counted(tally.warnings, "warning"));
    if (tally.infos > 0) parts.push_back(counted(tally.infos, "note"));
    std::string out;
    for (std::size_t i = 0; i < parts.size(); ++i)
        out += (i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ") + parts[i];
    if (parts.empty()) out = "Nothing found";
    out += inputs.sources.size() == 1 ? " in " + inputs.sources.front()->name()
                                      : " in " + counted(inputs.sources.size(), "description");
    if (tally.known > 0) out += ", besides " + std::to_string(tally.known) + " that are known";
    if (tally.safe_fixes > 0)
        out += "; " + std::to_string(tally.safe_fixes) + " fixable with --fix";
    if (tally.unsafe_fixes > 0)
        out += "; " + std::to_string(tally.unsafe_fixes) + " more with --unsafe-fixes";
    return report::to_valid_utf8(out);
}

std::vector<lint::Negotiation> negotiations_of(const Session& session) {
    if (session.is_munging) return {};
    std::vector<const sdp::Description*> paired;
    for (std::size_t i = 0; i + 1 < session.sources.size(); ++i) {
        const sdp::Description& offer = *session.sources[i]->description;
        const sdp::Description& answer = *session.sources[i + 1]->description;
        if (offer.kind() != sdp::DescriptionKind::Offer ||
            answer.kind() != sdp::DescriptionKind::Answer)
            continue;
        paired.push_back(&offer);
        paired.push_back(&answer);
        ++i;
    }
    return lint::negotiate_all({paired});
}

Json to_json(const lint::Negotiation& negotiation) {
    const auto text = [](std::string_view view) { return report::to_valid_utf8(view); };
    Json sections = Json::array();
    for (const lint::NegotiatedSection& section : negotiation.sections) {
        Json entry = {{"index", section.index},
                      {"media", text(section.media)},
                      {"mid", text(section.mid)},
                      {"rejected", section.rejected}};
        if (section.rejected) {
            entry["rejected_by"] = section.rejected_by;
            sections.push_back(std::move(entry));
            continue;
        }
        entry["direction"] = to_string(section.direction);
        entry["offerer_dtls_role"] = to_string(section.offerer_dtls);
        entry["rtcp_mux"] = section.rtcp_mux;
        entry["codecs"] = Json::array();
        for (const lint::NegotiatedCodec& codec : section.codecs) {
            entry["codecs"].push_back({{"name", text(codec.name)},
                                       {"clock_rate_hz", codec.clock_rate_hz},
                                       {"channels", codec.channels},
                                       {"offer_payload_type", codec.offer_payload_type},
                                       {"answer_payload_type", codec.answer_payload_type}});
        }
        const auto list = [&](const char* key, const auto& values) {
            entry[key] = Json::array();
            for (const auto& value : values)
                entry[key].push_back(text(value));
        };
        entry["protocol"] = text(section.protocol);
        if (!section.is_rtp && !section.max_message_size_bytes) list("formats", section.formats);
        list("header_extensions", section.header_extensions);
        list("simulcast_send", section.simulcast_send);
        list("simulcast_recv", section.simulcast_recv);
        if (section.bundled_with) entry["bundled_with"] = *section.bundled_with;
        if (section.sctp_port) entry["sctp_port"] = *section.sctp_port;
        if (section.max_message_size_bytes)
            entry["max_message_size_bytes"] = *section.max_message_size_bytes;
        sections.push_back(std::move(entry));
    }
    return {{"offerer_ice_role", to_string(negotiation.offerer_ice)},
            {"sections", std::move(sections)}};
}

report::Report make_report(const Inputs& inputs, const std::vector<SessionResult>& results,
                           const std::vector<lint::Target>& targets) {
    report::Report report;
    report.complete = true;
    report.headline = headline_of(inputs, results);
    std::map<const Source*, std::size_t> index_of;
    for (const auto& source : inputs.sources) {
        const std::string number = std::to_string(report.sections.size());
        index_of[source.get()] = report.sections.size();
        report::Section section;
        section.id = "description." + number;
        section.title = report::to_valid_utf8(source->name());
        section.subject = {{"kind", kind_word(source->unwrapped.kind)},
                           {"form", to_string(source->file->form)}};
        report.sections.push_back(std::move(section));
    }
    std::vector<std::vector<const lint::Finding*>> of_source(report.sections.size());
    for (const SessionResult& result : results) {
        for (const lint::Finding& finding : result.findings) {
            const std::size_t at = index_of[result.session->sources[finding.place.description]];
            of_source[at].push_back(&finding);
            report.sections[at].findings.push_back(
                to_finding(finding, *result.session, targets, "input." + std::to_string(at)));
        }
        for (const lint::Negotiation& negotiation : negotiations_of(*result.session))
            report.data["negotiations"].push_back(to_json(negotiation));
    }
    for (std::size_t i = 0; i < of_source.size(); ++i)
        report.evidence.push_back(
            evidence_of(*inputs.sources[i], "input." + std::to_string(i), of_source[i]));
    const Tally tally = tally_of(results);
    report.data["error_count"] = tally.errors;
    report.data["warning_count"] = tally.warnings;
    report.data["info_count"] = tally.infos;
    report.data["known_count"] = tally.known;
    return report;
}

report::Report with_known(report::Report report, const Inputs& inputs,
                          const std::vector<SessionResult>& results,
                          const std::vector<lint::Target>& targets) {
    std::map<const Source*, std::size_t> index_of;
    for (std::size_t i = 0; i < inputs.sources.size(); ++i)
        index_of[inputs.sources[i].get()] = i;
    for (report::Section& section : report.sections) {
        for (report::Finding& finding : section.findings)
            finding.data["baseline_state"] = "new";
    }
    for (const SessionResult& result : results) {
        for (const lint::Finding& finding : result.known) {
            const std::size_t at = index_of[result.session->sources[finding.place.description]];
            report::Finding told =
                to_finding(finding, *result.session, targets, "input." + std::to_string(at));
            told.data["baseline_state"] = "unchanged";
            report.sections[at].findings.push_back(std::move(told));
        }
    }
    return report;
}

}  // namespace portolan::sdp_lint
