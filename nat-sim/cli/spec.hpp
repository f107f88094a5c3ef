#pragma once

#include <span>

#include "reports/cli/main_guard.hpp"
#include "reports/cli/spec.hpp"

namespace portolan::nat_sim {

/// The command line of nat-sim: one row for each command.
const cli::ToolSpec& tool_spec();

std::span<const cli::Command> commands();

}  // namespace portolan::nat_sim
