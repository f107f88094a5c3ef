#pragma once

#include <string>
#include <vector>

#include "reports/model/report.hpp"
#include "sdp-lint/cli/input.hpp"
#include "sdp-lint/rules/browsers.hpp"
#include "sdp-lint/rules/negotiation.hpp"

namespace portolan::sdp_lint {

/// What linting one session gave. A finding's place counts in the session's sources.
struct SessionResult {
    const Session* session = nullptr;
    std::vector<lint::Finding> findings;
    std::size_t known_count = 0;            ///< left out because the baseline knows them
    std::vector<lint::Finding> known = {};  ///< these
};

struct Tally {
    std::size_t errors = 0;
    std::size_t warnings = 0;
    std::size_t infos = 0;
    std::size_t known = 0;
    std::size_t safe_fixes = 0;
    std::size_t unsafe_fixes = 0;
};
Tally tally_of(const std::vector<SessionResult>& results);

/// "2 errors and 1 warning in offer.sdp; 1 can be fixed with --fix".
std::string headline_of(const Inputs& inputs, const std::vector<SessionResult>& results);

/// {"RFC 8839 s5.4"} as document and section.
std::vector<report::Reference> references_of(const lint::CatalogueRow& row);

/// What a target makes of a finding: {browser, row}; only those that were measured.
struct TargetSays {
    lint::Browser browser = lint::Browser::Chrome;
    const lint::BrowserRow* row = nullptr;
    std::string message = {};  ///< filled in; for Rejects only
};
std::vector<TargetSays> targets_of(const lint::Finding& finding, const Source& source,
                                   const std::vector<lint::Target>& targets);

/// The text of the line that the finding is in.
std::string_view line_of(const lint::Finding& finding, const Source& source);

/// A section for each description, in order; complete, without time and tool.
report::Report make_report(const Inputs& inputs, const std::vector<SessionResult>& results,
                           const std::vector<lint::Target>& targets);
/// The report with those too that the baseline knows: each finding has "baseline_state" in its
/// data, "new" or "unchanged". For formats that mark what is known, not for judging.
report::Report with_known(report::Report report, const Inputs& inputs,
                          const std::vector<SessionResult>& results,
                          const std::vector<lint::Target>& targets);

/// What the pairs of a session agreed on, in order.
std::vector<lint::Negotiation> negotiations_of(const Session& session);
report::Json to_json(const lint::Negotiation& negotiation);

}  // namespace portolan::sdp_lint
