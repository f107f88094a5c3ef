#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sdp-lint/rules/linter.hpp"

namespace portolan::lint {

/// Which fixes to carry out.
enum class FixLevel : std::uint8_t { Safe, SafeAndUnsafe };

/// Whether the finding has a fix that this level allows.
bool is_fixable(const Finding& finding, FixLevel level);

/// Edits that do not touch each other, in order, for one description: those of the first FixRound
/// that has any. Of fixes that do touch, the first found is taken whole and the others are left for
/// the next time.
struct FixPlan {
    std::vector<const Finding*> fixed;
    std::vector<Edit> edits;
};
FixPlan plan_fixes(std::span<const Finding> findings, FixLevel level);

/// The edits of one description, which must be in order and apart from each other.
std::string apply_edits(std::string_view text, std::span<const Edit> edits,
                        std::uint32_t description);

/// A description by value: what fixing works on.
struct FixedText {
    std::string text;
    sdp::DescriptionKind kind = sdp::DescriptionKind::Unknown;
    sdp::DescriptionForm form = sdp::DescriptionForm::Whole;
};

struct FixOutcome {
    std::vector<FixedText> texts;
    std::vector<Finding> fixed;      ///< as found, round by round
    std::vector<Finding> remaining;  ///< of the last round; places are in the new texts
};

/// Lints, fixes and lints again until nothing is left to fix. Idempotent: what comes out has no
/// fixable finding, or the rounds ran out (they are bounded, in case two fixes undo each other).
/// One text is linted by itself, more as a session.
FixOutcome fix_all(const Linter& linter, std::vector<FixedText> texts, FixLevel level);

/// A unified diff with three lines of context and line ends shown as they are; empty when equal.
std::string unified_diff(std::string_view before, std::string_view after, std::string_view name);

}  // namespace portolan::lint
