#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "probe/cli/report/facts.hpp"
#include "reports/model/report.hpp"

namespace portolan::nat_probe {

/// Whether a page of the user's own is reached as it is: the finding network/captive-portal.
report::Finding portal_finding(const CallFacts& facts);

/// Where the network wants a login first, and says so; "" elsewhere.
std::string portal_words(const CallFacts& facts);

/// "40 s", "3 minutes", "2 hours", "5 days"
std::string span_words(std::int64_t seconds);

/// Whether this computer's clock agrees with those that were seen: the finding network/clock.
report::Finding clock_finding(const CallFacts& facts);

/// How the router would map ports, where --invasive had it asked: the finding network/port-mapping.
report::Finding port_mapping_finding(const CallFacts& facts);

/// Of the web page and the router that were asked; none of what was not.
std::vector<report::Evidence> surroundings_evidence(const CallFacts& facts);

}  // namespace portolan::nat_probe
