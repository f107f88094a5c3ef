#include "reports/render/text_renderer.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/accepted.hpp"
#include "reports/model/change.hpp"
#include "reports/model/figure.hpp"
#include "reports/render/advice.hpp"
#include "reports/render/drawings.hpp"
#include "reports/render/escape.hpp"
#include "reports/render/finding_words.hpp"
#include "reports/render/ladder_words.hpp"
#include "reports/render/text_page.hpp"

namespace portolan::render {
namespace {

using report::Finding;
using report::Json;
using report::Outcome;
using report::Severity;

/// Said in letters, so that nothing depends on colour.
struct Mark {
    std::string_view text;
    Style style;
};

constexpr std::size_t kMarkColumns = 4;
/// A column may grow to this; longer entries push the rest of their line.
constexpr std::size_t kMaxTitleColumns = TextPage::kMaxNameColumns;
constexpr std::size_t kMaxValueColumns = 32;
/// A sentence that has to be broken in less than this is not pleasant to read: it goes below.
constexpr std::size_t kMinSentenceColumns = 40;

Mark mark_of(const Finding& finding) {
    if (report::is_change(finding.verdict)) return {"diff", Style::Yellow};
    if (report::is_accepted(finding.verdict)) return {"known", Style::Yellow};
    switch (finding.verdict.outcome()) {
        case Outcome::Pass:
            return {"ok", Style::Green};
        case Outcome::Fail:
            if (finding.severity >= Severity::High) return {"FAIL", Style::Red};
            return {"warn", Style::Yellow};
        case Outcome::Inconclusive:
            return {"?", Style::Yellow};
        case Outcome::NotTested:
            return {"-", Style::Dim};
        case Outcome::Unsupported:
            return {"n/a", Style::Dim};
    }
    return {"?", Style::Yellow};
}

std::string value_of(const Finding& finding) {
    if (!finding.value.empty()) return escape_for_terminal(finding.value);
    if (finding.verdict.is_pass()) return "as it should be";
    if (finding.verdict.is_fail()) return "fails";
    return outcome_word(finding);
}

std::string sentence_of(const Finding& finding) {
    std::string sentence;
    if (finding.verdict.reason()) sentence = finding.verdict.reason()->sentence();
    if (!finding.summary.empty() && finding.summary != sentence) {
        if (!sentence.empty()) {
            const bool is_closed =
                std::string_view(".!?:;").find(sentence.back()) != std::string_view::npos;
            sentence += is_closed ? " " : "; ";
        }
        sentence += finding.summary;
    }
    return escape_for_terminal(sentence);
}

std::string plural(std::size_t count, std::string_view noun) {
    return std::to_string(count) + ' ' + std::string(noun) + (count == 1 ? "" : "s");
}

struct Columns {
    std::size_t title = 0;
    std::size_t value = 0;
};

/// The same for the whole report, so that sections line up with each other.
Columns columns_of(const report::Report& report) {
    Columns columns;
    for (const auto& section : report.sections) {
        for (const auto& finding : section.findings) {
            const std::size_t title = display_width(escape_for_terminal(finding.title));
            const std::size_t value = display_width(value_of(finding));
            if (title <= kMaxTitleColumns) columns.title = std::max(columns.title, title);
            if (value <= kMaxValueColumns) columns.value = std::max(columns.value, value);
        }
    }
    return columns;
}

void write_details(TextPage& page, const Finding& finding, std::size_t indent) {
    const std::string pad(indent, ' ');
    std::string about = "id " + finding.id;
    if (finding.verdict.reason()) about += ", reason " + finding.verdict.reason()->code();
    if (finding.verdict.is_fail()) {
        about += ", severity " + std::string(to_string(finding.severity));
        if (finding.impact) about += ", impact " + std::string(to_string(*finding.impact));
    }
    if (finding.requirement) about += ", " + std::string(to_string(*finding.requirement));
    page.paragraph(pad, indent, escape_for_terminal(about), Style::Dim);
    if (finding.location) {
        std::string where = "at " + finding.location->source;
        if (finding.location->line > 0) where += ":" + std::to_string(finding.location->line);
        if (finding.location->column_bytes > 0) {
            where += ":" + std::to_string(finding.location->column_bytes);
        }
        page.paragraph(pad, indent, escape_for_terminal(where), Style::Dim);
    }
    std::string references;
    for (const auto& reference : finding.references) {
        if (!references.empty()) references += ", ";
        references += reference.document;
        if (!reference.section.empty()) references += " section " + reference.section;
    }
    if (!references.empty()) {
        page.paragraph(pad, indent, escape_for_terminal("see " + references), Style::Dim);
    }
    std::string evidence;
    for (const auto& id : finding.evidence_ids)
        evidence += (evidence.empty() ? "" : ", ") + id;
    if (!evidence.empty()) {
        page.paragraph(pad, indent, escape_for_terminal("evidence " + evidence), Style::Dim);
    }
}

void write_finding(TextPage& page, const Finding& finding, const Columns& columns, bool verbose) {
    const Mark mark = mark_of(finding);
    const std::string title = pad_right(escape_for_terminal(finding.title), columns.title);
    const std::string value = pad_right(value_of(finding), columns.value);
    const std::string sentence = sentence_of(finding);

    const std::size_t value_at = 2 + kMarkColumns + 2 + display_width(title) + 2;
    const std::size_t sentence_at = value_at + display_width(value) + 2;
    const std::string lead =
        "  " + page.styled(mark.style, pad_right(mark.text, kMarkColumns)) + "  " + title + "  ";
    const std::size_t below = 2 + kMarkColumns + 2;
    if (sentence.empty()) {
        page.paragraph(lead, value_at, value_of(finding));
    } else if (sentence_at + std::min(display_width(sentence), kMinSentenceColumns) <=
               page.width()) {
        page.paragraph(lead + value + "  ", sentence_at, sentence);
    } else {
        page.paragraph(lead, value_at, value_of(finding));
        page.paragraph(std::string(below + 2, ' '), below + 2, sentence);
    }
    if (verbose) write_details(page, finding, below + 2);
}

void write_section(TextPage& page, const report::Section& section, const Columns& columns,
                   const RenderOptions& options) {
    const bool only_failures = options.quiet && !options.verbose;
    if (only_failures && std::none_of(section.findings.begin(), section.findings.end(),
                                      [](const auto& f) { return f.verdict.is_fail(); })) {
        return;
    }
    page.heading(escape_for_terminal(section.title));
    if (!section.headline.empty() && !only_failures) {
        page.paragraph("  ", 2, escape_for_terminal(section.headline));
    }
    if (options.verbose) page.object(section.subject, 2);
    for (const auto& finding : section.findings) {
        if (only_failures && !finding.verdict.is_fail()) continue;
        write_finding(page, finding, columns, options.verbose);
    }
    if (section.findings.empty()) page.line("  no findings");
}

void write_advice(TextPage& page, const report::Report& report, bool with_info) {
    const std::vector<Advice> all = advice_of(report, with_info);
    if (!all.empty()) page.heading("Advice");
    for (const Advice& each : all) {
        page.paragraph(
            "  * ", 4,
            escape_for_terminal(each.words) + " [" + escape_for_terminal(each.finding->id) + "]");
    }
}

std::string duration_text(const report::Report& report) {
    char text[64];
    std::snprintf(text, sizeof text, "%.3f s%s", static_cast<double>(report.duration.count()) / 1e6,
                  report.simulated_time ? " of simulated time" : "");
    return text;
}

/// What can be told in the order of time is told.
void write_ladder(TextPage& page, const report::Figure& figure) {
    const auto* ladder = std::get_if<report::Ladder>(&figure.body);
    if (ladder == nullptr) return;
    page.paragraph(
        "    ", 4,
        escape_for_terminal(figure.title) + ": " + summary_of(*ladder, kMostDrawnExchanges));
    for (const LadderRow& row : rows_of(*ladder, kMostDrawnExchanges))
        page.paragraph("      ", 8, escape_for_terminal(sentence_of(row)));
}

void write_evidence(TextPage& page, const report::Report& report) {
    if (!report.evidence.empty()) page.heading("Evidence");
    for (const auto& item : report.evidence) {
        page.paragraph("  ", 2,
                       escape_for_terminal(item.id) + " (" + std::string(to_string(item.kind)) +
                           "): " + escape_for_terminal(item.title));
        Json data = report::data_without_figures(item);
        // Numbers for drawings; --format html draws them.
        const auto figures = report::figures_of(item);
        for (const auto& figure : figures) {
            if (figure) data["figures"].push_back(figure->title);
        }
        page.object(data, 4);
        for (const auto& figure : figures) {
            if (figure) write_ladder(page, *figure);
        }
        for (const auto& line : item.lines)
            page.line("    " + escape_for_terminal(line));
    }
}

void write_run(TextPage& page, const report::Report& report) {
    page.heading("Run");
    const Json run = {
        {"tool", report.tool.name + " " + report.tool.version},
        {"started", report::to_rfc3339(report.started_at)},
        {"took", duration_text(report)},
    };
    page.object(run, 2);
    const std::pair<std::string_view, const Json*> parts[] = {{"Subject", &report.subject},
                                                              {"Parameters", &report.parameters},
                                                              {"Environment", &report.environment},
                                                              {"Data", &report.data}};
    for (const auto& [title, object] : parts) {
        if (object->empty()) continue;
        page.heading(title);
        page.object(*object, 2);
    }
}

/// What a finding counts as, in the order in which that is told.
std::size_t place_of(const report::Verdict& verdict) {
    if (report::is_change(verdict)) return 2;
    if (report::is_accepted(verdict)) return 3;
    switch (verdict.outcome()) {
        case Outcome::Pass:
            return 0;
        case Outcome::Fail:
            return 1;
        case Outcome::Inconclusive:
            return 4;
        case Outcome::NotTested:
            return 5;
        case Outcome::Unsupported:
            return 6;
    }
    return 4;
}

void write_counts(TextPage& page, const report::Report& report) {
    struct Kind {
        std::string_view word;
        bool is_always_told;
        std::size_t count;
    };
    std::array<Kind, 7> kinds = {{{"ok", true, 0},
                                  {"failed", true, 0},
                                  {"changed", false, 0},
                                  {"accepted", false, 0},
                                  {"open", true, 0},
                                  {"not tested", false, 0},
                                  {"n/a", false, 0}}};
    std::size_t total = 0;
    for (const auto& section : report.sections) {
        for (const auto& finding : section.findings) {
            ++total;
            ++kinds.at(place_of(finding.verdict)).count;
        }
    }
    std::string text;
    for (const Kind& kind : kinds) {
        if (kind.count == 0 && !kind.is_always_told) continue;
        text +=
            (text.empty() ? "" : ", ") + std::to_string(kind.count) + ' ' + std::string(kind.word);
    }
    if (report.duration.count() > 0) text += "; took " + duration_text(report);
    page.blank();
    page.paragraph("", 0, plural(total, "finding") + ": " + text, Style::Dim);
}

}  // namespace

std::string TextRenderer::render(const report::Report& report, const RenderOptions& options) const {
    TextPage page(options);
    page.paragraph("", 0, escape_for_terminal(report.headline), Style::Bold);
    if (!report.complete) {
        std::string note = "This run was cut off: what is missing was not seen.";
        if (report.cut_off) note += " " + escape_for_terminal(report.cut_off->sentence());
        page.paragraph("", 0, note, Style::Yellow);
    }
    const Columns columns = columns_of(report);
    for (const auto& section : report.sections)
        write_section(page, section, columns, options);
    const bool brief = options.quiet && !options.verbose;
    if (!brief) write_advice(page, report, options.verbose);
    if (options.verbose) {
        write_evidence(page, report);
        write_run(page, report);
    }
    if (!brief) write_counts(page, report);
    return page.take();
}

}  // namespace portolan::render
