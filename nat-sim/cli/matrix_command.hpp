#pragma once

#include "reports/cli/main_guard.hpp"
#include "reports/cli/spec.hpp"

namespace portolan::nat_sim {

cli::CommandSpec matrix_spec();
/// `nat-sim matrix`: each network with each.
Result<cli::ExitCode> matrix(cli::Context& context);

}  // namespace portolan::nat_sim
