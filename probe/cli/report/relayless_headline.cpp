#include "probe/cli/report/relayless_headline.hpp"

#include <algorithm>
#include <cmath>

#include "probe/cli/report/call_headline.hpp"
#include "probe/cli/report/peers.hpp"
#include "probe/cli/report/surroundings.hpp"
#include "probe/cli/report/what_is_open.hpp"

namespace portolan::nat_probe {
namespace {

constexpr const char* kNearlyEverybody = "nearly everybody";
constexpr const char* kHardlyAnybody = "hardly anybody";

/// Nobody whose NAT filters by address and port, whatever else is open: as most do.
bool reaches_hardly_anybody(const PeerForecast& forecast) {
    return std::ranges::none_of(forecast.rows, [](const PeerRow& row) {
        const bool is_usual = row.peer.id == "eim-apdf" || row.peer.id == "apdm-apdf";
        return is_usual && (row.reaches.contains(oracle::Reach::Direct) ||
                            row.reaches.contains(oracle::Reach::DirectTcp));
    });
}

/// "about 89 % of people", of those who are reached directly.
std::string share_words(const CallFacts& facts) {
    const PeerForecast forecast = forecast_peers(facts);
    if (forecast.populations.empty()) return "some people";
    if (reaches_hardly_anybody(forecast)) return kHardlyAnybody;
    const Population& all = forecast.populations.front();
    const auto pct = std::llround(all.direct_pct);
    // "Only so many" would be too few where more is open than what a relay does.
    const bool is_least = !all.is_known && !forecast.has_open_relay;
    if (pct == 0 || is_least) return "some people";
    return pct >= 99 ? kNearlyEverybody : "about " + std::to_string(pct) + " % of people";
}

std::string relay_that_fails(const CallFacts& facts) {
    return facts.relay_on_this_machine() != nullptr ? "Your relay elsewhere" : "Your relay";
}

/// A relay that cannot be used is known, and a failure, whatever else is open.
std::string open_beginning(const CallFacts& facts) {
    const std::string calls = facts.are_all_on_this_machine() ? "calls with others" : "calls";
    if (!facts.has_unusable_relay()) return "It is open whether " + calls + " will work: ";
    return relay_that_fails(facts) + " cannot be used, and whether " + calls +
           " work without it is open: ";
}

}  // namespace

std::string with_relay_of_open_reach(const CallFacts& facts, const ServerFacts& relay) {
    if (const std::string doubt = facts.doubt_about_ports(); !doubt.empty()) {
        return "It is open whether calls will work: directly, because " + doubt +
               "; and through your relay, because " + open_reach_words() + '.';
    }
    if (facts.has_udp()) {
        return "Calls will work with " + share_words(facts) +
               "; whether your relay serves the others is open: " + open_reach_words() + '.';
    }
    const Ways ways = ways_out(facts);
    return "It is open whether calls with others will work: " +
           (is_blocked(ways) ? "this network blocks UDP" + unless_words(facts) + ", and " : "") +
           relay_words(facts, relay) + ", works, but " + open_reach_words() +
           ". Name a server elsewhere, or run this on another computer.";
}

std::string with_forbidding_relay(const CallFacts& facts, const ServerFacts& relay) {
    const std::string why = forbidding_words(facts, relay);
    if (facts.has_udp()) {
        return "Calls will work with " + share_words(facts) +
               "; whether the relay reaches the others is open: " + why + '.';
    }
    const std::string over = transport_words(relay.transport());
    if (!is_blocked(ways_out(facts))) {
        return "It is open whether calls will work: no server answered over UDP, and of your "
               "relay" +
               over + ", " + why + '.';
    }
    return "It is open whether calls will work: they need your relay" + over +
           ", because UDP does not get out of this network" + unless_words(facts) + ", and " + why +
           '.';
}

std::string headline_without_relay(const CallFacts& facts) {
    const precall::Problem* problem = why_no_relay(facts);
    if (const std::string doubt = facts.doubt_about_ports(); !doubt.empty()) {
        if (facts.has_unusable_relay()) {
            return relay_that_fails(facts) + " cannot be used (" +
                   (problem != nullptr ? problem->sentence() : "it gave no allocation") +
                   "), and whether calls work directly is open: " + doubt + '.';
        }
        return "It is open whether calls will work: directly, because " + doubt +
               "; and through a relay, because " +
               (names_a_relay(facts) ? "it is not known yet whether it gives an allocation"
                                     : "none (TURN server) is configured") +
               '.';
    }
    if (facts.has_udp()) {
        const std::string share = share_words(facts);
        if (!names_a_relay(facts) && share == kHardlyAnybody) {
            return "Calls will work with hardly anybody: this network's NAT makes a relay "
                   "necessary, and none (TURN server) is configured.";
        }
        if (!names_a_relay(facts)) {
            return "Calls will work with " + share +
                   ", and fail with the others: no relay (TURN server) is configured.";
        }
        const std::string why =
            problem != nullptr ? problem->sentence() : std::string("it gave no allocation");
        if (share == kNearlyEverybody) {
            return "Calls will work with " + share +
                   ", and fail with the others, because the relay cannot be used: " + why + '.';
        }
        return "Calls will work with " + share + (share == kHardlyAnybody ? "" : " only") +
               ", because the relay cannot be used: " + why + '.';
    }
    const Ways ways = ways_out(facts);
    if (const std::string portal = portal_words(facts); !portal.empty()) {
        return "Calls do not work yet: " + portal + '.';
    }
    if (ways == Ways::NoNetwork) {
        return "Calls will not work: this computer is not connected to a network.";
    }
    if (is_shown_to_fail(facts, ways) && !names_a_relay(facts)) {
        return "Calls will not work: this network blocks UDP, and no relay (TURN server) is "
               "configured.";
    }
    if (is_shown_to_fail(facts, ways)) {
        // Over UDP none could be: of that, the network is the cause.
        problem = why_no_relay(facts, true);
        return "Calls will not work: this network blocks UDP, and the relay cannot be used over "
               "TCP: " +
               (problem != nullptr ? problem->sentence()
                                   : "no server over TCP or TLS is configured") +
               '.';
    }
    return open_beginning(facts) + what_is_open(facts, ways) + ". " +
           advice_where_open(facts, ways);
}

}  // namespace portolan::nat_probe
