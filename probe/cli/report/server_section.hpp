#pragma once

#include "probe/cli/report/egress.hpp"
#include "probe/cli/report/facts.hpp"
#include "reports/model/report.hpp"

namespace portolan::nat_probe {

/// What one server did: reachable, relay, from outside, data, quality.
report::Section server_section(const CallFacts& facts, const ServerFacts& server, Ways ways);

/// Where the server's addresses are all of the family that this computer does not have: what to do;
/// else empty.
std::string family_advice(const CallFacts& facts, const ServerFacts& server);
/// It was refused an allocation (486, 508) while this report held others of the same server.
bool is_out_of_own_quota(const CallFacts& facts, const ServerFacts& server);

}  // namespace portolan::nat_probe
