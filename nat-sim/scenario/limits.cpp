#include "nat-sim/scenario/limits.hpp"

#include <algorithm>
#include <iomanip>
#include <optional>
#include <sstream>

#include "ice-tests/agent/options.hpp"
#include "nat-sim/scenario/ways.hpp"

namespace portolan::scenario {

namespace {

/// More mappings, sessions and mappings in a second than a call or a classification makes, unless
/// its checks never come to an end.
constexpr std::uint32_t kEnoughCount = 500;
constexpr std::uint32_t kEnoughPerSecond = 100;
/// More ports than the sockets of a host: UDP, and TCP for ICE-TCP and TURN; and more than those
/// and all the destinations that they have, where each needs a port of its own.
constexpr std::uint32_t kEnoughPorts = 8;
constexpr std::uint32_t kEnoughPortsByDestination = 64;
/// RFC 8445 s11: keepalives may be 15 s apart.
constexpr auto kShortestTimer = std::chrono::seconds(15);
/// RFC 8489 s6.1: what STUN may count on in IPv4.
constexpr std::uint16_t kLeastMtu = 576;

/// What comes out otherwise with less than this chance is a finding.
constexpr double kLeastChance = 1e-5;
/// Of signalling, one way: filters in NATs last for kShortestTimer at least, which has to be
/// enough for the offerer's checks, which are that much later than the answerer's.
constexpr Duration kMostDelay = std::chrono::seconds(10);
/// RFC 8445 s14.3 and RFC 8489 s6.2.1: what agents and clients wait for an answer before they send
/// again, 500 ms. Beyond it answers come to requests that have been sent again, and what has its
/// own limits of time, as libnice's gathering has with 2 s, does not come to its end.
constexpr Duration kMostRoundTrip = std::chrono::milliseconds(500);
constexpr std::uint64_t kLeastRate = 64'000;
/// A request fails after 2 s (of libnice, over UDP and TCP): one of gathering first, then a check;
/// the checks stay open for 5 s more; and as long again for what signalling and loss delay.
constexpr Duration kLeastTime = std::chrono::seconds(18);

std::string number(double value) {
    std::string out = std::to_string(value);
    out.erase(out.find_last_not_of('0') + 1);
    if (out.back() == '.') out.pop_back();
    return out;
}

std::string seconds(Duration time) {
    return number(std::chrono::duration<double>(time).count()) + " s";
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
    if (const Duration there = 2 * delay_of(way_between(scenario)); there > kMostRoundTrip) {
        return sentence(a.name, b.name, there);
    }
    for (const Party& party : scenario.parties) {
        const Duration there = 2 * delay_of(way_to_servers(scenario, party));
        if (there > kMostRoundTrip) return sentence(party.name, "the servers", there);
    }
    if (has_relays(scenario)) {
        const Duration there = 2 * longest_way(scenario);
        if (there > kMostRoundTrip) return sentence(a.name, b.name + " over a relay", there);
    }
    return {};
}

/// "4.1 %".
std::string percent(double chance) {
    std::ostringstream out;
    out << std::setprecision(2) << 100 * chance << " %";
    return out.str();
}

/// "A's link loses 10 % of the packets, so that ...".
std::string loss_of(const Scenario& scenario, const Needs& needs) {
    const double chance = chance_of_failure(scenario, needs);
    if (chance < kLeastChance) return {};
    const bool is_by_tcp = needs.relays && (needs.relay_by_tcp[0] || needs.relay_by_tcp[1]);
    return losses_on_the_way(scenario) + ", which in up to " + percent(chance) +
           " of such calls takes every transmission of a request that it needs (libnice sends "
           "each " +
           std::to_string(agent::AgentOptions{}.max_transmission_count) + " times" +
           (is_by_tcp ? ", and over a relay that it reaches by TCP once)" : ")");
}

std::string rate_of(const Scenario& scenario) {
    for (const NamedLink& each : all_ways(scenario)) {
        const std::uint64_t rate = each.link->rate_bits_s;
        if (rate != 0 && rate < kLeastRate) {
            return each.name + " carries " + number(static_cast<double>(rate) / 1000) + " kbit/s";
        }
    }
    return {};
}

std::string slow_signalling_of(const Scenario& scenario) {
    if (scenario.signalling.delay <= kMostDelay) return {};
    return "signalling takes " + seconds(scenario.signalling.delay) + " each way";
}

std::string short_time_of(const Scenario& scenario) {
    // The offer takes the delay once, the answer once more.
    const bool is_slow = scenario.signalling.delay > std::chrono::seconds(1);
    const Duration least = kLeastTime + (is_slow ? 2 * scenario.signalling.delay : Duration{0});
    if (scenario.time_limit >= least) return {};
    std::string out = "the time limit is " + seconds(scenario.time_limit) +
                      ", and libnice may take " + seconds(least) +
                      ": a request fails after 2 s, and checks stay open for 5 s more";
    if (is_slow) {
        out += ", and signalling takes " + seconds(scenario.signalling.delay) + " each way";
    }
    return out;
}

/// That one host's mappings are of; none where ports are not translated.
std::optional<std::uint32_t> ports_of(const nat::Parameters& box) {
    const auto& allocation = box.port_allocation;
    const bool translates_ports =
        box.kind.ipv4 == nat::Translation::AddressAndPort || box.kind.ipv6 == nat::Ipv6Mode::Nat64;
    if (!translates_ports) return std::nullopt;
    if (allocation.strategy == nat::PortStrategy::Block) {
        if (allocation.block_size_count != 0) return allocation.block_size_count;
        // RFC 7422 s2: S = (65536 - R) / (C + D).
        return (65536U - allocation.block_reserved_count) /
               (std::uint32_t{allocation.block_compression_count} + allocation.block_dynamic_count);
    }
    return std::uint32_t{allocation.last} - allocation.first + 1;
}

std::uint32_t enough_ports_for(const nat::Parameters& box) {
    const bool is_by_destination =
        !box.port_allocation.overlap && (box.mapping.udp != nat::MappingRule::EndpointIndependent ||
                                         box.mapping.tcp != nat::MappingRule::EndpointIndependent);
    return is_by_destination ? kEnoughPortsByDestination : kEnoughPorts;
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
    if (const auto ports = ports_of(box); ports && *ports < enough_ports_for(box)) {
        return "has only " + plural(*ports, "port");
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

std::string handicap_of(const Scenario& scenario, const Needs& needs) {
    std::string out;
    for (const std::string& each :
         {loss_of(scenario, needs), rate_of(scenario), slow_way_of(scenario),
          slow_signalling_of(scenario), short_time_of(scenario)}) {
        if (!each.empty()) out += (out.empty() ? "" : "; and ") + each;
    }
    return out;
}

Duration longest_way(const Scenario& scenario) {
    const Duration between = delay_of(way_between(scenario));
    if (!has_relays(scenario)) return between;
    Way over_relays;
    for (const Party& party : scenario.parties) {
        const Way out = way_to_servers(scenario, party);
        over_relays.insert(over_relays.end(), out.begin(), out.end());
    }
    // Two relays, to each and back.
    over_relays.push_back(over_relays.back());
    over_relays.push_back(over_relays.back());
    return std::max(delay_of(over_relays), between);
}

}  // namespace portolan::scenario
