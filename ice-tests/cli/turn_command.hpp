#pragma once

#include "reports/cli/main_guard.hpp"
#include "reports/cli/spec.hpp"

namespace portolan::ice_test {

cli::CommandSpec turn_spec();

/// `ice-test turn`: the conformance suite against the servers of an iceServers file.
Result<cli::ExitCode> turn_command(cli::Context& context);

}  // namespace portolan::ice_test
