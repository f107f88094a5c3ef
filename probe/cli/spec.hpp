#pragma once

#include "reports/cli/spec.hpp"

namespace portolan::nat_probe {

/// The command line of nat-probe: parsing, --help and the man page derive from it.
const cli::ToolSpec& tool_spec();

}  // namespace portolan::nat_probe
