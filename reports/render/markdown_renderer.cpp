#include "reports/render/markdown_renderer.hpp"

#include <variant>

#include "reports/model/figure.hpp"
#include "reports/render/drawings.hpp"
#include "reports/render/escape.hpp"
#include "reports/render/finding_words.hpp"
#include "reports/render/ladder_words.hpp"

namespace portolan::render {

namespace {

/// Text of others in running text and in table cells: nothing of it is markup (CommonMark s2.4).
std::string safe(std::string_view text) {
    std::string out;
    for (const char c : escape_for_terminal(text)) {
        constexpr std::string_view kMarkup = "\\`*_{}[]<>#|!~";
        if (kMarkup.find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

std::string outcome_cell(const report::Finding& finding) {
    if (!finding.verdict.is_fail()) return outcome_word(finding);
    return "**" + std::string(to_string(finding.severity)) + "**";
}

/// What can be told in the order of time is a table; --format html draws the other figures.
std::string ladders_of(const report::Report& report) {
    std::string out;
    for (const auto& evidence : report.evidence) {
        for (const auto& figure : report::figures_of(evidence)) {
            const auto* ladder = figure ? std::get_if<report::Ladder>(&figure->body) : nullptr;
            if (ladder == nullptr) continue;
            out += "### " + safe(figure->title) + "\n\n" +
                   safe(summary_of(*ladder, kMostDrawnExchanges)) +
                   "\n\n| at | from | to | what | pair | outcome | sent |\n"
                   "|---|---|---|---|---|---|---|\n";
            for (const LadderRow& row : rows_of(*ladder, kMostDrawnExchanges)) {
                out += "|";
                for (const std::string& cell :
                     {row.at, row.from, row.to, row.what, row.pair, row.outcome, row.sent})
                    out += " " + safe(cell) + " |";
                out += "\n";
            }
            out += "\n";
        }
    }
    return out;
}

}  // namespace

std::string MarkdownRenderer::render(const report::Report& report,
                                     const RenderOptions& options) const {
    std::string out = "## " + safe(report.headline) + "\n\n";
    if (!report.complete) {
        out += "*This run was cut off: what is missing was not seen." +
               (report.cut_off ? " " + safe(report.cut_off->sentence()) : std::string()) + "*\n\n";
    }
    for (const auto& section : report.sections) {
        out += "### " + safe(section.title) + "\n\n";
        if (!section.headline.empty()) out += safe(section.headline) + "\n\n";
        if (section.findings.empty()) {
            out += "No findings.\n\n";
            continue;
        }
        out += "| | id | where | what | see |\n|---|---|---|---|---|\n";
        for (const auto& finding : section.findings) {
            if (options.quiet && !options.verbose && !finding.verdict.is_fail()) continue;
            std::string what = safe(finding.title);
            if (!finding.value.empty()) what += ": " + safe(finding.value);
            if (finding.verdict.reason()) what += ". " + safe(finding.verdict.reason()->sentence());
            for (const auto& advice : finding.advice)
                what += " *" + safe(advice) + "*";
            out += "| " + outcome_cell(finding) + " | `" + finding.id + "` | " +
                   safe(location_text(finding)) + " | " + what + " | " +
                   safe(references_text(finding)) + " |\n";
        }
        out += "\n";
    }
    if (!options.quiet) out += ladders_of(report);
    out += safe(report.tool.name + " " + report.tool.version) + ", " +
           report::to_rfc3339(report.started_at) + "\n";
    return out;
}

}  // namespace portolan::render
