#include "sdp-lint/rules/reporter.hpp"

#include <utility>

namespace portolan::lint {

Place Reporter::place_of(std::string_view view) const {
    for (std::uint32_t i = 0; i < descriptions_.size(); ++i) {
        const sdp::Document& document = descriptions_[i]->document();
        if (document.contains(view)) return {i, document.range_of(view)};
    }
    // A view of nothing, such as of an empty text: the start of the first.
    return {};
}

Draft Reporter::report(Code code, std::string_view where, std::string message) {
    const Severity severity = severities_[static_cast<std::size_t>(code)];
    if (severity == Severity::Off) return {*this, nullptr};
    if (++counts_[static_cast<std::size_t>(code)] > max_per_code_) return {*this, nullptr};
    findings_.push_back({.code = code,
                         .severity = severity,
                         .place = place_of(where),
                         .message = std::move(message)});
    return {*this, &findings_.back()};
}

std::vector<Finding> Reporter::take() {
    for (auto finding = findings_.rbegin(); finding != findings_.rend(); ++finding) {
        std::uint32_t& count = counts_[static_cast<std::size_t>(finding->code)];
        if (count <= max_per_code_) continue;
        finding->message += ", and " + std::to_string(count - max_per_code_) + " more like it";
        count = 0;
    }
    return std::move(findings_);
}

Draft& Draft::related(std::string_view where, std::string_view label) {
    if (finding_ != nullptr)
        finding_->related.push_back({reporter_->place_of(where), std::string(label)});
    return *this;
}

Draft& Draft::fix(std::string_view title, std::vector<ViewEdit> edits) {
    if (finding_ == nullptr) return *this;
    Fix fix{std::string(title), {}};
    fix.edits.reserve(edits.size());
    for (ViewEdit& edit : edits)
        fix.edits.push_back({reporter_->place_of(edit.where), std::move(edit.replacement)});
    finding_->fix = std::move(fix);
    return *this;
}

Draft& Draft::fix(std::string_view title, ViewEdit edit) {
    if (finding_ == nullptr) return *this;
    std::vector<ViewEdit> edits;
    edits.push_back(std::move(edit));
    return fix(title, std::move(edits));
}

}  // namespace portolan::lint
