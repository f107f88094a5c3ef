#pragma once

#include <vector>

#include "probe/cli/report/facts.hpp"
#include "reports/model/report.hpp"

namespace portolan::nat_probe {

/// What libnice gathers on this host, and what sdp-lint says of the descriptions it led to: the
/// findings ice/candidates and ice/sdp.
report::Section ice_section(const CallFacts& facts);

/// The finding relay/ice: two libnice agents that have nothing but this relay. Where they fail, the
/// cause is the one that our own client met on the same way.
report::Finding relay_ice_finding(const CallFacts& facts, const ServerFacts& server);

/// Of ice_section() and of each relay's trial.
std::vector<report::Evidence> ice_evidence(const CallFacts& facts);

}  // namespace portolan::nat_probe
