#pragma once

#include <string>

#include "probe/cli/report/facts.hpp"
#include "reports/model/finding.hpp"

namespace portolan::nat_probe {

/// The cause as a code, with the sentence given.
report::Reason reason_of(const precall::Problem& problem, const std::string& sentence);

/// With a capital first letter.
std::string capitalised(std::string text);

/// The advice that the cause brings along, where there is one.
void add_remedy(report::Finding& finding, precall::Cause cause);

/// There is another relay for calls, or the run ended before that was known.
bool has_other_relay(const CallFacts& facts, const ServerFacts& server);

}  // namespace portolan::nat_probe
