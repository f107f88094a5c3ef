#include "probe/cli/report/call_headline.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "probe/cli/report/peers.hpp"
#include "probe/cli/report/quality.hpp"
#include "probe/cli/report/surroundings.hpp"

namespace portolan::nat_probe {
namespace {

using precall::Cause;

constexpr const char* kNearlyEverybody = "nearly everybody";
constexpr const char* kHardlyAnybody = "hardly anybody";

bool names_a_relay_elsewhere(const CallFacts& facts) {
    return std::ranges::any_of(facts.servers, [&](const auto& server) {
        return server->uri.is_turn() && facts.counts(*server);
    });
}

/// "your relay, 31 ms away (MOS 4.4)"
std::string relay_words(const ServerFacts& relay) {
    std::string out = "your relay" + transport_words(relay.transport());
    const auto quality = quality_of(relay.audio);
    if (!quality) {
        const Attempt* best = relay.best();
        return best->visit.round_trip.count() > 0
                   ? out + ", " + ms_text(best->visit.round_trip) + " away"
                   : out;
    }
    if (may_be_own_load(relay, *quality)) {
        return out + ", " + ms_text(relay.best()->visit.round_trip) + " away when idle";
    }
    out += ", " + ms_text(quality->median) + " away";
    if (quality->is_late || !quality->is_enough) return out;
    if (relay.was_beside_others && !quality->impairments.empty()) return out;
    char mos[32];
    std::snprintf(mos, sizeof mos, " (MOS %.1f)", quality->mos);
    return out + mos;
}

std::string quality_clause(const CallFacts& facts) {
    const ServerFacts* relay = facts.preferred_relay();
    if (relay != nullptr && relay->asks_from_outside && relay->outside.is_proof_of_closure() &&
        facts.doubt_about_ports().empty()) {
        return " But nothing from outside reaches that relay: calls through it may fail.";
    }
    const auto quality = relay != nullptr ? quality_of(relay->audio) : std::nullopt;
    if (!quality || quality->impairments.empty() || relay->was_beside_others ||
        may_be_own_load(*relay, *quality)) {
        return "";
    }
    switch (quality->impairments.front()) {
        case Impairment::Loss:
            return " Expect gaps in the sound: " + pct_text(quality->lost.pct()) +
                   " of the packets are lost on the way to the relay and back.";
        case Impairment::Delay:
            return " Expect to interrupt each other: the way to the relay and back takes " +
                   ms_text(quality->median) + '.';
        case Impairment::Jitter:
            return " Expect uneven sound: packets take up to " +
                   ms_text(quality->p95 - quality->least) + " longer than the quickest.";
        case Impairment::Speech:
            return " Expect poor sound.";
    }
    return "";
}

bool is_behind_varying_nat(const discovery::Outcome& nat) {
    using M = discovery::Mapping;
    return nat.mapping.known() && *nat.mapping.value != M::EndpointIndependent &&
           *nat.mapping.value != M::AddressIndependent;
}

bool lets_everybody_in(const discovery::Outcome& nat) {
    return nat.mapping.known() && !is_behind_varying_nat(nat) && nat.filtering.known() &&
           *nat.filtering.value != discovery::Filtering::AddressAndPortDependent;
}

std::string with_relay(const CallFacts& facts, const ServerFacts& relay) {
    const bool is_granted_only = facts.is_quick && !relay.audio.is_done;
    const std::string words =
        relay_words(relay) +
        (is_granted_only ? " (quick: that packets pass through it was not tried)" : "");
    const Ways ways = ways_out(facts);
    if (ways == Ways::UdpBlocked) {
        return "Calls will work, but only through " + words + ", because this network blocks UDP.";
    }
    if (ways == Ways::OnlyWebPorts) {
        return "Calls will work, but only through " + words +
               ", because this network lets out nothing but TCP to ports 80 and 443.";
    }
    if (ways == Ways::SomePorts) {
        return "Calls will work through " + words +
               "; whether directly too is open: " + facts.doubt_about_ports() + '.';
    }
    const discovery::Outcome* nat = facts.nat();
    if (nat == nullptr || !nat->mapping.known()) {
        return "Calls will work: directly where the networks allow it, and otherwise through " +
               words + '.';
    }
    if (is_behind_varying_nat(*nat)) {
        return "Calls will work: mostly through " + words +
               ", because this network's NAT gives each destination another port.";
    }
    if (lets_everybody_in(*nat)) {
        return "Calls will work: directly with nearly everybody, and otherwise through " + words +
               '.';
    }
    return "Calls will work: directly with most people, and with those whose NAT changes ports "
           "through " +
           words + '.';
}

/// Where calls take that relay first, and can hardly be held through it.
std::string with_breaking_relay(const CallFacts& facts, const ServerFacts& relay) {
    if (const ServerFacts* other = facts.relay_that_holds()) {
        return "Calls will work if they are made to go through " + relay_words(*other) +
               ": through " + relay.title() +
               ", which they take first, they can hardly be held, because " +
               breaking_words(relay) + '.';
    }
    return "Calls through " + relay_words(relay) +
           ", connect and can hardly be held: " + breaking_words(relay) +
           (facts.has_udp() ? "; whether direct calls are better was not measured" : "") +
           ". Try another network.";
}

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

/// Where the only relay is on this computer.
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
    const bool is_blocked = ways == Ways::UdpBlocked || ways == Ways::OnlyWebPorts;
    return "It is open whether calls with others will work: " +
           std::string(is_blocked ? "this network blocks UDP, and " : "") + relay_words(relay) +
           ", works, but " + open_reach_words() +
           ". Name a server elsewhere, or run this on another computer.";
}

/// Where the only relay refuses the peers that were asked of it.
std::string with_forbidding_relay(const CallFacts& facts, const ServerFacts& relay) {
    const std::string why = forbidding_words(facts, relay);
    if (facts.has_udp()) {
        return "Calls will work with " + share_words(facts) +
               "; whether the relay reaches the others is open: " + why + '.';
    }
    return "It is open whether calls will work: they need your relay" +
           transport_words(relay.transport()) +
           ", because UDP does not get out of this network, "
           "and " +
           why + '.';
}

bool is_forbidden_by_routes(const CallFacts& facts) {
    if (facts.are_all_on_this_machine()) return false;
    return std::ranges::all_of(facts.servers, [&](const auto& server) {
        const Attempt* best = server->best();
        if (!facts.counts(*server)) return true;
        return best != nullptr && best->visit.problem &&
               best->visit.problem->cause == Cause::RouteForbids;
    });
}

/// A server whose certificate this computer refuses, where nobody else refuses anything.
const ServerFacts* refused_by_us(const CallFacts& facts) {
    const ServerFacts* out = nullptr;
    for (const auto& server : facts.servers) {
        const Attempt* best = server->best();
        if (best == nullptr || !facts.counts(*best) || !best->visit.problem) continue;
        const Cause cause = best->visit.problem->cause;
        if (cause >= Cause::CertificateExpired && cause <= Cause::NoAuthorities) {
            if (out == nullptr) out = server.get();
        } else if (!precall::may_be_the_network(cause)) {
            return nullptr;
        }
    }
    return out;
}

std::string without_relay(const CallFacts& facts) {
    const precall::Problem* problem = why_no_relay(facts);
    if (const std::string doubt = facts.doubt_about_ports(); !doubt.empty()) {
        return "It is open whether calls will work: directly, because " + doubt +
               "; and through a relay, because " +
               (!names_a_relay(facts) ? "none (TURN server) is configured"
                : problem != nullptr  ? "of that, " + problem->sentence()
                                      : "it gave no allocation") +
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
    switch (ways) {
        case Ways::NoNetwork:
            return "Calls will not work: this computer is not connected to a network.";
        case Ways::UdpBlocked:
        case Ways::OnlyWebPorts:
            if (!names_a_relay(facts)) {
                return "Calls will not work: this network blocks UDP, and no relay (TURN server) "
                       "is configured.";
            }
            // Over UDP none could be: of that, the network is the cause.
            problem = why_no_relay(facts, true);
            return "Calls will not work: this network blocks UDP, and the relay cannot be used "
                   "over TCP: " +
                   (problem != nullptr ? problem->sentence()
                                       : "no server over TCP or TLS is configured") +
                   '.';
        default:
            break;
    }
    if (is_forbidden_by_routes(facts)) {
        return "It is open whether calls will work: " + what_is_open(facts, ways) +
               ". Correct the routing table, or the address, and run this again.";
    }
    if (facts.are_all_on_this_machine()) {
        return "It is open whether calls with others will work: " + what_is_open(facts, ways) +
               ". Name a server elsewhere, and run this again.";
    }
    const std::string open = "It is open whether calls will work: " + what_is_open(facts, ways);
    if (const auto* refused = ways == Ways::OnlyRefusals ? refused_by_us(facts) : nullptr) {
        return open + ". " +
               std::string(precall::row_of(refused->best()->visit.problem->cause).remedy);
    }
    if (ways == Ways::NamesFail) {
        return open + ". Repair the name service (DNS), and run this again.";
    }
    return open + (ways == Ways::NothingAnswers
                       ? ". Try another network: what answers there is not at fault."
                       : ". Correct the servers' configuration, and run this again.");
}

std::string list_of(const std::set<std::string>& names) {
    std::string out;
    for (const std::string& name : names)
        out += (out.empty() ? "" : ", ") + name;
    return out;
}

/// Where this computer alone was asked, and gave no relay.
std::string open_beyond_this_machine(const CallFacts& facts) {
    const std::string out = "only this computer itself was asked";
    if (const precall::Problem* problem = why_no_relay(facts)) {
        return out + "; of its relay, " + problem->sentence();
    }
    for (const auto& server : facts.servers) {
        const Attempt* best = server->best();
        if (best->visit.has_answered) return out + ", which says nothing of the way to others";
        if (best->visit.problem) {
            return out + "; of its server, " + best->visit.problem->sentence();
        }
    }
    return out + ", and the run ended before it was known what its server does";
}

}  // namespace

bool names_a_relay(const CallFacts& facts) {
    return std::ranges::any_of(facts.servers,
                               [](const auto& server) { return server->uri.is_turn(); });
}

bool is_undecided(const CallFacts& facts) {
    return std::ranges::any_of(facts.servers, [&](const auto& server) {
        const Attempt* best = server->best();
        if (best == nullptr) return !server->lookup_problem;
        if (!facts.counts(*best) && !facts.are_all_on_this_machine()) return false;
        return !best->visit.problem && !best->visit.has_succeeded;
    });
}

const precall::Problem* why_no_relay(const CallFacts& facts, bool over_streams_only) {
    const precall::Problem* out = nullptr;
    for (const auto& server : facts.servers) {
        if (!server->uri.is_turn()) continue;
        if (!facts.counts(*server) && names_a_relay_elsewhere(facts)) continue;
        if (over_streams_only && !turn::is_stream(server->transport())) continue;
        const Attempt* best = server->best();
        const precall::Problem* problem =
            best == nullptr         ? (server->lookup_problem ? &*server->lookup_problem : nullptr)
            : best->visit.problem   ? &*best->visit.problem
            : server->audio.problem ? &*server->audio.problem
                                    : nullptr;
        if (problem != nullptr && (out == nullptr || problem->step > out->step)) out = problem;
    }
    return out;
}

std::string transport_words(turn::Transport transport) {
    switch (transport) {
        case turn::Transport::Udp:
            return "";
        case turn::Transport::Tcp:
            return " over TCP";
        case turn::Transport::Tls:
            return " over TLS";
        case turn::Transport::Dtls:
            return " over DTLS";
    }
    return "";
}

bool is_shown_to_fail(Ways ways) {
    return ways == Ways::NoNetwork || ways == Ways::UdpBlocked || ways == Ways::OnlyWebPorts;
}

std::string forbidding_words(const CallFacts& facts, const ServerFacts& relay) {
    const bool forbids_us = std::ranges::any_of(facts.servers, [&](const auto& other) {
        return other->uri.host == relay.uri.host && other->outside.problem &&
               other->outside.problem->cause == Cause::Forbidden;
    });
    const std::string& detail = relay.audio.problem->detail;
    return std::string("it forbids its own relays") +
           (forbids_us ? " and this network's address" : "") + " as peers" +
           (detail.empty() ? "" : " (" + detail + ')');
}

std::string open_reach_words() {
    return "it is on this computer, and whether others can reach it was not measured";
}

std::string what_is_open(const CallFacts& facts, Ways ways) {
    if (facts.are_all_on_this_machine()) return open_beyond_this_machine(facts);
    std::set<std::string> hosts;
    bool is_any_here = false;
    for (const auto& server : facts.servers) {
        if (facts.counts(*server)) hosts.insert(server->uri.host);
        is_any_here |= !facts.counts(*server);
    }
    const bool is_one = hosts.size() == 1;
    const std::string elsewhere = is_any_here ? " outside this computer" : "";
    if (is_forbidden_by_routes(facts)) {
        return "no server" + elsewhere + " could be asked, for this computer does not send to " +
               (is_one ? "it" : "them") + ": a route forbids it, or it is a broadcast address";
    }
    if (ways == Ways::NothingAnswers) {
        return "nothing came back from " + std::string(is_one ? "the server" : "any server") +
               elsewhere + "; either this network lets nothing out, or " +
               (is_one ? "the server is" : "the servers are") + " down";
    }
    if (ways == Ways::NamesFail) {
        return "no server" + elsewhere +
               " could be asked, for the name service (DNS) does not do its work";
    }
    if (const auto* refused = ways == Ways::OnlyRefusals ? refused_by_us(facts) : nullptr) {
        return "packets get out of this network, but this computer refuses " +
               (is_one ? "the server" + elsewhere : refused->title()) + ": " +
               refused->best()->visit.problem->sentence();
    }
    if (ways == Ways::OnlyRefusals) {
        return "packets get out of this network, but " +
               (is_one ? "the server" + elsewhere + " refuses them"
                       : "no server" + elsewhere + " can be used, and some refuse them");
    }
    std::set<std::string> missing;
    std::set<std::string> without_address;
    for (const auto& server : facts.servers) {
        if (!server->lookup_problem) continue;
        const bool is_missing = server->lookup_problem->cause == Cause::NameNotFound;
        (is_missing ? missing : without_address).insert(server->uri.host);
    }
    if (!missing.empty()) {
        return "no server" + elsewhere + " could be asked, for " +
               std::string(missing.size() == 1 ? "the name " : "the names ") + list_of(missing) +
               (missing.size() == 1 ? " does not exist" : " do not exist");
    }
    if (!without_address.empty()) {
        return "no server" + elsewhere + " could be asked, for " + list_of(without_address) +
               (without_address.size() == 1 ? " has" : " have") +
               " no address of the family asked for";
    }
    const bool is_asked = std::ranges::any_of(facts.servers, [](const auto& server) {
        return !turn::is_stream(server->transport()) && !server->attempts.empty();
    });
    const precall::Problem* problem = why_no_relay(facts);
    return (problem != nullptr ? "of the relay, " + problem->sentence() + "; " : std::string()) +
           "no server" + elsewhere + (is_asked ? " answered" : " was asked") +
           " over UDP, so that direct calls are open";
}

std::string call_headline(const CallFacts& facts) {
    if (facts.is_built_in && facts.simulated_nat) {
        return "No server was given, so this is a simulation: a home router (" +
               *facts.simulated_nat +
               " in nat-sim), and the server built into this program, on this machine. It shows "
               "how "
               "a report looks, and nothing about your network. Name your own with --ice-servers.";
    }
    if (facts.is_built_in) {
        return "No server was given, so the one built into this program was measured, on this "
               "machine: that shows how a report looks, and nothing about your network. Name your "
               "own with --ice-servers.";
    }
    if (const ServerFacts* relay = facts.preferred_relay()) {
        return breaks_calls(*relay) ? with_breaking_relay(facts, *relay)
                                    : with_relay(facts, *relay) + quality_clause(facts);
    }
    if (is_undecided(facts) && facts.is_cut_off) {
        return "It is not known yet whether calls will work: the run was cut off before that.";
    }
    if (const ServerFacts* forbidding = facts.forbidding_relay()) {
        return with_forbidding_relay(facts, *forbidding);
    }
    const ServerFacts* open = facts.relay_of_open_reach();
    if (open != nullptr && ways_out(facts) != Ways::NoNetwork && portal_words(facts).empty()) {
        return with_relay_of_open_reach(facts, *open);
    }
    return without_relay(facts) +
           (open == nullptr && facts.relay_on_this_machine() != nullptr
                ? " The relay on this computer works, which says nothing of the way to others."
                : "");
}

}  // namespace portolan::nat_probe
