#include "reports/render/finding_words.hpp"

#include <algorithm>

#include "reports/model/accepted.hpp"
#include "reports/model/change.hpp"

namespace portolan::render {

std::string outcome_word(const report::Finding& finding) {
    if (report::is_change(finding.verdict)) return "changed";
    if (report::is_accepted(finding.verdict)) return "accepted";
    std::string out(to_string(finding.verdict.outcome()));
    std::ranges::replace(out, '_', ' ');
    return out;
}

std::string references_text(const report::Finding& finding) {
    std::string text;
    for (const auto& reference : finding.references) {
        if (!text.empty()) text += ", ";
        text += reference.document;
        // "s7.2", and "Annex B" as it stands.
        const bool has_number = !reference.section.empty() && reference.section.front() >= '0' &&
                                reference.section.front() <= '9';
        if (!reference.section.empty()) text += (has_number ? " s" : " ") + reference.section;
    }
    return text;
}

std::string finding_sentence(const report::Finding& finding) {
    if (finding.verdict.reason()) return finding.verdict.reason()->sentence();
    if (!finding.summary.empty()) return finding.summary;
    if (!finding.value.empty()) return finding.value;
    return finding.title;
}

std::string location_text(const report::Finding& finding) {
    if (!finding.location) return "";
    std::string text = finding.location->source;
    if (finding.location->line == 0) return text;
    text += ":" + std::to_string(finding.location->line);
    if (finding.location->column_bytes > 0) {
        text += ":" + std::to_string(finding.location->column_bytes);
    }
    return text;
}

Level level_of(const report::Finding& finding) {
    if (!finding.verdict.is_fail() || finding.severity == report::Severity::Info)
        return Level::Note;
    return finding.severity >= report::Severity::High ? Level::Error : Level::Warning;
}

bool is_failure(const report::Finding& finding, report::Severity from) {
    return finding.verdict.is_fail() && finding.severity >= from;
}

}  // namespace portolan::render
