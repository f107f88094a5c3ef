#include "nat-sim/scenario/loss.hpp"

#include <algorithm>
#include <iomanip>
#include <sstream>
#include <vector>

#include "ice-tests/agent/options.hpp"

namespace portolan::scenario {

namespace {

/// Of a request over TCP, which the agent gives up after 2 s (libnice's
/// STUN_TIMER_DEFAULT_RELIABLE_TIMEOUT): at once, and again after RFC 6298 s2's first RTO of 1 s.
/// The next one would be 3 s old.
constexpr unsigned kOverTcpCount = 2;
/// What is sent by a relay that is reached over TCP is not sent again, since libnice takes all of
/// that way for reliable; what it passes on as UDP is lost with the first loss.
constexpr unsigned kByReliableRelayCount = 1;

/// RFC 8445 s7, s8.1.1: a check of each side, and the one that nominates.
constexpr unsigned kChecksCount = 3;
/// RFC 8489: what shows a party its server-reflexive address.
constexpr unsigned kBindingsCount = 1;
/// RFC 8656 s7, s9: an allocation that is refused, one that is not, and a permission.
constexpr unsigned kRelayRequestsCount = 3;

/// Two states of a link (Gilbert-Elliott; scenario.hpp), as probabilities.
struct Chain {
    double enter = 0;
    double leave = 1;
    double loss_in_good = 0;
    double loss_in_bad = 0;
};

Chain chain_of(const Link& link) {
    const double loss = link.loss_pct / 100;
    if (!link.burst_loss) return {0, 1, loss, loss};
    const BurstLoss& burst = *link.burst_loss;
    const double bad = burst.loss_pct / 100;
    return {burst.enter_pct / 100, burst.leave_pct / 100, loss, 1 - (1 - loss) * (1 - bad)};
}

/// The share of its time that the link is in the bad state.
double share_of_bad(const Chain& chain) {
    const double sum = chain.enter + chain.leave;
    return sum > 0 ? chain.enter / sum : 0;
}

/// That the link passes those of consecutive packets that have their bit set in `passing`.
double chance_of_passing(const Link& link, unsigned passing, unsigned count) {
    const Chain chain = chain_of(link);
    double bad = share_of_bad(chain);
    double good = 1 - bad;
    for (unsigned i = 0; i < count; ++i) {
        if (i > 0) {
            const double was_good = good;
            good = good * (1 - chain.enter) + bad * chain.leave;
            bad = was_good * chain.enter + bad * (1 - chain.leave);
        }
        if ((passing >> i & 1U) == 0) continue;
        good *= 1 - chain.loss_in_good;
        bad *= 1 - chain.loss_in_bad;
    }
    return good + bad;
}

std::string rounded(double value) {
    std::ostringstream out;
    out << std::setprecision(3) << value;
    return out.str();
}

Way joined(Way one, const Way& other) {
    one.insert(one.end(), other.begin(), other.end());
    return one;
}

unsigned transmission_count() {
    return agent::AgentOptions{}.max_transmission_count;
}

/// Over the relay of that party.
double chance_of_failure_over_relay(const Scenario& scenario, std::size_t owner, bool by_tcp) {
    const Way near = way_to_servers(scenario, scenario.parties[owner]);
    const Way far = way_to_servers(scenario, scenario.parties[1 - owner]);
    if (!by_tcp) {
        return kRelayRequestsCount * chance_of_loss(near, transmission_count()) +
               kChecksCount * chance_of_loss(joined(near, far), transmission_count());
    }
    return (kRelayRequestsCount + kChecksCount) * chance_of_loss(near, kOverTcpCount) +
           kChecksCount * chance_of_loss(far, kByReliableRelayCount);
}

}  // namespace

double loss_pct_of(const Link& link) {
    const Chain chain = chain_of(link);
    const double bad = share_of_bad(chain);
    return 100 * ((1 - bad) * chain.loss_in_good + bad * chain.loss_in_bad);
}

std::string losses_on_the_way(const Scenario& scenario) {
    std::vector<std::string> items;
    for (const NamedLink& each : all_ways(scenario)) {
        const double loss_pct = loss_pct_of(*each.link);
        if (loss_pct <= 0) continue;
        items.push_back(each.name + (items.empty() ? " loses " : " ") + rounded(loss_pct) + " %");
    }
    std::string out;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0) out += i + 1 == items.size() ? " and " : ", ";
        out += items[i];
    }
    return out.empty() ? out : out + " of the packets";
}

double chance_of_loss(const Way& way, unsigned transmission_count) {
    // Inclusion and exclusion over which transmissions pass: the links are independent of each
    // other, and so are the two directions of each.
    double out = 0;
    for (unsigned passing = 0; passing < 1U << transmission_count; ++passing) {
        double chance = 1;
        bool is_even = true;
        for (unsigned i = 0; i < transmission_count; ++i)
            is_even ^= (passing >> i & 1U) != 0;
        for (const NamedLink& each : way) {
            const double one_way = chance_of_passing(*each.link, passing, transmission_count);
            chance *= one_way * one_way;
        }
        out += is_even ? chance : -chance;
    }
    return std::clamp(out, 0.0, 1.0);
}

double chance_of_failure(const Scenario& scenario, const Needs& needs) {
    double out = 0;
    for (const Party& party : scenario.parties) {
        out +=
            kBindingsCount * chance_of_loss(way_to_servers(scenario, party), transmission_count());
    }
    if (needs.relays) {
        double over_relays = 0;
        for (std::size_t i = 0; i < scenario.parties.size(); ++i) {
            if (scenario.parties[i].turn.empty()) continue;
            over_relays = std::max(
                over_relays, chance_of_failure_over_relay(scenario, i, needs.relay_by_tcp[i]));
        }
        out += over_relays;
    } else {
        out +=
            kChecksCount * chance_of_loss(way_between(scenario),
                                          needs.direct_tcp ? kOverTcpCount : transmission_count());
    }
    return std::min(out, 1.0);
}

}  // namespace portolan::scenario
