#pragma once

#include <string>

#include "reports/model/result.hpp"
#include "sdp-lint/cli/input.hpp"
#include "sdp-lint/rules/fixes.hpp"

namespace portolan::sdp_lint {

/// What fixing did to the files.
struct Rewritten {
    std::vector<std::pair<const InputFile*, std::string>> files;  ///< those that change, anew
    std::vector<lint::Finding> fixed;
};

/// Fixes every session until nothing is left to fix. In wrapped input only the stretch that changed
/// is written again, with its escapes.
Rewritten rewrite(const Inputs& inputs, const lint::Linter& linter, lint::FixLevel level);

/// What anonymized() can only search for what looks like an address or a secret: "a=x-foo (line
/// 12)", the first eight by name. Empty for nothing.
std::string not_understood(const Inputs& inputs);

/// The numbers of the lines of which anonymized() leaves nothing, because they have a description
/// in other text: "1, 4". Empty for none.
std::string left_out(const Inputs& inputs);

/// The descriptions without what identifies anybody: the text of one, a JSON list of {"type",
/// "sdp"} of several. Ends in a line end.
std::string anonymized(const Inputs& inputs);

}  // namespace portolan::sdp_lint
