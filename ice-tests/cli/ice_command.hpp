#pragma once

#include "reports/cli/main_guard.hpp"
#include "reports/cli/spec.hpp"

namespace portolan::ice_test {

cli::CommandSpec ice_spec();

/// `ice-test ice`: two libnice agents through each of the servers, judged scenario by scenario.
Result<cli::ExitCode> ice_command(cli::Context& context);

}  // namespace portolan::ice_test
