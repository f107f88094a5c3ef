#pragma once

#include <string>

#include "probe/cli/report/facts.hpp"
#include "reports/model/finding.hpp"

namespace portolan::nat_probe {

/// relay/data: whether media passes from one relay to the other and back.
report::Finding data_finding(const CallFacts& facts, const ServerFacts& server);

/// relay/quality: how it passes.
report::Finding quality_finding(const CallFacts& facts, const ServerFacts& server);

/// relay/under-load, and who loses what, about the relay that a call takes first.
report::Finding under_load_finding(const CallFacts& facts);

/// "up 5.1 %, down 4.8 %", and what the controls say about where packets were lost; empty without
/// any loss.
std::string loss_attribution(const CallFacts& facts, const ServerFacts& server);

}  // namespace portolan::nat_probe
