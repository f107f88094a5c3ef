#pragma once

#include "reports/cli/main_guard.hpp"

namespace portolan::nat_probe {

/// nat-probe explain RUN.json
Result<cli::ExitCode> explain_run(cli::Context& context);

}  // namespace portolan::nat_probe
