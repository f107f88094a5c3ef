#include "reports/model/finding.hpp"

#include <array>

#include "reports/model/words.hpp"

namespace portolan::report {
namespace {

constexpr std::array<Word<Severity>, 5> kSeverities{{
    {Severity::Info, "info"},
    {Severity::Low, "low"},
    {Severity::Medium, "medium"},
    {Severity::High, "high"},
    {Severity::Critical, "critical"},
}};

constexpr std::array<Word<Impact>, 5> kImpacts{{
    {Impact::Cosmetic, "cosmetic"},
    {Impact::Degrades, "degrades"},
    {Impact::NeedsRelay, "needs-relay"},
    {Impact::BreaksVideo, "breaks-video"},
    {Impact::BreaksCall, "breaks-call"},
}};

constexpr std::array<Word<Requirement>, 3> kRequirements{{
    {Requirement::May, "may"},
    {Requirement::Should, "should"},
    {Requirement::Must, "must"},
}};

}  // namespace

std::string_view to_string(Severity severity) {
    return word_of(kSeverities, severity);
}

std::optional<Severity> parse_severity(std::string_view word) {
    return value_of(kSeverities, word);
}

std::string_view to_string(Impact impact) {
    return word_of(kImpacts, impact);
}

std::optional<Impact> parse_impact(std::string_view word) {
    return value_of(kImpacts, word);
}

std::string_view to_string(Requirement requirement) {
    return word_of(kRequirements, requirement);
}

std::optional<Requirement> parse_requirement(std::string_view word) {
    return value_of(kRequirements, word);
}

}  // namespace portolan::report
