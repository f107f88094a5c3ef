#pragma once

#include <span>

#include "reports/cli/main_guard.hpp"
#include "reports/cli/spec.hpp"

namespace portolan::ice_test {

/// The command line of ice-test: one row for each command.
const cli::ToolSpec& tool_spec();

std::span<const cli::Command> commands();

}  // namespace portolan::ice_test
