#pragma once

#include <string>
#include <string_view>

#include "reports/model/result.hpp"
#include "sdp-lint/cli/lint_report.hpp"

namespace portolan::sdp_lint {

/// What stands behind a browser's error message: the rules that it may come from, and of these the
/// findings in what was given, if anything was. Usage error "why.unknown" when no rule is known to
/// cause such a message.
Result<std::string> explain_message(std::string_view message, const Inputs* inputs,
                                    const std::vector<SessionResult>& results, bool color);

}  // namespace portolan::sdp_lint
