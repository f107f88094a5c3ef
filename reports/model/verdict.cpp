#include "reports/model/verdict.hpp"

#include <array>

#include "reports/model/words.hpp"

namespace portolan::report {
namespace {

constexpr std::array<Word<Outcome>, 5> kOutcomes{{
    {Outcome::Pass, "pass"},
    {Outcome::Fail, "fail"},
    {Outcome::Inconclusive, "inconclusive"},
    {Outcome::NotTested, "not_tested"},
    {Outcome::Unsupported, "unsupported"},
}};

std::string words_of(std::string_view code) {
    std::string words(code);
    for (char& c : words) {
        if (c == '-' || c == '.') c = ' ';
    }
    return words;
}

Error bad_reason(std::string message) {
    return {Culprit::Usage, "report.bad-reason", std::move(message)};
}

}  // namespace

std::string_view to_string(Outcome outcome) {
    return word_of(kOutcomes, outcome);
}

std::optional<Outcome> parse_outcome(std::string_view word) {
    return value_of(kOutcomes, word);
}

Reason::Reason(ReasonCode code, std::string sentence)
    : Reason(Checked{}, std::string(code.text()), std::move(sentence)) {}

Reason::Reason(Checked, std::string code, std::string sentence)
    : code_(std::move(code)), sentence_(std::move(sentence)) {
    if (sentence_.empty()) sentence_ = words_of(code_);
}

Result<Reason> Reason::parse(std::string_view code, std::string sentence) {
    if (!is_legal_code(code)) {
        return bad_reason("a reason code must be lower-case words joined by - or .");
    }
    if (sentence.empty()) return bad_reason("a reason must have a sentence");
    return Reason(Checked{}, std::string(code), std::move(sentence));
}

Reason Reason::from_error(const Error& error) {
    std::string code = full_code(error);
    if (!is_legal_code(code)) code = to_string(error.culprit);
    return {Checked{}, std::move(code), error.message};
}

Result<Verdict> Verdict::make(Outcome outcome, std::optional<Reason> reason) {
    if (outcome == Outcome::Pass && reason) return bad_reason("a pass must not have a reason");
    if (outcome != Outcome::Pass && !reason) {
        return bad_reason("the verdict " + std::string(to_string(outcome)) + " must have a reason");
    }
    return Verdict(outcome, std::move(reason));
}

}  // namespace portolan::report
