#pragma once

#include <string>
#include <vector>

#include "ice-tests/mutants/mutant.hpp"
#include "reports/cli/options.hpp"
#include "reports/cli/spec.hpp"
#include "reports/model/result.hpp"

namespace portolan::ice_test {

/// --bug and --list-bugs of `ice-test serve`.
std::vector<cli::OptionSpec> bug_option_specs();

/// Usage error "server.bug", with what may have been meant.
Result<mutants::MutantSet> parse_bugs(const std::vector<std::string>& check_ids);

/// Usage error "conflict" for a bug that nobody could see: in TLS or DTLS without --tls, in
/// time-limited credentials without --turn-secret-file, in access tokens without --oauth-key.
Result<void> check_bugs_show(const cli::Arguments& arguments);

/// A line for each: the check's id, what the server does, what `ice-test turn` has to be told to
/// exit with 1 for it (from the check's class, level, severity and needs), and what may fail
/// beside.
std::string bug_list();

}  // namespace portolan::ice_test
