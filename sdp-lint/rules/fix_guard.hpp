#pragma once

#include <span>
#include <vector>

#include "sdp-lint/rules/finding.hpp"
#include "sdp-lint/sdp/description.hpp"

namespace portolan::lint {

/// Fixes are carried out round by round, the text read again in between: a defect in how a line is
/// written hides what the line says, so nothing that rests on what it says may come before.
enum class FixRound : std::uint8_t {
    LineEnds,  ///< where lines end and the text begins
    Lines,     ///< what makes a line readable: blanks, letters, names
    Contents,  ///< everything else
};
FixRound fix_round(Code code);

/// Takes away the fixes that rest on a misreading. While a line cannot be read nobody knows what
/// is missing, what stands twice and what belongs to which section: then only the fixes of the
/// first two rounds stay. A name that is nearly an attribute's may be the line that another fix
/// would add to the same section, or the reason why another would be removed.
void withhold_fixes(std::vector<Finding>& findings,
                    std::span<const sdp::Description* const> descriptions);

}  // namespace portolan::lint
