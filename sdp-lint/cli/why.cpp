#include "sdp-lint/cli/why.hpp"

#include <algorithm>
#include <optional>

#include "reports/render/escape.hpp"
#include "sdp-lint/cli/text_output.hpp"
#include "sdp-lint/rules/browser_message.hpp"
#include "sdp-lint/rules/browser_words.hpp"

namespace portolan::sdp_lint {

namespace {

constexpr std::size_t kMostShown = 12;
/// Of a line in the sentence that says where a message points.
constexpr std::size_t kMostShownBytes = 80;

std::string rules_text(const std::vector<lint::MessageMatch>& matches) {
    std::string out;
    std::vector<lint::Code> shown;
    for (const lint::MessageMatch& match : matches) {
        if (std::find(shown.begin(), shown.end(), match.code) != shown.end()) continue;
        if (shown.size() == kMostShown) {
            out += "and others; a file narrows it down\n";
            break;
        }
        shown.push_back(match.code);
        const lint::CatalogueRow& row = row_of(match.code);
        out += std::string(row.code_text) + " " + std::string(row.title) + "\n    " +
               lint::measured_name(match.browser) + ": " +
               render::escape_for_terminal(match.message) + "\n    " + std::string(row.advice) +
               "\n";
    }
    return out;
}

/// The findings that `keeps(session, finding)` takes, in their sessions.
template <typename Keeps>
std::vector<SessionResult> kept(const std::vector<SessionResult>& results, Keeps keeps) {
    std::vector<SessionResult> out;
    for (const SessionResult& result : results) {
        SessionResult some{result.session, {}, 0};
        std::copy_if(result.findings.begin(), result.findings.end(),
                     std::back_inserter(some.findings),
                     [&](const lint::Finding& finding) { return keeps(*result.session, finding); });
        if (!some.findings.empty()) out.push_back(std::move(some));
    }
    return out;
}

const sdp::Description& description_of(const Session& session, const lint::Finding& finding) {
    return *session.sources[finding.place.description]->description;
}

/// Whether one of the browsers says these very words about the finding.
bool is_said_of(const lint::Finding& finding, const sdp::Description& description,
                const lint::BrowserWords& said) {
    for (std::size_t i = 0; i < lint::kBrowserCount; ++i) {
        const lint::BrowserRow* row =
            browser_row_of(finding, description, static_cast<lint::Browser>(i));
        if (row == nullptr || row->message.empty()) continue;
        if (is_foretold(message_of(*row, finding, description), said)) return true;
    }
    return false;
}

/// Lines [first, last] of a description that a message speaks of.
struct Pointed {
    const Source* source = nullptr;
    std::uint32_t first = 0;
    std::uint32_t last = 0;

    bool holds(const Session& session, const lint::Finding& finding) const {
        if (session.sources[finding.place.description] != source) return false;
        const std::uint32_t line =
            source->description->document().line_index_at(finding.place.range.begin);
        return line >= first && line <= last;
    }
};

std::optional<Pointed> pointed_line(const Source& source, const lint::BrowserWords& said) {
    const auto lines = source.description->lines();
    if (said.line_number && *said.line_number >= 1 && *said.line_number <= lines.size()) {
        const auto index = static_cast<std::uint32_t>(*said.line_number - 1);
        return Pointed{&source, index, index};
    }
    // Chrome quotes the line; the longest, because one may begin like another.
    std::optional<Pointed> found;
    std::size_t longest = 1;
    for (std::uint32_t i = 0; i < lines.size(); ++i) {
        const std::string quoted = lint::plain_words(lines[i].text);
        if (quoted.size() <= longest || !said.reason.starts_with(quoted)) continue;
        longest = quoted.size();
        found = Pointed{&source, i, i};
    }
    return found;
}

std::optional<Pointed> pointed_section(const Source& source, const lint::BrowserWords& said) {
    const sdp::Description& description = *source.description;
    for (const sdp::Section& section : description.sections()) {
        const bool is_level =
            said.level && static_cast<std::uint64_t>(section.index) == *said.level;
        const bool is_mid = said.mid && lint::plain_words(description.mid_of(section)) == *said.mid;
        if (is_level || is_mid) return Pointed{&source, section.first_line, section.end_line - 1};
    }
    return std::nullopt;
}

/// The last description first: it is the one that was being set.
std::optional<Pointed> pointed_in(const Inputs& inputs, const lint::BrowserWords& said) {
    for (const auto find : {pointed_line, pointed_section}) {
        for (auto source = inputs.sources.rbegin(); source != inputs.sources.rend(); ++source) {
            if (const auto found = find(**source, said)) return found;
        }
    }
    return std::nullopt;
}

std::string sentence_of(const Pointed& pointed) {
    const auto lines = pointed.source->description->lines();
    std::string out = "The message points at line " + std::to_string(pointed.first + 1) + " of " +
                      render::escape_for_terminal(pointed.source->name()) + ": " +
                      render::escape_for_terminal(
                          std::string(lines[pointed.first].text.substr(0, kMostShownBytes))) +
                      "\n";
    return out;
}

std::string shown(const std::vector<SessionResult>& causes, bool color) {
    TextOptions options;
    options.color = color;
    options.verbose = true;
    std::string out;
    for (const SessionResult& cause : causes)
        out += findings_text(cause, options);
    return out;
}

Error unknown() {
    return {Culprit::Usage,
            "why.unknown",
            "no rule is known to cause that message",
            {},
            "quote the part that names the problem, without the application's own words"};
}

}  // namespace

Result<std::string> explain_message(std::string_view message, const Inputs* inputs,
                                    const std::vector<SessionResult>& results, bool color) {
    const lint::BrowserWords said = lint::browser_words(message);
    const std::vector<lint::MessageMatch> matches = lint::find_message(message);
    if (inputs == nullptr) {
        if (matches.empty()) return unknown();
        return rules_text(matches);
    }

    // These very words; else a rule that has such words; else what is wrong where they point.
    const auto exact = kept(results, [&](const Session& session, const lint::Finding& finding) {
        return is_said_of(finding, description_of(session, finding), said);
    });
    if (!exact.empty()) return shown(exact, color);
    const auto of_rules = kept(results, [&](const Session&, const lint::Finding& finding) {
        return std::any_of(matches.begin(), matches.end(), [&](const lint::MessageMatch& match) {
            return match.code == finding.code;
        });
    });
    if (!of_rules.empty()) return shown(of_rules, color);

    const std::optional<Pointed> pointed = pointed_in(*inputs, said);
    if (matches.empty() && !pointed) return unknown();
    std::string out = "No finding here is known to cause this message.\n";
    if (pointed) {
        out += sentence_of(*pointed);
        const auto there = kept(results, [&](const Session& session, const lint::Finding& finding) {
            return pointed->holds(session, finding);
        });
        if (!there.empty()) out += "What was found there:\n" + shown(there, color);
    }
    if (!matches.empty()) out += "Rules that are known to cause it:\n" + rules_text(matches);
    return out;
}

}  // namespace portolan::sdp_lint
