#pragma once

#include "reports/cli/main_guard.hpp"
#include "reports/cli/spec.hpp"

namespace portolan::nat_sim {

/// The command line of nat-sim: one row for each command.
const cli::ToolSpec& tool_spec();

/// Runs the command that the arguments name.
Result<cli::ExitCode> run_command(cli::Context& context);

}  // namespace portolan::nat_sim
