#pragma once

#include <string>

#include "reports/model/report.hpp"

/// What several formats say about a finding, in the same words.
namespace portolan::render {

/// "RFC 8839 s5.4, RFC 8445 s5.1"; empty for none.
std::string references_text(const report::Finding& finding);

/// "pass", "not tested"; "changed" for what a comparison calls so (report::is_change).
std::string outcome_word(const report::Finding& finding);

/// The reason's sentence, or what the finding found: never empty.
std::string finding_sentence(const report::Finding& finding);

/// "file:12:3" as far as known; empty without location.
std::string location_text(const report::Finding& finding);

/// Of three levels, which most formats of other tools have: error for high and critical, warning
/// for medium and low, and the lowest for info and whatever did not fail.
enum class Level { Note, Warning, Error };
Level level_of(const report::Finding& finding);

/// Whether it is a failure at or above that severity.
bool is_failure(const report::Finding& finding, report::Severity from);

}  // namespace portolan::render
