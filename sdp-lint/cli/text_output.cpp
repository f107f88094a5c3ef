#include "sdp-lint/cli/text_output.hpp"

#include <algorithm>
#include <map>

#include "reports/model/json.hpp"
#include "reports/render/escape.hpp"
#include "sdp-lint/rules/fixes.hpp"

namespace portolan::sdp_lint {

namespace {

using lint::Severity;
using render::escape_for_terminal;

/// A line may be a megabyte; this much around the place is shown.
constexpr std::size_t kShownBytes = 120;

constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kYellow = "\x1b[1;33m";
constexpr std::string_view kCyan = "\x1b[1;36m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kBold = "\x1b[1m";

std::string_view color_of(Severity severity) {
    if (severity == Severity::Error) return kRed;
    return severity == Severity::Warning ? kYellow : kCyan;
}

std::string_view word_of(Severity severity) {
    return severity == Severity::Info ? "note" : to_string(severity);
}

/// A piece of a line around a place, and where the place is in it.
struct Excerpt {
    std::string text;  ///< escaped
    std::size_t indent = 0;
    std::size_t width = 1;
};

Excerpt excerpt_of(std::string_view line, std::size_t column, std::size_t length) {
    std::size_t from = 0;
    if (column + std::min(length, kShownBytes) > kShownBytes) {
        from = column > kShownBytes / 2 ? column - kShownBytes / 2 : 0;
    }
    const std::string_view shown = line.substr(from, kShownBytes);
    const std::size_t at = std::min(column - from, shown.size());
    const std::size_t marked = std::min(length, shown.size() - at);
    Excerpt out;
    const std::string before = (from > 0 ? "..." : "") + escape_for_terminal(shown.substr(0, at));
    const std::string middle = escape_for_terminal(shown.substr(at, marked));
    out.text = before + middle + escape_for_terminal(shown.substr(at + marked)) +
               (from + shown.size() < line.size() ? "..." : "");
    out.indent = render::display_width(before);
    out.width = std::max<std::size_t>(render::display_width(middle), 1);
    return out;
}

class Writer {
  public:
    Writer(const Session& session, const TextOptions& options)
        : session_(session), options_(options) {}

    void finding(const lint::Finding& finding) {
        const Source& source = *session_.sources[finding.place.description];
        const sdp::Position at = position(finding.place);
        out_ += styled(kBold, place_text(finding.place)) + ": " +
                styled(color_of(finding.severity), std::string(word_of(finding.severity)) + "[" +
                                                       std::string(to_string(finding.code)) + "]") +
                " " + escape_for_terminal(finding.message) + "\n";
        if (options_.quiet) return;
        const std::string number = std::to_string(at.line);
        margin_ = std::string(number.size() + 1, ' ');
        frame(finding.place, number, color_of(finding.severity), "");
        for (const lint::Related& related : finding.related) {
            // The same line again says nothing new, unless it is another place.
            const sdp::Position there = position(related.place);
            out_ += margin_ + styled(kDim, "= " + place_text(related.place) + ": ") +
                    escape_for_terminal(related.label) + "\n";
            if (related.place.description != finding.place.description || there.line != at.line)
                frame(related.place, std::to_string(there.line), kDim, "");
        }
        if (options_.verbose) {
            const lint::CatalogueRow& row = row_of(finding.code);
            note("rule", std::string(row.title));
            note("why", std::string(row.why));
            note("do", std::string(row.advice));
            std::string references;
            for (const std::string_view reference : row.references)
                references += (references.empty() ? "" : ", ") + std::string(reference);
            note("see", references);
        }
        if (finding.fix) {
            const bool safe = row_of(finding.code).fix == lint::FixSafety::Safe;
            note(safe ? "fix" : "unsafe fix", finding.fix->title);
        }
        for (const TargetSays& says : targets_of(finding, source, options_.targets)) {
            if (says.row->verdict != lint::BrowserVerdict::Rejects) continue;
            note("target", lint::measured_name(says.browser) + " will reject this" +
                               (says.message.empty() ? "" : " with: " + says.message));
        }
    }

    std::string take() { return std::move(out_); }

  private:
    std::string styled(std::string_view style, const std::string& text) const {
        if (!options_.color) return text;
        return std::string(style) + text + "\x1b[0m";
    }
    sdp::Position position(const lint::Place& place) const {
        return session_.sources[place.description]->description->document().position_of(
            place.range.begin);
    }
    std::string place_text(const lint::Place& place) const {
        const sdp::Position at = position(place);
        return escape_for_terminal(session_.sources[place.description]->name()) + ":" +
               std::to_string(at.line) + ":" + std::to_string(at.column);
    }
    void note(std::string_view what, const std::string& text) {
        out_ += margin_ + styled(kDim, "= " + std::string(what) + ": ") +
                escape_for_terminal(text) + "\n";
    }
    void frame(const lint::Place& place, const std::string& number, std::string_view style,
               std::string_view label) {
        const sdp::Document& document =
            session_.sources[place.description]->description->document();
        if (document.lines().empty()) return;
        const std::string_view line =
            document.lines()[document.line_index_at(place.range.begin)].text;
        const sdp::Position at = document.position_of(place.range.begin);
        const std::size_t column = std::min<std::size_t>(at.column - 1, line.size());
        const std::size_t length = std::min<std::size_t>(place.range.size(), line.size() - column);
        const Excerpt excerpt = excerpt_of(line, column, length);
        const std::string pad = number.size() < margin_.size()
                                    ? std::string(margin_.size() - 1 - number.size(), ' ')
                                    : std::string();
        out_ += pad + styled(kDim, number + " | ") + excerpt.text + "\n" + margin_ +
                styled(kDim, "| ") + std::string(excerpt.indent, ' ') +
                styled(style, std::string(excerpt.width, '^') + std::string(label)) + "\n";
    }

    const Session& session_;
    const TextOptions& options_;
    std::string out_;
    std::string margin_;
};

}  // namespace

std::string findings_text(const SessionResult& result, const TextOptions& options) {
    Writer writer(*result.session, options);
    for (const lint::Finding& finding : result.findings)
        writer.finding(finding);
    return writer.take();
}

std::string text_output(const Inputs& inputs, const std::vector<SessionResult>& results,
                        const TextOptions& options) {
    std::string out;
    for (const SessionResult& result : results) {
        out += findings_text(result, options);
        if (options.quiet) continue;
        std::size_t round = 0;
        const auto negotiations = negotiations_of(*result.session);
        for (const lint::Negotiation& negotiation : negotiations) {
            if (!out.empty()) out += "\n";
            if (negotiations.size() > 1) out += "round " + std::to_string(++round) + ", ";
            const std::string words = lint::describe(negotiation);
            for (const std::string_view line : sdp::split(words, '\n')) {
                if (!line.empty()) out += escape_for_terminal(line) + "\n";
            }
        }
    }
    if (!options.quiet) {
        if (!out.empty()) out += "\n";
        out += escape_for_terminal(headline_of(inputs, results)) + "\n";
    }
    return out;
}

namespace {

/// How often each code was found, the most frequent first.
std::vector<std::pair<lint::Code, std::size_t>> counts_of(
    const std::vector<SessionResult>& results) {
    std::map<lint::Code, std::size_t> counts;
    for (const SessionResult& result : results) {
        for (const lint::Finding& finding : result.findings)
            ++counts[finding.code];
    }
    std::vector<std::pair<lint::Code, std::size_t>> rows(counts.begin(), counts.end());
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    return rows;
}

}  // namespace

std::string statistics_text(const std::vector<SessionResult>& results) {
    std::string out;
    for (const auto& [code, count] : counts_of(results)) {
        std::string number = std::to_string(count);
        number.insert(0, number.size() < 6 ? 6 - number.size() : 0, ' ');
        out += number + "  " + std::string(to_string(code)) + "  " +
               std::string(row_of(code).title) + "\n";
    }
    return out;
}

std::string statistics_json(const std::vector<SessionResult>& results) {
    report::OrderedJson list = report::OrderedJson::array();
    for (const auto& [code, count] : counts_of(results)) {
        report::OrderedJson entry = report::OrderedJson::object();
        entry["code"] = to_string(code);
        entry["name"] = row_of(code).name;
        entry["title"] = row_of(code).title;
        entry["count"] = count;
        list.push_back(std::move(entry));
    }
    return list.dump(2) + "\n";
}

}  // namespace portolan::sdp_lint
