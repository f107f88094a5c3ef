#pragma once

#include "reports/cli/main_guard.hpp"
#include "reports/cli/spec.hpp"

namespace portolan::nat_sim {

cli::CommandSpec conformance_spec();

/// `nat-sim conformance PRESET`: the requirements of the NAT RFCs as checks of one simulated NAT.
Result<cli::ExitCode> conformance(cli::Context& context);

}  // namespace portolan::nat_sim
