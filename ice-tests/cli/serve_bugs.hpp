#pragma once

#include <string>
#include <vector>

#include "ice-tests/mutants/mutant.hpp"
#include "reports/cli/spec.hpp"
#include "reports/model/result.hpp"

namespace portolan::ice_test {

/// --bug and --list-bugs of `ice-test serve`.
std::vector<cli::OptionSpec> bug_option_specs();

/// Usage error "server.bug", with what may have been meant.
Result<mutants::MutantSet> parse_bugs(const std::vector<std::string>& check_ids);

/// A line for each: the check's id, and what the server does.
std::string bug_list();

}  // namespace portolan::ice_test
