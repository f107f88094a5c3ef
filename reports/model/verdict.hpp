#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "reports/model/id.hpp"
#include "reports/model/result.hpp"

namespace portolan::report {

enum class Outcome {
    Pass,          ///< measured, and as it should be
    Fail,          ///< measured, and not as it should be
    Inconclusive,  ///< tried, but what was seen does not decide
    NotTested,     ///< not tried: not asked for, or something it needs was missing
    Unsupported,   ///< cannot be tried: the other side or this machine lacks what it takes
};

/// pass | fail | inconclusive | not_tested | unsupported
std::string_view to_string(Outcome outcome);
std::optional<Outcome> parse_outcome(std::string_view word);

/// A code that is part of the interface: a literal, checked by the compiler, never reused.
class ReasonCode {
  public:
    // NOLINTNEXTLINE(google-explicit-constructor): a literal is the only thing it accepts
    consteval ReasonCode(const char* literal) : text_(literal) {
        if (!is_legal_code(text_)) throw "a reason code is lower-case words joined by - or .";
    }
    constexpr std::string_view text() const { return text_; }

  private:
    std::string_view text_;
};

/// Why a verdict is not a pass: a permanent code for machines and one sentence for people.
/// Neither is ever empty.
class Reason {
  public:
    /// An empty sentence becomes the words of the code.
    Reason(ReasonCode code, std::string sentence);

    /// For codes that come from outside. Usage error "report.bad-reason" unless the code is legal
    /// and the sentence is not empty.
    static Result<Reason> parse(std::string_view code, std::string sentence);

    /// The error's full code and its message.
    static Reason from_error(const Error& error);

    const std::string& code() const { return code_; }
    const std::string& sentence() const { return sentence_; }

    friend bool operator==(const Reason&, const Reason&) = default;

  private:
    struct Checked {};
    Reason(Checked, std::string code, std::string sentence);

    std::string code_;
    std::string sentence_;
};

/// A statement about somebody else. There is no default: whoever has measured nothing says so with
/// not_tested, and every outcome but pass says why.
class Verdict {
  public:
    static Verdict pass() { return {Outcome::Pass, std::nullopt}; }
    static Verdict fail(Reason reason) { return {Outcome::Fail, std::move(reason)}; }
    static Verdict inconclusive(Reason reason) {
        return {Outcome::Inconclusive, std::move(reason)};
    }
    static Verdict not_tested(Reason reason) { return {Outcome::NotTested, std::move(reason)}; }
    static Verdict unsupported(Reason reason) { return {Outcome::Unsupported, std::move(reason)}; }

    /// For outcomes that come from outside. Usage error "report.bad-reason" when a reason is
    /// missing, or given for a pass.
    static Result<Verdict> make(Outcome outcome, std::optional<Reason> reason);

    Outcome outcome() const { return outcome_; }
    bool is_pass() const { return outcome_ == Outcome::Pass; }
    bool is_fail() const { return outcome_ == Outcome::Fail; }
    /// Neither pass nor fail: the question is still open.
    bool is_open() const { return !is_pass() && !is_fail(); }

    /// Empty for a pass, never empty otherwise.
    const std::optional<Reason>& reason() const { return reason_; }

    friend bool operator==(const Verdict&, const Verdict&) = default;

  private:
    Verdict(Outcome outcome, std::optional<Reason> reason)
        : outcome_(outcome), reason_(std::move(reason)) {}

    Outcome outcome_;
    std::optional<Reason> reason_;
};

}  // namespace portolan::report
