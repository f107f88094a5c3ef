#pragma once

#include "reports/cli/main_guard.hpp"
#include "reports/cli/spec.hpp"

namespace portolan::ice_test {

cli::CommandSpec compare_spec();

/// `ice-test compare`: what differs between two saved reports, of two servers or of two days.
Result<cli::ExitCode> compare_command(cli::Context& context);

}  // namespace portolan::ice_test
