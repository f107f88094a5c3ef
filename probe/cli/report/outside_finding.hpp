#pragma once

#include "probe/cli/report/facts.hpp"
#include "reports/model/finding.hpp"

namespace portolan::nat_probe {

/// relay/from-outside: whether what a stranger sends to the relay arrives.
report::Finding outside_finding(const CallFacts& facts, const ServerFacts& server);

}  // namespace portolan::nat_probe
