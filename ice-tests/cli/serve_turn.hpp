#pragma once

#include <optional>
#include <vector>

#include "ice-tests/server/turn_server.hpp"
#include "reports/cli/options.hpp"
#include "reports/cli/spec.hpp"
#include "reports/model/result.hpp"

namespace portolan::ice_test {

/// Where the password of a user without "=file:" or "=env:" comes from.
inline constexpr const char* kPasswordVariable = "PORTOLAN_TURN_PASSWORD";

/// The options of `ice-test serve` that are about TURN.
std::vector<cli::OptionSpec> turn_option_specs();

/// What those say; nothing without --turn. Addresses, port and the like are serve's. Usage errors
/// for wrong values, secrets that cannot be read, and TURN options or faults without --turn.
Result<std::optional<server::TurnServerOptions>> read_turn_options(const cli::Arguments& arguments);

}  // namespace portolan::ice_test
