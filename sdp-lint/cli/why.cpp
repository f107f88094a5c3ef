#include "sdp-lint/cli/why.hpp"

#include <algorithm>

#include "reports/render/escape.hpp"
#include "sdp-lint/cli/text_output.hpp"

namespace portolan::sdp_lint {

namespace {

constexpr std::size_t kMostShown = 12;

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

}  // namespace

Result<std::string> explain_message(std::string_view message, const Inputs* inputs,
                                    const std::vector<SessionResult>& results, bool color) {
    const std::vector<lint::MessageMatch> matches = lint::find_message(message);
    if (matches.empty()) {
        return Error{Culprit::Usage,
                     "why.unknown",
                     "no rule is known to cause that message",
                     {},
                     "quote the part that names the problem, without the application's own words"};
    }
    if (inputs == nullptr) return rules_text(matches);

    std::vector<SessionResult> causes;
    for (const SessionResult& result : results) {
        SessionResult kept{result.session, {}, 0};
        for (const lint::Finding& finding : result.findings) {
            if (std::any_of(matches.begin(), matches.end(), [&](const lint::MessageMatch& match) {
                    return match.code == finding.code;
                }))
                kept.findings.push_back(finding);
        }
        causes.push_back(std::move(kept));
    }
    const bool found = std::any_of(causes.begin(), causes.end(), [](const SessionResult& cause) {
        return !cause.findings.empty();
    });
    if (!found) {
        return "None of the rules behind this message is broken here. They are:\n" +
               rules_text(matches);
    }
    TextOptions options;
    options.color = color;
    options.verbose = true;
    std::string out;
    for (const SessionResult& cause : causes)
        out += findings_text(cause, options);
    return out;
}

}  // namespace portolan::sdp_lint
