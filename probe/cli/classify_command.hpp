#pragma once

#include "reports/cli/main_guard.hpp"

namespace portolan::nat_probe {

/// nat-probe without a command.
Result<cli::ExitCode> classify(cli::Context& context);

}  // namespace portolan::nat_probe
