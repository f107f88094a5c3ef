#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "nat-sim/oracle/oracle.hpp"
#include "probe/cli/report/facts.hpp"
#include "reports/model/report.hpp"

namespace portolan::nat_probe {

/// A kind of network that the other side may have.
struct PeerClass {
    std::string_view id;     ///< "eim-apdf"
    std::string_view words;  ///< "a NAT that keeps ports and filters by address and port"
    bool has_nat = true;
    bool udp = true;
    oracle::Mapping mapping = oracle::Mapping::EndpointIndependent;
    oracle::Filtering filtering = oracle::Filtering::AddressAndPortDependent;
};

/// No NAT, the nine NATs of RFC 4787, and a network without UDP.
std::vector<PeerClass> peer_classes();

struct PeerRow {
    PeerClass peer;
    /// When this side calls. One, or all that may be where this side's NAT is known in part.
    std::set<oracle::Reach> reaches;
    /// When the other side calls. Whoever answers checks first, and behind a NAT that maps by the
    /// endpoint and filters nothing that decides by which port answers leave.
    std::set<oracle::Reach> reaches_when_called;
    std::string why;
};

/// Peers whose network lets UDP out: what is published is of them alone.
struct Population {
    std::string_view id;
    std::string_view words;
    std::string_view authors;  ///< and the year
    std::string_view source;
    double endpoint_dependent_share = 0;  ///< of peers
    double direct_pct = 0;
    double relayed_pct = 0;
    double unreachable_pct = 0;
    double open_pct = 0;   ///< of rows that may be more than one reach
    bool is_known = true;  ///< both rows are one reach
};

struct PeerForecast {
    std::vector<PeerRow> rows = {};  ///< empty where this side's network is not known
    std::vector<Population> populations = {};
    /// The only relay forbids the peers that were asked of it, or is on this computer: both answers
    /// are in the rows.
    bool has_open_relay = false;
    bool is_open_relay_here = false;       ///< the latter
    bool names_relay_over_stream = false;  ///< working or not
    /// One over a stream was refused because this report had used up the quota itself.
    bool is_out_of_own_quota = false;
    /// As blocked_unless() says: UDP is taken for blocked.
    std::string blocked_unless = {};
    /// Whether UDP gets out to the ports of peers is open: both answers are in the rows.
    bool has_open_ports = false;
};

/// What the NAT may be, by what was measured of it: "eim-apdf", ...
std::vector<std::string> nat_classes(const discovery::Outcome& nat);

/// From the measured NAT and the relays that work, by nat-sim's oracle alone.
PeerForecast forecast_peers(const CallFacts& facts);

/// The finding peers/reach, with the rows in its data.
report::Finding peers_finding(const PeerForecast& forecast);
report::Evidence peers_evidence(const PeerForecast& forecast);

}  // namespace portolan::nat_probe
