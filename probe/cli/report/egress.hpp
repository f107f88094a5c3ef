#pragma once

#include <string>
#include <vector>

#include "probe/cli/report/facts.hpp"
#include "reports/model/report.hpp"

namespace portolan::nat_probe {

/// What the network lets out, by all that was tried.
enum class Ways {
    Open,            ///< UDP gets out
    UdpBlocked,      ///< only TCP does
    OnlyWebPorts,    ///< only TCP to ports 80 and 443 does
    NoNetwork,       ///< this host has no route to anywhere
    NamesFail,       ///< nothing could be asked, because no name could be looked up
    NothingAnswers,  ///< nobody said anything
    OnlyRefusals,    ///< the servers' hosts refuse, which shows that packets get there
    NotTried,        ///< too little was asked
    SomePorts,       ///< UDP comes back from servers; whether from other ports is open
};

/// "open", "udp-blocked", "only-443", ...
std::string_view to_string(Ways ways);

Ways ways_out(const CallFacts& facts);
/// Whether it was shown that UDP does not get out.
bool is_without_udp(Ways ways);

/// Whether the way out is the reason that this visit came to nothing: then the server is not to
/// blame.
bool explains(Ways ways, const ServerFacts& server, const precall::Visit& visit);

/// The findings network/names, network/egress, network/ipv6, network/captive-portal,
/// network/clock and network/port-mapping.
report::Section network_section(const CallFacts& facts);

}  // namespace portolan::nat_probe
