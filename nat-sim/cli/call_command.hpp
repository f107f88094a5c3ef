#pragma once

#include "reports/cli/main_guard.hpp"
#include "reports/cli/spec.hpp"

namespace portolan::nat_sim {

cli::CommandSpec call_spec();
/// `nat-sim call`: one call between two networks.
Result<cli::ExitCode> call(cli::Context& context);

cli::CommandSpec run_spec();
/// `nat-sim run SCENARIO.json`: one call as a file describes it.
Result<cli::ExitCode> run_scenario(cli::Context& context);

}  // namespace portolan::nat_sim
