#pragma once

#include "probe/cli/report/facts.hpp"
#include "reports/model/report.hpp"

namespace portolan::nat_probe {

/// The finding network/names: whether the name service does its work.
report::Finding names_finding(const CallFacts& facts);
/// The finding network/ipv6: whether IPv6 leads to the servers, where this computer has it.
report::Finding ipv6_finding(const CallFacts& facts);

}  // namespace portolan::nat_probe
