#pragma once

#include "probe/cli/report/facts.hpp"
#include "reports/model/report.hpp"

namespace portolan::nat_probe {

/// Makes passes of the failures that --expect names, and says so in them; adds call/expectation to
/// the first section. Does nothing where nothing is expected.
void apply_expectation(report::Report& report, const CallFacts& facts);

}  // namespace portolan::nat_probe
