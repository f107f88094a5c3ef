#pragma once

#include "reports/cli/spec.hpp"

namespace portolan::sdp_lint {

/// sdp-lint's command line.
const cli::ToolSpec& tool_spec();

}  // namespace portolan::sdp_lint
