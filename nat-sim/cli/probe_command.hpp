#pragma once

#include "reports/cli/main_guard.hpp"
#include "reports/cli/spec.hpp"

namespace portolan::nat_sim {

cli::CommandSpec probe_spec();
/// `nat-sim probe`: nat-probe's own code behind a simulated NAT.
Result<cli::ExitCode> probe(cli::Context& context);

}  // namespace portolan::nat_sim
