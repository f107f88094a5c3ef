#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ice-tests/conformance/target.hpp"
#include "reports/cli/main_guard.hpp"
#include "reports/cli/spec.hpp"
#include "reports/model/report.hpp"
#include "reports/model/result.hpp"

namespace portolan::ice_test {

class Session;

/// The options that name servers, and how to get along with them, in front of a command's own.
std::vector<cli::OptionSpec> with_target_options(std::vector<cli::OptionSpec> own);

/// Every address of every turn: and turns: URI that the command line names, with what is needed to
/// talk to it. Errors: usage errors for what was given, environment errors for names that have no
/// address and certificate authorities that cannot be read.
Result<std::vector<conformance::Target>> targets_from(cli::Context& context, Session& session);

/// The key of RFC 7635, for a command whose options have it. The errors of
/// turn::read_third_party_key.
cli::OptionSpec oauth_key_option();
Result<void> take_oauth_key(cli::Context& context, std::vector<conformance::Target>& targets);

/// What the report of a run against such targets begins with. Its subject "servers" is empty: each
/// target is added when it is its turn.
report::Report begin_report(const cli::Context& context, std::uint64_t seed);

/// What the run against the target is called there: "2-tcp" of the second.
std::string run_id(std::size_t index, const conformance::Target& target);

}  // namespace portolan::ice_test
