#include "reports/render/html_renderer.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "reports/model/change.hpp"
#include "reports/render/attention_html.hpp"
#include "reports/render/clause_overview.hpp"
#include "reports/render/excerpt_html.hpp"
#include "reports/render/figure_html.hpp"
#include "reports/render/finding_look.hpp"
#include "reports/render/finding_words.hpp"
#include "reports/render/html_table.hpp"
#include "reports/render/markup.hpp"
#include "reports/render/theme.hpp"

namespace portolan::render {

namespace {

using report::Evidence;
using report::Finding;
using report::Outcome;

/// From so many sections on there is a table of contents.
constexpr std::size_t kSectionsForContents = 4;
/// What lies deeper in a table is shown as JSON.
constexpr std::size_t kMostDepth = 4;
/// More links to evidence are folded away: they would be longer than what they are for.
constexpr std::size_t kMostEvidenceLinks = 3;
/// From so many findings in a section on, those that pass are folded away.
constexpr std::size_t kFindingsForFolding = 12;

std::string tag_of(const Finding& finding) {
    std::string out = outcome_word(finding);
    if (finding.verdict.is_fail()) out += ", " + std::string(to_string(finding.severity));
    return out;
}

/// A JSON value without its punctuation: "a, b", and of objects "name: lo; up: true".
std::string in_words(const report::Json& value, std::size_t depth = 0) {
    if (const auto* text = value.get_ptr<const std::string*>()) return *text;
    if (!value.is_structured() || value.empty() || depth == kMostDepth)
        return value.dump(-1, ' ', false, report::Json::error_handler_t::replace);
    std::string out;
    for (const auto& [key, each] : value.items()) {
        const std::string words = in_words(each, depth + 1);
        if (value.is_object()) {
            out += out.empty() ? "" : "; ";
            out += key;
            out += ": ";
            out += words;
        } else if (each.is_object()) {
            out += (out.empty() ? "" : " \u00B7 ") + words;
        } else {
            out += (out.empty() ? "" : ", ") + words;
        }
    }
    return out;
}

/// One page: what it has said already is not said again.
class Page {
  public:
    Page(const report::Report& report, const RenderOptions& options)
        : report_(report), options_(options), anchors_(anchors_of(report)) {
        for (const Evidence& evidence : report.evidence)
            evidence_.emplace(evidence.id, &evidence);
    }

    std::string render() {
        head();
        header();
        attention();
        contents();
        out_ += "<main id=\"main\">\n";
        overview();
        for (std::size_t i = 0; i < report_.sections.size(); ++i)
            section(report_.sections[i], i);
        if (!options_.quiet) {
            remaining_figures();
            evidence_section();
            out_ += table("This run", report_.subject);
            out_ += table("This machine", report_.environment);
            out_ += table("Options", report_.parameters);
        }
        out_ += "</main>\n<footer>\n" +
                element("p",
                        report_.tool.name + " " + report_.tool.version + ", " +
                            report::to_rfc3339(report_.started_at) +
                            (report_.simulated_time ? " of simulated time" : ""),
                        "dim small") +
                "</footer>\n</body>\n</html>\n";
        return std::move(out_);
    }

  private:
    void head() {
        out_ =
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
            // Whatever somebody gets into a report: nothing is fetched, and nothing runs.
            "<meta http-equiv=\"Content-Security-Policy\" "
            "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n";
        out_ += element("title", report_.tool.name + ": " + report_.headline);
        out_ += "<style>" + style_sheet() + "</style>\n</head>\n<body>\n";
    }

    void header() {
        out_ += "<a class=\"skip\" href=\"#main\">To the findings</a>\n<header>\n";
        const auto command = report_.parameters.find("command");
        std::string what = report_.tool.name;
        if (command != report_.parameters.end() && command->is_string())
            what += " " + command->get<std::string>();
        out_ += element("p", what, "dim small") + element("h1", report_.headline);
        if (!report_.complete) {
            out_ +=
                element("p", "This run was cut off: what is missing was not seen. " +
                                 (report_.cut_off ? report_.cut_off->sentence() : std::string()));
        }
        out_ += counts() + "</header>\n";
    }

    [[nodiscard]] std::string counts() const {
        std::array<std::size_t, 5> numbers{};
        for (const auto& section : report_.sections) {
            for (const Finding& finding : section.findings) {
                if (report::is_change(finding.verdict)) {
                    ++numbers[4];
                    continue;
                }
                switch (look_of(finding).tone) {
                    case report::Tone::Bad:
                        ++numbers[0];
                        break;
                    case report::Tone::Fair:
                    case report::Tone::Neutral:
                        ++numbers[1];
                        break;
                    case report::Tone::Good:
                        ++numbers[2];
                        break;
                    case report::Tone::Open:
                        ++numbers[3];
                        break;
                }
            }
        }
        struct Word {
            const char* css;
            const char* sign;
            const char* one;
            const char* many;
        };
        constexpr std::array<Word, 5> kWords{
            {{"t-bad", "\u2715", "failure", "failures"},
             {"t-fair", "!", "warning or note", "warnings or notes"},
             {"t-good", "\u2713", "as it should be", "as they should be"},
             {"t-open", "?", "open or not tested", "open or not tested"},
             {"t-neutral", "\u2260", "changed", "changed"}}};
        std::string out;
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            if (numbers[i] == 0) continue;
            const Word& word = kWords[i];
            out += "<li class=\"" + std::string(word.css) + "\"><span aria-hidden=\"true\">" +
                   word.sign + "</span> " + std::to_string(numbers[i]) + " " +
                   (numbers[i] == 1 ? word.one : word.many) + "</li>\n";
        }
        return out.empty() ? "" : "<ul class=\"sum\">\n" + out + "</ul>\n";
    }

    /// A short page says it itself.
    void attention() {
        if (report_.sections.size() >= kSectionsForContents && !options_.quiet)
            out_ += attention_html(report_, anchors_);
    }

    void contents() {
        if (report_.sections.size() < kSectionsForContents || options_.quiet) return;
        out_ += "<nav aria-label=\"Contents\">\n<details><summary>Contents</summary>\n<ul>\n";
        for (std::size_t i = 0; i < report_.sections.size(); ++i) {
            const auto& section = report_.sections[i];
            const auto failed = std::ranges::count_if(
                section.findings, [](const Finding& each) { return each.verdict.is_fail(); });
            out_ += "<li><a href=\"#section:" + std::to_string(i + 1) + "\">" +
                    escape_markup(section.title) + "</a>" +
                    (failed > 0 ? " (" + std::to_string(failed) + " failing)" : "") + "</li>\n";
        }
        out_ += "</ul>\n</details>\n</nav>\n";
    }

    /// Made from the findings, where they are of clauses and servers.
    void overview() {
        if (options_.quiet) return;
        const auto figure = clause_overview(report_);
        if (!figure) return;
        out_ += "<section>\n" + element("h2", "Overview") +
                figure_html(*figure, next_figure_++, nullptr) + "</section>\n";
    }

    void section(const report::Section& section, std::size_t index) {
        out_ += "<section id=\"section:" + std::to_string(index + 1) + "\">\n" +
                element("h2", section.title);
        if (!section.headline.empty()) out_ += element("p", section.headline);
        if (section.findings.empty()) out_ += element("p", "No findings.", "dim");
        std::string shown;
        std::string folded;
        std::size_t folded_count = 0;
        const bool folds = section.findings.size() >= kFindingsForFolding;
        for (const Finding& finding : section.findings) {
            if (options_.quiet && !options_.verbose && !finding.verdict.is_fail()) continue;
            const bool is_quiet = !finding.verdict.is_fail() &&
                                  finding.verdict.outcome() != Outcome::Inconclusive &&
                                  !report::is_change(finding.verdict);
            if (folds && is_quiet) {
                folded += article(finding);
                ++folded_count;
            } else {
                shown += article(finding);
            }
        }
        if (!shown.empty()) out_ += "<div class=\"findings\">\n" + shown + "</div>\n";
        if (folded_count > 0) {
            out_ += "<details class=\"printed\"><summary>" + std::to_string(folded_count) +
                    " that pass or were not tested</summary>\n<div class=\"findings\">\n" + folded +
                    "</div>\n</details>\n";
        }
        if (!options_.quiet) figures_of_section(section);
        out_ += "</section>\n";
    }

    /// Where a finding first refers to them.
    void figures_of_section(const report::Section& section) {
        std::set<std::string_view> wanted;
        for (const Finding& finding : section.findings)
            wanted.insert(finding.evidence_ids.begin(), finding.evidence_ids.end());
        figures_of([&](const Evidence& evidence) { return wanted.contains(evidence.id); });
    }

    void remaining_figures() {
        const std::size_t before = out_.size();
        figures_of([](const Evidence&) { return true; });
        if (out_.size() == before) return;
        const std::string figures = out_.substr(before);
        out_.resize(before);
        out_ += "<section>\n" + element("h2", "Figures") + figures + "</section>\n";
    }

    template <typename Wanted>
    void figures_of(const Wanted& is_wanted) {
        std::string figures;
        for (const Evidence& evidence : report_.evidence) {
            if (!is_wanted(evidence) || !drawn_.insert(evidence.id).second) continue;
            figures += figures_html(evidence, next_figure_);
        }
        if (!figures.empty()) out_ += "<div class=\"figures\">\n" + figures + "</div>\n";
    }

    std::string article(const Finding& finding) {
        const Look look = look_of(finding);
        std::string out = "<article class=\"" + std::string(look.css) + "\" id=\"" +
                          escape_markup(anchors_.at(&finding)) +
                          "\">\n<h3><span class=\"sign\" aria-hidden=\"true\">" +
                          std::string(look.sign) + "</span>" + escape_markup(finding.title);
        if (!finding.value.empty())
            out += ": <span class=\"value\">" + escape_markup(finding.value) + "</span>";
        out += "<span class=\"tag t-" + std::string(to_string(look.tone)) + "\">" +
               tag_of(finding) + "</span></h3>\n";
        const auto& reason = finding.verdict.reason();
        if (reason) out += element("p", reason->sentence());
        out += excerpt_html(finding);
        const bool is_said = reason && reason->sentence() == finding.summary;
        if (!finding.summary.empty() && !is_said) out += element("p", finding.summary);
        if (!finding.advice.empty()) {
            out += "<ul class=\"advice\">\n";
            for (const auto& advice : finding.advice)
                out += element("li", advice);
            out += "</ul>\n";
        }
        out += "<p class=\"dim small\">" + escape_markup(finding.id);
        if (finding.requirement) out += " \u00B7 " + std::string(to_string(*finding.requirement));
        if (finding.verdict.is_fail() && finding.impact)
            out += " \u00B7 " + std::string(to_string(*finding.impact));
        if (const std::string where = location_text(finding); !where.empty())
            out += " \u00B7 " + escape_markup(where);
        if (const std::string references = references_text(finding); !references.empty())
            out += " \u00B7 " + escape_markup(references);
        out += options_.quiet ? "</p>\n" : evidence_links(finding);
        return out + "</article>\n";
    }

    /// What the finding rests on, by its titles, and the end of the paragraph.
    [[nodiscard]] std::string evidence_links(const Finding& finding) const {
        std::string links;
        std::size_t count = 0;
        for (const std::string& id : finding.evidence_ids) {
            const auto evidence = evidence_.find(id);
            if (evidence == evidence_.end()) continue;
            ++count;
            links += (links.empty() ? "" : ", ") + ("<a href=\"#" + evidence_anchor(id) + "\">") +
                     escape_markup(evidence->second->title) + "</a>";
        }
        if (count > kMostEvidenceLinks) {
            return "</p>\n<details class=\"small\"><summary>" + std::to_string(count) +
                   " pieces of evidence</summary>\n<p>" + links + "</p></details>\n";
        }
        return (links.empty() ? "" : " \u00B7 evidence: " + links) + "</p>\n";
    }

    void evidence_section() {
        if (report_.evidence.empty()) return;
        out_ += "<section>\n" + element("h2", "Evidence");
        for (const Evidence& evidence : report_.evidence)
            out_ += evidence_block(evidence);
        out_ += "</section>\n";
    }

    /// Closed; a link to it opens it.
    static std::string evidence_block(const Evidence& evidence) {
        std::string lines;
        for (const std::string& line : evidence.lines)
            lines += escape_markup(line) + "\n";
        if (lines.empty()) {
            lines = escape_markup(report::data_without_figures(evidence).dump(
                        2, ' ', false, report::Json::error_handler_t::replace)) +
                    "\n";
        }
        return "<details>\n<summary>" + escape_markup(evidence.title) + "</summary>\n<pre id=\"" +
               evidence_anchor(evidence.id) + "\" tabindex=\"0\">" + lines + "</pre>\n</details>\n";
    }

    /// A JSON object as a table; nothing for an empty one.
    static std::string table(std::string_view caption, const report::Json& values) {
        if (!values.is_object() || values.empty()) return "";
        HtmlTable table("", "keys");
        for (const auto& [key, value] : values.items()) {
            table.row({key, in_words(value)});
        }
        return "<section>\n" + element("h2", caption) + table.finish() + "</section>\n";
    }

    const report::Report& report_;
    const RenderOptions& options_;
    std::map<std::string_view, const Evidence*> evidence_;
    FindingAnchors anchors_;
    std::set<std::string_view> drawn_;
    std::size_t next_figure_ = 1;
    std::string out_;
};

}  // namespace

std::string HtmlRenderer::render(const report::Report& report, const RenderOptions& options) const {
    return Page(report, options).render();
}

}  // namespace portolan::render
