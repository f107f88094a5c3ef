#pragma once

#include "reports/cli/main_guard.hpp"

namespace portolan::sdp_lint {

/// Everything that sdp-lint does, as its options say.
Result<cli::ExitCode> run(cli::Context& context);

}  // namespace portolan::sdp_lint
