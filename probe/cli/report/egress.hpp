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
    OnlyWebPorts,    ///< of what was tried, only TCP to port 80 or 443 does
    NoNetwork,       ///< this host has no route to anywhere
    NamesFail,       ///< nothing could be asked, because no name could be looked up
    NothingAnswers,  ///< nobody said anything
    OnlyRefusals,    ///< by the servers' hosts; unless is_host_heard(), maybe in their name
    NotTried,        ///< too little was asked
    SomePorts,       ///< UDP comes back from servers; whether from other ports is open
};

/// "open", "udp-blocked", "only-443", ...
std::string_view to_string(Ways ways);

Ways ways_out(const CallFacts& facts);
/// UDP does not come back, and TCP does.
bool is_blocked(Ways ways);
/// The same, or there is no network.
bool is_without_udp(Ways ways);
/// Where a blocked UDP rests on one server, or on one port of several: what else it may be, "it is
/// turn.example alone that does not answer over UDP". Empty where it was shown, or is not blocked.
std::string blocked_unless(const CallFacts& facts);
/// Of OnlyWebPorts, with the ports that were tried: "TCP to port 443 gets out, and neither UDP nor
/// TCP to port 3478 does".
std::string web_port_words(const CallFacts& facts);

/// The server itself answered: with STUN, or, over a stream, with a handshake of TCP.
bool is_heard(const precall::Visit& visit, const ServerFacts& server);
/// Some server's host answered, be it with a refusal by ICMP: packets get there. A refused
/// connection over TCP does not show that, since a firewall may refuse in its name.
bool is_host_heard(const CallFacts& facts);
/// It came to nothing for a cause that may lie on the way.
bool was_lost(const precall::Visit& visit);

/// Whether the way out is the reason that this visit came to nothing: then the server is not to
/// blame.
bool explains(Ways ways, const ServerFacts& server, const precall::Visit& visit);

/// The findings network/names, network/egress, network/ipv6, network/captive-portal,
/// network/clock and network/port-mapping.
report::Section network_section(const CallFacts& facts);

}  // namespace portolan::nat_probe
