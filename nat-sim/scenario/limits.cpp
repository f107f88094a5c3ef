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
/// One way, of a link or of signalling. Beyond it retransmissions overtake the answers, and one
/// side may have given up before the other has its candidates.
constexpr Duration kMostDelay = std::chrono::seconds(1);
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

std::string handicap_of(const Link& link) {
    double loss_pct = link.loss_pct;
    if (link.burst_loss) {
        const BurstLoss& burst = *link.burst_loss;
        const double sum = burst.enter_pct + burst.leave_pct;
        loss_pct = sum > 0 ? burst.enter_pct / sum * burst.loss_pct : 0;
    }
    if (loss_pct > kMostLossPct) return "loses " + number(loss_pct) + " % of the packets";
    if (link.delay + link.jitter > kMostDelay) {
        return "delays packets by " + seconds(link.delay + link.jitter);
    }
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
    for (const Network& network : scenario.networks) {
        const std::string its = handicap_of(network.uplink);
        if (!its.empty()) return "the uplink of \"" + network.name + "\" " + its;
    }
    for (const Party& party : scenario.parties) {
        const std::string its = handicap_of(party.link);
        if (!its.empty()) return party.name + "'s link " + its;
    }
    const std::string servers = handicap_of(scenario.server_link);
    if (!servers.empty()) return "the servers' link " + servers;
    if (scenario.signalling.delay > kMostDelay) {
        return "signalling takes " + seconds(scenario.signalling.delay) + " each way";
    }
    if (scenario.time_limit < kLeastTime) {
        return "the time limit is " + seconds(scenario.time_limit) +
               ", and a check may take 39.5 s to fail (RFC 8489 s6.2.1)";
    }
    return {};
}

}  // namespace portolan::scenario
