#pragma once

#include <string>
#include <vector>

#include "probe/cli/session.hpp"
#include "reports/model/report.hpp"

namespace portolan::nat_probe {

/// Those that have no address, or none of the family asked for ("4", "6" or "both").
std::vector<UnaskedServer> without_address(const std::vector<ResolvedServer>& servers,
                                           const std::string& family);

/// "stun:stun.example.org: it has no IPv6 address"
std::string to_string(const UnaskedServer& server);

/// Says in the report what was left out: a server that is missing there looks as if it had agreed.
report::Section unasked_section(const std::vector<UnaskedServer>& servers);

}  // namespace portolan::nat_probe
