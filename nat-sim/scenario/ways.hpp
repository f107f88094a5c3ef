#pragma once

#include <string>
#include <vector>

#include "nat-sim/scenario/scenario.hpp"

namespace portolan::scenario {

struct NamedLink {
    std::string name;  ///< "A's link", "the uplink of \"x\"", "the servers' link"
    const Link* link = nullptr;
};

using Way = std::vector<NamedLink>;

/// From the host to the Internet.
Way way_out_of(const Scenario& scenario, const Party& party);
/// From the host to the servers.
Way way_to_servers(const Scenario& scenario, const Party& party);
/// From one party to the other, through the innermost network that both are in.
Way way_between(const Scenario& scenario);
/// Every link that something of the call takes, each once.
Way all_ways(const Scenario& scenario);

/// Whether no party is behind it, so that nothing of the call passes it.
bool is_of_nobody(const Scenario& scenario, std::size_t network);

/// How long a packet takes at most; queues apart.
Duration delay_of(const Way& way);

}  // namespace portolan::scenario
