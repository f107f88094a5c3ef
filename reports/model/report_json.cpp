#include <string>
#include <utility>

#include "reports/model/json_reader.hpp"
#include "reports/model/report.hpp"

namespace portolan::report {
namespace {

/// How many containers are open around a payload: report, sections, section, findings, finding.
constexpr std::size_t kInReport = 1;
constexpr std::size_t kInEvidence = 3;
constexpr std::size_t kInSection = 3;
constexpr std::size_t kInFinding = 5;

// ---- writing ----

OrderedJson text(std::string_view bytes) {
    return to_valid_utf8(bytes);
}

OrderedJson texts(const std::vector<std::string>& lines) {
    OrderedJson array = OrderedJson::array();
    for (const auto& line : lines)
        array.push_back(text(line));
    return array;
}

/// As deep as from_json reads by default, so that every report that was read is written whole.
OrderedJson payload(const Json& value, std::size_t open_count) {
    return sanitized(value, JsonLimits{}.max_depth_count - open_count);
}

OrderedJson write_reason(const Reason& reason) {
    return {{"code", text(reason.code())}, {"sentence", text(reason.sentence())}};
}

OrderedJson write_location(const Location& location) {
    OrderedJson json{{"source", text(location.source)}};
    if (location.line > 0) json["line"] = location.line;
    if (location.column_bytes > 0) json["column_bytes"] = location.column_bytes;
    json["byte_offset"] = location.byte_offset;
    json["length_bytes"] = location.length_bytes;
    return json;
}

OrderedJson write_finding(const Finding& finding) {
    OrderedJson json{{"id", text(finding.id)},
                     {"title", text(finding.title)},
                     {"verdict", to_string(finding.verdict.outcome())}};
    if (finding.verdict.reason()) json["reason"] = write_reason(*finding.verdict.reason());
    json["severity"] = to_string(finding.severity);
    if (finding.impact) json["impact"] = to_string(*finding.impact);
    if (finding.requirement) json["requirement"] = to_string(*finding.requirement);
    json["decides"] = finding.decides;
    if (!finding.value.empty()) json["value"] = text(finding.value);
    if (!finding.summary.empty()) json["summary"] = text(finding.summary);
    if (!finding.advice.empty()) json["advice"] = texts(finding.advice);
    if (!finding.tags.empty()) json["tags"] = texts(finding.tags);
    if (!finding.references.empty()) {
        OrderedJson references = OrderedJson::array();
        for (const auto& reference : finding.references) {
            OrderedJson entry{{"document", text(reference.document)}};
            if (!reference.section.empty()) entry["section"] = text(reference.section);
            references.push_back(std::move(entry));
        }
        json["references"] = std::move(references);
    }
    if (!finding.evidence_ids.empty()) json["evidence_ids"] = texts(finding.evidence_ids);
    if (finding.location) json["location"] = write_location(*finding.location);
    if (!finding.data.empty()) json["data"] = payload(finding.data, kInFinding);
    return json;
}

OrderedJson write_section(const Section& section) {
    OrderedJson json{{"id", text(section.id)}, {"title", text(section.title)}};
    if (!section.headline.empty()) json["headline"] = text(section.headline);
    if (!section.subject.empty()) json["subject"] = payload(section.subject, kInSection);
    OrderedJson findings = OrderedJson::array();
    for (const auto& finding : section.findings)
        findings.push_back(write_finding(finding));
    json["findings"] = std::move(findings);
    return json;
}

OrderedJson write_evidence(const Evidence& evidence) {
    OrderedJson json{{"id", text(evidence.id)},
                     {"kind", to_string(evidence.kind)},
                     {"title", text(evidence.title)}};
    if (!evidence.data.empty()) json["data"] = payload(evidence.data, kInEvidence);
    if (!evidence.lines.empty()) json["lines"] = texts(evidence.lines);
    return json;
}

// ---- reading ----

Json read_object(const JsonReader& parent, std::string_view key) {
    const auto found = parent.find(key);
    return found ? found->object() : Json::object();
}

std::string read_text(const JsonReader& parent, std::string_view key) {
    const auto found = parent.find(key);
    return found ? found->string() : std::string();
}

std::vector<std::string> read_texts(const JsonReader& parent, std::string_view key) {
    std::vector<std::string> lines;
    if (const auto found = parent.find(key)) {
        found->each([&](const JsonReader& line) { lines.push_back(line.string()); });
    }
    return lines;
}

std::optional<Reason> read_reason(const JsonReader& json) {
    auto reason =
        Reason::parse(json.member("code").string(), json.member("sentence").non_empty_string());
    if (!reason) {
        json.fail(reason.error().message);
        return std::nullopt;
    }
    return *reason;
}

Verdict read_verdict(const JsonReader& json) {
    const auto outcome = json.member("verdict").word(
        parse_outcome, "pass, fail, inconclusive, not_tested, unsupported");
    std::optional<Reason> reason;
    if (const auto given = json.find("reason")) reason = read_reason(*given);
    if (!json.ok() || !outcome) return Verdict::pass();
    auto verdict = Verdict::make(*outcome, std::move(reason));
    if (!verdict) {
        json.fail(verdict.error().message);
        return Verdict::pass();
    }
    return *verdict;
}

Location read_location(const JsonReader& json) {
    const auto number = [&](std::string_view key) {
        const auto found = json.find(key);
        return found ? found->unsigned_integer() : 0;
    };
    return {.source = json.member("source").non_empty_string(),
            .line = number("line"),
            .column_bytes = number("column_bytes"),
            .byte_offset = number("byte_offset"),
            .length_bytes = number("length_bytes")};
}

Finding read_finding(const JsonReader& json) {
    Finding finding{.id = json.member("id").non_empty_string(),
                    .title = json.member("title").non_empty_string(),
                    .verdict = read_verdict(json)};
    finding.severity = json.member("severity")
                           .word(parse_severity, "info, low, medium, high, critical")
                           .value_or(Severity::Info);
    if (const auto impact = json.find("impact")) {
        finding.impact = impact->word(parse_impact,
                                      "cosmetic, degrades, needs-relay, breaks-video, breaks-call");
    }
    if (const auto requirement = json.find("requirement")) {
        finding.requirement = requirement->word(parse_requirement, "may, should, must");
    }
    finding.decides = json.member("decides").boolean();
    finding.value = read_text(json, "value");
    finding.summary = read_text(json, "summary");
    finding.advice = read_texts(json, "advice");
    finding.tags = read_texts(json, "tags");
    if (const auto references = json.find("references")) {
        references->each([&](const JsonReader& reference) {
            finding.references.push_back(
                {reference.member("document").non_empty_string(), read_text(reference, "section")});
        });
    }
    finding.evidence_ids = read_texts(json, "evidence_ids");
    if (const auto location = json.find("location")) finding.location = read_location(*location);
    finding.data = read_object(json, "data");
    return finding;
}

Section read_section(const JsonReader& json) {
    Section section{.id = json.member("id").non_empty_string(),
                    .title = json.member("title").non_empty_string(),
                    .headline = read_text(json, "headline"),
                    .subject = read_object(json, "subject")};
    json.member("findings").each([&](const JsonReader& finding) {
        section.findings.push_back(read_finding(finding));
    });
    return section;
}

Evidence read_evidence(const JsonReader& json) {
    return {.id = json.member("id").non_empty_string(),
            .kind = json.member("kind")
                        .word(parse_evidence_kind,
                              "packets, timing, measurement, seed, environment, input, derivation")
                        .value_or(EvidenceKind::Packets),
            .title = json.member("title").non_empty_string(),
            .data = read_object(json, "data"),
            .lines = read_texts(json, "lines")};
}

Timestamp read_time(const JsonReader& json) {
    const std::string written = json.string();
    const auto time = parse_rfc3339(written);
    if (!time) json.fail("must be an RFC 3339 time such as 2026-08-30T12:00:00Z");
    return time.value_or(Timestamp{});
}

Report read_report(const JsonReader& json) {
    Report report;
    const JsonReader tool = json.member("tool");
    report.tool.name = tool.member("name").non_empty_string();
    report.tool.version = tool.member("version").non_empty_string();
    report.started_at = read_time(json.member("started_at"));
    report.duration = std::chrono::microseconds(json.member("duration_us").integer(0, INT64_MAX));
    if (const auto simulated = json.find("simulated_time")) {
        report.simulated_time = simulated->boolean();
    }
    report.complete = json.member("complete").boolean();
    if (const auto cut_off = json.find("cut_off")) report.cut_off = read_reason(*cut_off);
    report.headline = json.member("headline").non_empty_string();
    report.subject = read_object(json, "subject");
    json.member("sections").each([&](const JsonReader& section) {
        report.sections.push_back(read_section(section));
    });
    json.member("evidence").each([&](const JsonReader& evidence) {
        report.evidence.push_back(read_evidence(evidence));
    });
    report.environment = read_object(json, "environment");
    report.parameters = read_object(json, "parameters");
    report.data = read_object(json, "data");
    return report;
}

}  // namespace

std::string to_json(const Report& report) {
    OrderedJson json{
        {"schema", kSchema},
        {"tool", {{"name", text(report.tool.name)}, {"version", text(report.tool.version)}}},
        {"started_at", to_rfc3339(report.started_at)},
        {"duration_us", report.duration.count()}};
    if (report.simulated_time) json["simulated_time"] = true;
    json["complete"] = report.complete;
    if (report.cut_off) json["cut_off"] = write_reason(*report.cut_off);
    json["headline"] = text(report.headline);
    json["subject"] = payload(report.subject, kInReport);
    OrderedJson sections = OrderedJson::array();
    for (const auto& section : report.sections)
        sections.push_back(write_section(section));
    json["sections"] = std::move(sections);
    OrderedJson evidence = OrderedJson::array();
    for (const auto& item : report.evidence)
        evidence.push_back(write_evidence(item));
    json["evidence"] = std::move(evidence);
    json["environment"] = payload(report.environment, kInReport);
    json["parameters"] = payload(report.parameters, kInReport);
    json["data"] = payload(report.data, kInReport);
    return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

Result<Report> from_json(std::string_view text, const JsonLimits& limits) {
    auto document = parse_json(text, limits);
    if (!document) return std::move(document).error();
    std::optional<Error> problem;
    const JsonReader json(*document, problem);
    const std::string schema = json.member("schema").string();
    if (!problem && schema != kSchema) {
        return Error{
            Culprit::Usage, "report.schema",
            "this is not a report that can be read: its schema is not " + std::string(kSchema)};
    }
    Report report = read_report(json);
    if (problem) return *problem;
    if (const auto valid = validate(report); !valid) {
        Error error = valid.error();
        error.culprit = Culprit::Usage;
        return error;
    }
    return report;
}

}  // namespace portolan::report
