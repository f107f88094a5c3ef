#pragma once

#include "reports/cli/main_guard.hpp"

namespace portolan::nat_probe {

/// nat-probe audit-server URI
Result<cli::ExitCode> audit_server(cli::Context& context);

}  // namespace portolan::nat_probe
