#pragma once

#include "reports/cli/main_guard.hpp"
#include "reports/cli/spec.hpp"

namespace portolan::nat_report {

cli::CommandSpec render_spec();
Result<cli::ExitCode> render_command(cli::Context& context);

cli::CommandSpec merge_spec();
Result<cli::ExitCode> merge_command(cli::Context& context);

cli::CommandSpec diff_spec();
Result<cli::ExitCode> diff_command(cli::Context& context);

cli::CommandSpec history_spec();
Result<cli::ExitCode> history_command(cli::Context& context);

}  // namespace portolan::nat_report
