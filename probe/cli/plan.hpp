#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "probe/cli/session.hpp"
#include "probe/discovery/discovery.hpp"
#include "probe/findings/classification.hpp"
#include "reports/cli/options.hpp"
#include "reports/model/report.hpp"

namespace portolan::nat_probe {

/// One classification to make: a family from one local address.
struct Leg {
    findings::SectionNames names;
    AddressFamily family = AddressFamily::IPv4;
    std::vector<discovery::ServerTarget> servers;
    std::optional<IpAddress> bind_ip;
    std::optional<IpAddress> route_local_ip;
    std::optional<IpAddress> nat64_prefix;
    std::string interface;        ///< to bind to; empty: the routing table decides
    std::string route_note = {};  ///< a sentence on what the routing table makes of it, or empty
};

/// What classifies such a leg, without budget.
discovery::Config config_for(const Leg& leg, Session& session,
                             const std::shared_ptr<discovery::TransactionPacer>& pacer);

/// Whether IPv4 leads anywhere from this host: the kernel is asked for a route, no packet is sent.
bool has_ipv4_route();

/// Whether the interface that --interface names exists. Error: usage.interface with those there
/// are.
Result<void> check_interface(const cli::Arguments& arguments);

struct Plan {
    std::vector<Leg> legs;
    /// Families that were not probed, and why: not knowing is said, not left out.
    std::vector<report::Section> not_probed;
    report::Json subject = report::Json::object();
    report::Json environment = report::Json::object();
};

/// Looks up names until the deadline at the latest. Errors: usage.interface (no such interface, or
/// without an address of the family), environment.resolve.failed (no server has an address),
/// environment.transport.*.
Result<Plan> make_plan(const cli::Arguments& arguments, const std::vector<ResolvedServer>& servers,
                       bool loopback_only, Session& session, transport::Time deadline);

}  // namespace portolan::nat_probe
