#pragma once

#include <span>

#include "reports/cli/main_guard.hpp"
#include "reports/cli/spec.hpp"

namespace portolan::nat_report {

const cli::ToolSpec& tool_spec();
std::span<const cli::Command> commands();

}  // namespace portolan::nat_report
