#pragma once

#include "reports/cli/main_guard.hpp"
#include "reports/cli/spec.hpp"

namespace portolan::nat_probe {

cli::CommandSpec report_spec();

/// nat-probe report
Result<cli::ExitCode> report_call(cli::Context& context);

}  // namespace portolan::nat_probe
