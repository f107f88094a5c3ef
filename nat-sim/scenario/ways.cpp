#include "nat-sim/scenario/ways.hpp"

#include <algorithm>
#include <optional>

namespace portolan::scenario {

namespace {

NamedLink link_of(const Party& party) {
    return {party.name + "'s link", &party.link};
}

NamedLink uplink_of(const Network& network) {
    return {"the uplink of \"" + network.name + "\"", &network.uplink};
}

NamedLink link_of_servers(const Scenario& scenario) {
    return {"the servers' link", &scenario.server_link};
}

}  // namespace

Way way_out_of(const Scenario& scenario, const Party& party) {
    Way out{link_of(party)};
    for (std::optional<std::size_t> at = party.network; at; at = scenario.networks[*at].behind)
        out.push_back(uplink_of(scenario.networks[*at]));
    return out;
}

Way way_to_servers(const Scenario& scenario, const Party& party) {
    Way out = way_out_of(scenario, party);
    out.push_back(link_of_servers(scenario));
    return out;
}

Way way_between(const Scenario& scenario) {
    Way out;
    for (std::size_t i = 0; i < scenario.parties.size(); ++i) {
        const Party& party = scenario.parties[i];
        out.push_back(link_of(party));
        for (std::optional<std::size_t> at = party.network; at;
             at = scenario.networks[*at].behind) {
            if (is_behind(scenario, scenario.parties[1 - i], *at)) break;
            out.push_back(uplink_of(scenario.networks[*at]));
        }
    }
    return out;
}

Way all_ways(const Scenario& scenario) {
    Way out;
    for (const Party& party : scenario.parties)
        out.push_back(link_of(party));
    for (std::size_t i = 0; i < scenario.networks.size(); ++i) {
        if (!is_of_nobody(scenario, i)) out.push_back(uplink_of(scenario.networks[i]));
    }
    out.push_back(link_of_servers(scenario));
    return out;
}

bool is_of_nobody(const Scenario& scenario, std::size_t network) {
    return std::none_of(scenario.parties.begin(), scenario.parties.end(),
                        [&](const Party& party) { return is_behind(scenario, party, network); });
}

Duration delay_of(const Way& way) {
    Duration out{0};
    for (const NamedLink& each : way) {
        out += each.link->delay + each.link->jitter;
        if (each.link->reorder_pct > 0) out += each.link->reorder_delay;
    }
    return out;
}

}  // namespace portolan::scenario
