#include "nat-sim/scenario/limits.hpp"

#include <algorithm>

namespace portolan::scenario {

namespace {

/// More mappings, sessions and mappings in a second than a call or a classification makes, unless
/// its checks never come to an end.
constexpr std::uint32_t kEnoughCount = 500;
constexpr std::uint32_t kEnoughPerSecond = 100;
/// RFC 8445 s11: keepalives may be 15 s apart.
constexpr auto kShortestTimer = std::chrono::seconds(15);
/// RFC 8489 s6.1: what STUN may count on in IPv4.
constexpr std::uint16_t kLeastMtu = 576;

/// Of a link. A check is sent seven times (RFC 8489 s6.2.1); over four such links there and back
/// one in a thousand is lost for good.
constexpr double kMostLossPct = 10;
/// Of signalling, one way. Beyond it one side may have given up before the other has its
/// candidates.
constexpr Duration kMostDelay = std::chrono::seconds(1);
/// RFC 8445 s14.3 and RFC 8489 s6.2.1: what agents and clients wait for an answer before they send
/// again, 500 ms. Beyond it answers come to requests that have been sent again, and what has its
/// own limits of time, as libnice's gathering has with 2 s, does not come to its end.
constexpr Duration kMostRoundTrip = std::chrono::milliseconds(500);
constexpr std::uint64_t kLeastRate = 64'000;
/// RFC 8489 s6.2.1: until a transaction has failed, 39.5 s; and what comes before it.
constexpr Duration kLeastTime = std::chrono::seconds(45);

std::string number(double value) {
    std::string out = std::to_string(value);
    out.erase(out.find_last_not_of('0') + 1);
    if (out.back() == '.') out.pop_back();
    return out;
}

std::string seconds(Duration time) {
    return number(std::chrono::duration<double>(time).count()) + " s";
}

double loss_pct_of(const Link& link) {
    if (!link.burst_loss) return link.loss_pct;
    const BurstLoss& burst = *link.burst_loss;
    const double sum = burst.enter_pct + burst.leave_pct;
    return sum > 0 ? burst.enter_pct / sum * burst.loss_pct : 0;
}

std::string loss_words(double loss_pct) {
    return "loses " + number(loss_pct) + " % of the packets";
}

Duration delay_of(const Link& link) {
    const bool is_reordered = link.reorder_pct > 0;
    return link.delay + link.jitter + (is_reordered ? link.reorder_delay : Duration{0});
}

struct NamedLink {
    std::string name;  ///< "A's link", "the uplink of \"x\""
    const Link* link = nullptr;
};

std::vector<NamedLink> links_of(const Scenario& scenario) {
    std::vector<NamedLink> out;
    for (const Network& network : scenario.networks)
        out.push_back({"the uplink of \"" + network.name + "\"", &network.uplink});
    for (const Party& party : scenario.parties)
        out.push_back({party.name + "'s link", &party.link});
    out.push_back({"the servers' link", &scenario.server_link});
    return out;
}

/// From the host to the Internet.
Duration way_out_of(const Scenario& scenario, const Party& party) {
    Duration out = delay_of(party.link);
    for (std::optional<std::size_t> at = party.network; at; at = scenario.networks[*at].behind)
        out += delay_of(scenario.networks[*at].uplink);
    return out;
}

/// From one party to the other, through the innermost network that both are in.
Duration way_between(const Scenario& scenario) {
    Duration out{0};
    for (std::size_t i = 0; i < scenario.parties.size(); ++i) {
        const Party& party = scenario.parties[i];
        out += delay_of(party.link);
        for (std::optional<std::size_t> at = party.network; at;
             at = scenario.networks[*at].behind) {
            if (is_behind(scenario, scenario.parties[1 - i], *at)) break;
            out += delay_of(scenario.networks[*at].uplink);
        }
    }
    return out;
}

bool has_relays(const Scenario& scenario) {
    return !scenario.parties[0].turn.empty() || !scenario.parties[1].turn.empty();
}

/// "packets take 620 ms from A to B and back".
std::string slow_way_of(const Scenario& scenario) {
    const auto sentence = [](const std::string& from, const std::string& to, Duration round_trip) {
        return "packets take " + seconds(round_trip) + " from " + from + " to " + to + " and back";
    };
    const Party& a = scenario.parties[0];
    const Party& b = scenario.parties[1];
    if (const Duration there = 2 * way_between(scenario); there > kMostRoundTrip) {
        return sentence(a.name, b.name, there);
    }
    for (const Party& party : scenario.parties) {
        const Duration there = 2 * (way_out_of(scenario, party) + delay_of(scenario.server_link));
        if (there > kMostRoundTrip) return sentence(party.name, "the servers", there);
    }
    if (has_relays(scenario)) {
        const Duration there = 2 * longest_way(scenario);
        if (there > kMostRoundTrip) return sentence(a.name, b.name + " over a relay", there);
    }
    return {};
}

std::string handicap_of(const Link& link) {
    const double loss_pct = loss_pct_of(link);
    if (loss_pct > kMostLossPct) return loss_words(loss_pct);
    if (link.rate_bits_s != 0 && link.rate_bits_s < kLeastRate) {
        return "carries " + number(static_cast<double>(link.rate_bits_s) / 1000) + " kbit/s";
    }
    return {};
}

}  // namespace

std::string limit_of(const nat::Parameters& box) {
    const auto& capacity = box.capacity;
    const auto plural = [](std::uint32_t count, const std::string& noun) {
        return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
    };
    if (capacity.max_mappings_per_host_count != 0 &&
        capacity.max_mappings_per_host_count < kEnoughCount) {
        return "allows only " + plural(capacity.max_mappings_per_host_count, "mapping") +
               " for each host";
    }
    if (capacity.max_new_mappings_per_second != 0 &&
        capacity.max_new_mappings_per_second < kEnoughPerSecond) {
        return "allows only " + plural(capacity.max_new_mappings_per_second, "new mapping") +
               " a second for each host";
    }
    if (capacity.max_mappings_count < kEnoughCount) {
        return "holds only " + plural(capacity.max_mappings_count, "mapping");
    }
    if (capacity.max_sessions_count < kEnoughCount) {
        return "holds only " + plural(capacity.max_sessions_count, "session");
    }
    if (box.events.overload_at_mappings_count != 0) {
        return "maps differently from " + plural(box.events.overload_at_mappings_count, "mapping") +
               " on";
    }
    if (std::min(box.timers.udp_unreplied, box.timers.udp_stream) < kShortestTimer) {
        return "forgets UDP after " +
               seconds(std::min(box.timers.udp_unreplied, box.timers.udp_stream));
    }
    const std::uint16_t mtu =
        std::min(box.forwarding.mtu_inside_bytes, box.forwarding.mtu_outside_bytes);
    if (mtu < kLeastMtu) return "passes packets of " + std::to_string(mtu) + " bytes at most";
    // One port for two destinations is a conflict unless ports may overlap; what then happens is
    // not a matter of mapping and filtering.
    const bool conflicts = box.kind.ipv4 == nat::Translation::AddressAndPort &&
                           box.mapping.udp != nat::MappingRule::EndpointIndependent &&
                           !box.port_allocation.overlap;
    if (conflicts && box.conflict.on_conflict == nat::OnConflict::Drop) {
        return "drops what needs a port that is in use";
    }
    if (conflicts && box.conflict.on_conflict == nat::OnConflict::Overload) {
        return "gives out ports that are in use";
    }
    return {};
}

std::string handicap_of(const Scenario& scenario) {
    for (const NamedLink& each : links_of(scenario)) {
        const std::string its = handicap_of(*each.link);
        if (!its.empty()) return each.name + " " + its;
    }
    if (std::string slow = slow_way_of(scenario); !slow.empty()) return slow;
    if (scenario.signalling.delay > kMostDelay) {
        return "signalling takes " + seconds(scenario.signalling.delay) + " each way";
    }
    if (scenario.time_limit < kLeastTime) {
        return "the time limit is " + seconds(scenario.time_limit) +
               ", and a check may take 39.5 s to fail (RFC 8489 s6.2.1)";
    }
    return {};
}

Duration longest_way(const Scenario& scenario) {
    if (!has_relays(scenario)) return way_between(scenario);
    Duration out = 2 * delay_of(scenario.server_link) * 2;  // two relays, to each and back
    for (const Party& party : scenario.parties)
        out += way_out_of(scenario, party);
    return std::max(out, way_between(scenario));
}

std::string losses_on_the_way(const Scenario& scenario) {
    const std::vector<NamedLink> links = links_of(scenario);
    const auto worst =
        std::max_element(links.begin(), links.end(), [](const NamedLink& a, const NamedLink& b) {
            return loss_pct_of(*a.link) < loss_pct_of(*b.link);
        });
    const double loss_pct = loss_pct_of(*worst->link);
    return loss_pct > 0 ? worst->name + " " + loss_words(loss_pct) : std::string();
}

}  // namespace portolan::scenario
