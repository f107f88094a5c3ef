#pragma once

#include "reports/cli/main_guard.hpp"
#include "reports/cli/spec.hpp"

namespace portolan::nat_sim {

cli::CommandSpec presets_spec();

/// `nat-sim presets`: what NATs there are, what one of them is, and how to write one.
Result<cli::ExitCode> presets(cli::Context& context);

}  // namespace portolan::nat_sim
