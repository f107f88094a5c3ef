#include "reports/render/html_renderer.hpp"

#include <algorithm>

#include "reports/render/finding_words.hpp"
#include "reports/render/markup.hpp"

namespace portolan::render {

namespace {

using report::Finding;

constexpr std::string_view kStyle =
    ":root{color-scheme:light dark;--ink:#1b1f24;--page:#fff;--line:#d5dae0;--dim:#59636e;"
    "--bad:#b3261e;--warn:#8a5a00;--good:#1a6b36;--code:#f3f5f7}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--page:#15181c;--line:#3a4149;"
    "--dim:#9aa4af;--bad:#ff8a80;--warn:#ffc46b;--good:#7ddc9a;--code:#20252b}}"
    "body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);"
    "max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.4rem}h2{font-size:1.1rem;border-bottom:1px solid var(--line)}"
    "article{border-left:.3rem solid var(--line);padding:.1rem 0 .1rem .9rem;margin:1rem 0}"
    ".error{border-color:var(--bad)}.warning{border-color:var(--warn)}.pass{border-color:var(--"
    "good)}"
    ".error>p>b{color:var(--bad)}.warning>p>b{color:var(--warn)}.pass>p>b{color:var(--good)}"
    "p{margin:.2rem 0}.dim{color:var(--dim)}"
    "pre{background:var(--code);padding:.5rem;overflow-x:auto;margin:.4rem 0}"
    "a{color:inherit}details{margin:.4rem 0}summary{cursor:pointer}"
    "table{border-collapse:collapse;margin:.4rem 0}th{text-align:left;font-weight:normal;"
    "color:var(--dim);padding-right:1rem;vertical-align:top}td{overflow-wrap:anywhere}"
    "mark{background:none;color:inherit;text-decoration:underline wavy var(--bad)}"
    "@media print{body{margin:0;max-width:none}article{break-inside:avoid}}";

/// Ids of evidence are told from those of findings.
std::string anchor_of(std::string_view evidence_id) {
    return "evidence:" + escape_markup(evidence_id);
}

std::string element(std::string_view tag, std::string_view text, std::string_view css = {}) {
    std::string out = "<" + std::string(tag);
    if (!css.empty()) out += " class=\"" + std::string(css) + "\"";
    return out + ">" + escape_markup(text) + "</" + std::string(tag) + ">\n";
}

std::string_view class_of(const Finding& finding) {
    if (finding.verdict.is_pass()) return "pass";
    if (!finding.verdict.is_fail()) return "note";
    switch (level_of(finding)) {
        case Level::Error:
            return "error";
        case Level::Warning:
            return "warning";
        case Level::Note:
            break;
    }
    return "note";
}

/// data.line is the text of the line that the location is in.
std::string excerpt_of(const Finding& finding) {
    const auto line = finding.data.find("line");
    if (line == finding.data.end() || !line->is_string() || !finding.location) return "";
    const std::string text = line->get<std::string>();
    const std::uint64_t column = finding.location->column_bytes;
    if (column == 0 || column - 1 > text.size()) return "<pre>" + escape_markup(text) + "</pre>\n";
    const auto at = static_cast<std::size_t>(column - 1);
    const auto length = static_cast<std::size_t>(finding.location->length_bytes);
    const std::string_view whole(text);
    const std::string_view marked = whole.substr(at, length);
    return "<pre>" + escape_markup(whole.substr(0, at)) + "<mark>" + escape_markup(marked) +
           "</mark>" + escape_markup(whole.substr(at + marked.size())) + "</pre>\n";
}

/// What the finding rests on, by its titles.
std::string evidence_links(const Finding& finding, const report::Report& report) {
    std::string links;
    for (const report::Evidence& evidence : report.evidence) {
        if (std::find(finding.evidence_ids.begin(), finding.evidence_ids.end(), evidence.id) ==
            finding.evidence_ids.end()) {
            continue;
        }
        links += (links.empty() ? "" : ", ") + ("<a href=\"#" + anchor_of(evidence.id) + "\">") +
                 escape_markup(evidence.title) + "</a>";
    }
    return links.empty() ? "" : "<p class=\"dim\">Evidence: " + links + "</p>\n";
}

/// Closed; a link to it opens it.
std::string evidence_block(const report::Evidence& evidence) {
    std::string lines;
    for (const std::string& line : evidence.lines)
        lines += escape_markup(line) + "\n";
    if (lines.empty()) lines = escape_markup(evidence.data.dump(2)) + "\n";
    return "<details>\n<summary>" + escape_markup(evidence.title) + "</summary>\n<pre id=\"" +
           anchor_of(evidence.id) + "\">" + lines + "</pre>\n</details>\n";
}

/// A JSON object as a table; nothing for an empty one.
std::string table(std::string_view caption, const report::Json& values) {
    if (!values.is_object() || values.empty()) return "";
    std::string out = element("h2", caption) + "<table>\n";
    for (const auto& [key, value] : values.items()) {
        out += "<tr><th scope=\"row\">" + escape_markup(key) + "</th><td>" +
               escape_markup(value.is_string() ? value.get<std::string>() : value.dump()) +
               "</td></tr>\n";
    }
    return out + "</table>\n";
}

std::string article(const Finding& finding, const report::Report& report, bool with_evidence) {
    std::string out = "<article class=\"" + std::string(class_of(finding)) + "\" id=\"" +
                      escape_markup(finding.id) + "\">\n<p><b>" + escape_markup(finding.title) +
                      "</b>";
    if (!finding.value.empty()) out += ": " + escape_markup(finding.value);
    // The verdict as a word too: colours are not for everybody.
    std::string verdict(to_string(finding.verdict.outcome()));
    std::replace(verdict.begin(), verdict.end(), '_', ' ');
    out += " <span class=\"dim\">" + verdict + " " + escape_markup(finding.id);
    if (finding.verdict.is_fail()) out += " " + std::string(to_string(finding.severity));
    if (const std::string where = location_text(finding); !where.empty())
        out += " " + escape_markup(where);
    out += "</span></p>\n";
    const auto& reason = finding.verdict.reason();
    if (reason) out += element("p", reason->sentence());
    out += excerpt_of(finding);
    const bool is_said = reason && reason->sentence() == finding.summary;
    if (!finding.summary.empty() && !is_said) out += element("p", finding.summary);
    for (const auto& advice : finding.advice)
        out += element("p", advice);
    if (const std::string references = references_text(finding); !references.empty())
        out += element("p", references, "dim");
    if (with_evidence) out += evidence_links(finding, report);
    return out + "</article>\n";
}

}  // namespace

std::string HtmlRenderer::render(const report::Report& report, const RenderOptions& options) const {
    std::string out =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
        // Whatever somebody gets into a report: nothing is fetched, and nothing runs.
        "<meta http-equiv=\"Content-Security-Policy\" "
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n";
    out += element("title", report.tool.name + ": " + report.headline);
    out += "<style>" + std::string(kStyle) + "</style>\n</head>\n<body>\n";
    out += element("h1", report.headline);
    if (!report.complete) {
        out += element("p", "This run was cut off: what is missing was not seen. " +
                                (report.cut_off ? report.cut_off->sentence() : std::string()));
    }
    for (const auto& section : report.sections) {
        out += "<section>\n" + element("h2", section.title);
        if (!section.headline.empty()) out += element("p", section.headline);
        if (section.findings.empty()) out += element("p", "No findings.", "dim");
        for (const Finding& finding : section.findings) {
            if (options.quiet && !options.verbose && !finding.verdict.is_fail()) continue;
            out += article(finding, report, !options.quiet);
        }
        out += "</section>\n";
    }
    if (!options.quiet) {
        if (!report.evidence.empty()) out += "<section>\n" + element("h2", "Evidence");
        for (const report::Evidence& evidence : report.evidence)
            out += evidence_block(evidence);
        if (!report.evidence.empty()) out += "</section>\n";
        out += table("This run", report.subject) + table("This machine", report.environment) +
               table("Options", report.parameters);
    }
    out += element(
        "p",
        report.tool.name + " " + report.tool.version + ", " + report::to_rfc3339(report.started_at),
        "dim");
    return out + "</body>\n</html>\n";
}

}  // namespace portolan::render
