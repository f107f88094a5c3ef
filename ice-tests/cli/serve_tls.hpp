#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ice-tests/server/turn_server.hpp"
#include "reports/cli/options.hpp"
#include "reports/cli/spec.hpp"
#include "reports/model/result.hpp"

namespace portolan::ice_test {

/// Who `ice-test serve` is over TLS and DTLS.
struct ServeTls {
    std::optional<std::string> chain_file;  ///< nothing: one is made at the start
    std::optional<std::string> key_file;
    std::optional<std::string> ca_file;  ///< where what clients have to trust is written to
    std::uint16_t port = 0;
};

std::vector<cli::OptionSpec> tls_option_specs();

/// What those say; nothing without --tls. Usage errors for what does not go together.
Result<std::optional<ServeTls>> read_tls_options(const cli::Arguments& arguments);

/// Reads or makes the identity, writes the file, and puts it into the options, whose addresses and
/// mutants are known. Errors: usage.tls.identity, usage.tls.file; those of make_self_signed and
/// write_output.
Result<void> set_identity(const ServeTls& tls, server::TurnServerOptions& options);

}  // namespace portolan::ice_test
