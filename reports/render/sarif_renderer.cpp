#include "reports/render/sarif_renderer.hpp"

#include <map>

#include "reports/render/finding_words.hpp"

namespace portolan::render {

namespace {

using report::Finding;
using report::Json;
using report::OrderedJson;

/// Where a result is said to be that no file is known for.
constexpr std::string_view kCommandLine = "command-line";

/// RFC 3986 s2.1, s2.2: what a path may hold stays, the rest is percent-encoded.
std::string uri_of(std::string_view path) {
    constexpr std::string_view kKept =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    for (const char c : path) {
        if (kKept.find(c) != std::string_view::npos) {
            out += c;
        } else {
            out += '%';
            out += kHex[static_cast<unsigned char>(c) >> 4U];
            out += kHex[static_cast<unsigned char>(c) & 0xFU];
        }
    }
    return out;
}

std::string_view level_word(Level level) {
    switch (level) {
        case Level::Error:
            return "error";
        case Level::Warning:
            return "warning";
        case Level::Note:
            return "note";
    }
    return "none";
}

OrderedJson text_of(std::string_view text) {
    return {{"text", report::to_valid_utf8(text)}};
}

/// `more` is the finding's or the place's own data; of it column_utf16 and end_column_utf16 are
/// columns in the unit that the log declares. Columns in bytes are never said to be others.
OrderedJson place_of(const report::Location& location, const Json& more) {
    OrderedJson place = {{"artifactLocation", {{"uri", uri_of(location.source)}}}};
    if (location.line > 0) {
        OrderedJson region = {{"startLine", location.line}};
        if (more.contains("column_utf16") && more.contains("end_column_utf16")) {
            region["startColumn"] = more["column_utf16"];
            region["endColumn"] = more["end_column_utf16"];
        }
        // A line alone is the whole of it.
        if (location.byte_offset > 0 || location.length_bytes > 0 || location.column_bytes > 0) {
            region["byteOffset"] = location.byte_offset;
            region["byteLength"] = location.length_bytes;
        }
        place["region"] = std::move(region);
    }
    return {{"physicalLocation", std::move(place)}};
}

report::Location location_from(const Json& value) {
    report::Location location;
    location.source = value.value("source", "");
    location.line = value.value("line", std::uint64_t{0});
    location.byte_offset = value.value("byte_offset", std::uint64_t{0});
    location.length_bytes = value.value("length_bytes", std::uint64_t{0});
    return location;
}

/// What is about no file is about something that a file or the command line names. GitHub's code
/// scanning refuses results without a physical location. data.declared_at: {source, line}
report::Location declared_at(const Finding& finding) {
    const auto given = finding.data.find("declared_at");
    if (given == finding.data.end() || !given->is_object()) {
        return {.source = std::string(kCommandLine), .line = 1};
    }
    report::Location out = location_from(*given);
    if (out.source.empty()) out.source = std::string(kCommandLine);
    if (out.line == 0) out.line = 1;
    return out;
}

/// data.related: [{source, line, column_utf16, end_column_utf16, byte_offset, length_bytes, label}]
void add_related(OrderedJson& result, const Finding& finding) {
    const auto related = finding.data.find("related");
    if (related == finding.data.end() || !related->is_array()) return;
    for (const Json& entry : *related) {
        OrderedJson place = place_of(location_from(entry), entry);
        place["message"] = text_of(entry.value("label", ""));
        result["relatedLocations"].push_back(std::move(place));
    }
}

/// data.fix: {title, edits: [{source, byte_offset, length_bytes, replacement}]}
void add_fix(OrderedJson& result, const Finding& finding) {
    const auto fix = finding.data.find("fix");
    if (fix == finding.data.end() || !fix->contains("edits")) return;
    std::map<std::string, OrderedJson> replacements;
    for (const Json& edit : (*fix)["edits"]) {
        replacements[edit.value("source", "")].push_back(
            {{"deletedRegion",
              {{"byteOffset", edit.value("byte_offset", std::uint64_t{0})},
               {"byteLength", edit.value("length_bytes", std::uint64_t{0})}}},
             {"insertedContent", text_of(edit.value("replacement", ""))}});
    }
    OrderedJson changes = OrderedJson::array();
    for (auto& [source, list] : replacements) {
        changes.push_back(
            {{"artifactLocation", {{"uri", uri_of(source)}}}, {"replacements", std::move(list)}});
    }
    if (changes.empty()) return;
    result["fixes"] = {{{"description", text_of(fix->value("title", ""))},
                        {"artifactChanges", std::move(changes)}}};
}

OrderedJson rule_of(const Finding& finding) {
    OrderedJson rule = {{"id", finding.id}};
    if (finding.verdict.reason() && finding.verdict.reason()->code() != finding.id)
        rule["name"] = finding.verdict.reason()->code();
    rule["shortDescription"] = text_of(finding.title);
    if (!finding.summary.empty()) rule["fullDescription"] = text_of(finding.summary);
    std::string help;
    for (const auto& advice : finding.advice)
        help += (help.empty() ? "" : " ") + advice;
    if (const std::string references = references_text(finding); !references.empty())
        help += (help.empty() ? "" : " ") + std::string("See ") + references + ".";
    if (!help.empty()) rule["help"] = text_of(help);
    rule["defaultConfiguration"] = {{"level", level_word(level_of(finding))}};
    if (!finding.tags.empty()) rule["properties"] = {{"tags", finding.tags}};
    return rule;
}

OrderedJson result_of(const report::Section& section, const Finding& finding, std::size_t rule) {
    const bool failed = finding.verdict.is_fail();
    OrderedJson result = {{"ruleId", finding.id}, {"ruleIndex", rule}};
    // s3.27.9: a kind other than fail goes with level none.
    result["kind"] = failed ? "fail" : "open";
    result["level"] = failed ? level_word(level_of(finding)) : "none";
    result["message"] = text_of(finding_sentence(finding));
    OrderedJson place = finding.location ? place_of(*finding.location, finding.data)
                                         : place_of(declared_at(finding), Json::object());
    if (!finding.location) {
        place["logicalLocations"] = {{{"fullyQualifiedName", section.id}, {"kind", "module"}}};
    }
    result["locations"] = {std::move(place)};
    // s3.27.24: "unchanged" and so; s3.35: what a file outside the code accepts.
    if (const auto state = finding.data.find("baseline_state");
        state != finding.data.end() && state->is_string()) {
        result["baselineState"] = *state;
        if (*state == "unchanged") result["suppressions"] = {{{"kind", "external"}}};
    }
    add_related(result, finding);
    add_fix(result, finding);
    if (const auto print = finding.data.find("fingerprint");
        print != finding.data.end() && print->is_string()) {
        result["partialFingerprints"] = {{"portolan/1", *print}};
    }
    return result;
}

}  // namespace

std::string SarifRenderer::render(const report::Report& report, const RenderOptions&) const {
    OrderedJson rules = OrderedJson::array();
    OrderedJson results = OrderedJson::array();
    std::map<std::string, std::size_t> index_of;
    for (const auto& section : report.sections) {
        for (const Finding& finding : section.findings) {
            if (finding.verdict.is_pass()) continue;
            const auto [entry, added] = index_of.try_emplace(finding.id, rules.size());
            if (added) rules.push_back(rule_of(finding));
            results.push_back(result_of(section, finding, entry->second));
        }
    }
    OrderedJson invocation = {{"executionSuccessful", report.complete}};
    if (report.cut_off) {
        invocation["toolExecutionNotifications"] = {
            {{"level", "error"}, {"message", text_of(report.cut_off->sentence())}}};
    }
    const OrderedJson log = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                             {"version", "2.1.0"},
                             {"runs",
                              {{{"tool",
                                 {{"driver",
                                   {{"name", report.tool.name},
                                    {"version", report.tool.version},
                                    {"rules", std::move(rules)}}}}},
                                {"invocations", {std::move(invocation)}},
                                {"columnKind", "utf16CodeUnits"},
                                {"results", std::move(results)}}}}};
    return log.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

}  // namespace portolan::render
