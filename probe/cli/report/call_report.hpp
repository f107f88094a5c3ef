#pragma once

#include "probe/cli/report/facts.hpp"
#include "reports/model/report.hpp"

namespace portolan::nat_probe {

/// Puts everything but the classification's own sections, which `classification` holds, around
/// them: the verdict first, then the network, the NAT, the servers, the peers. Adds evidence and
/// data, and sets the headline. What --expect names is no failure afterwards.
void write_call_report(report::Report& report, const CallFacts& facts,
                       std::vector<report::Section> classification);

}  // namespace portolan::nat_probe
