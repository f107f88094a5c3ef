#include "probe/cli/report/what_is_open.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "probe/cli/report/server_section.hpp"

namespace portolan::nat_probe {
namespace {

using precall::Cause;

bool names_a_relay_elsewhere(const CallFacts& facts) {
    return std::ranges::any_of(facts.servers, [&](const auto& server) {
        return server->uri.is_turn() && facts.counts(*server);
    });
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

/// No name server answered, to whatever name was looked up.
bool is_name_service_silent(const CallFacts& facts) {
    return std::ranges::all_of(facts.servers, [](const auto& server) {
        return server->uri.numeric() || server->is_lookup_silent;
    });
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

/// Where UDP may be blocked, or one server not answer over it, and there is no relay.
std::string open_beside_blocked_udp(const CallFacts& facts, Ways ways) {
    const std::string out =
        (ways == Ways::OnlyWebPorts ? web_port_words(facts) : "this network blocks UDP") +
        unless_words(facts);
    if (!names_a_relay(facts)) return out + "; and no relay (TURN server) is configured";
    // Over UDP none could be: of that, the network is the cause.
    const precall::Problem* problem = why_no_relay(facts, true);
    return out + "; and of the relay over TCP, " +
           (problem != nullptr ? problem->sentence() : "none is configured");
}

/// The one cause that keeps every server away, of those that are no matter of the way there.
std::optional<Cause> common_cause(const CallFacts& facts) {
    std::optional<Cause> out;
    for (const auto& server : facts.servers) {
        const Attempt* best = server->best();
        const auto& problem = best != nullptr ? best->visit.problem : server->lookup_problem;
        if (!problem || !facts.counts(*server) || precall::may_be_the_network(problem->cause)) {
            continue;
        }
        if (out && *out != problem->cause) return std::nullopt;
        out = problem->cause;
    }
    return out;
}

}  // namespace

bool names_a_relay(const CallFacts& facts) {
    return std::ranges::any_of(facts.servers,
                               [](const auto& server) { return server->uri.is_turn(); });
}

bool is_undecided(const CallFacts& facts) {
    return std::ranges::any_of(facts.servers, [&](const auto& server) {
        if (!facts.counts(*server) && !facts.are_all_on_this_machine()) return false;
        return server->is_undecided();
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

bool is_shown_to_fail(const CallFacts& facts, Ways ways) {
    return ways == Ways::NoNetwork || (is_blocked(ways) && blocked_unless(facts).empty());
}

std::string unless_words(const CallFacts& facts) {
    const std::string doubt = blocked_unless(facts);
    return doubt.empty() ? "" : ", unless " + doubt;
}

std::string dead_way_words(const CallFacts& facts) {
    const NatFacts* other = facts.other_way_that_works();
    if (other == nullptr) return {};
    return "this computer's preferred way out (interface " + facts.preferred_way +
           ") is dead: nothing comes back by it, while servers answer by interface " +
           other->other_way;
}

std::string dead_way_advice(const CallFacts& facts) {
    const NatFacts* other = facts.other_way_that_works();
    if (other == nullptr) return {};
    return "Repair the way out by interface " + facts.preferred_way +
           ", or have this computer prefer interface " + other->other_way + '.';
}

std::string untried_words(const CallFacts& facts) {
    if (facts.untried_ways.empty()) return {};
    return "; another way out (interface " + facts.untried_ways.front() +
           ") is there, and was not tried: --all-interfaces does";
}

std::string forbidding_words(const CallFacts& facts, const ServerFacts& relay) {
    const bool forbids_us = std::ranges::any_of(facts.servers, [&](const auto& other) {
        return other->uri.host == relay.uri.host && other->outside.problem &&
               other->outside.problem->cause == Cause::Forbidden;
    });
    const std::string& detail = relay.audio.problem->detail;
    return std::string("it forbids its own relays") +
           (forbids_us ? " and this network's address" : "") + " as peers" +
           (detail.empty() ? "" : " (" + detail + ')') +
           (facts.is_relay_out_of_reach(relay)
                ? ", and gives relays at " + relay.best()->visit.relayed->ip.to_string() +
                      ", which is out of others' reach"
                : "");
}

std::string open_reach_words() {
    return "it is on this computer, and whether others can reach it was not measured";
}

std::string what_is_open(const CallFacts& facts, Ways ways) {
    if (facts.are_all_on_this_machine()) return open_beyond_this_machine(facts);
    if (is_blocked(ways)) return open_beside_blocked_udp(facts, ways);
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
        if (std::string dead = dead_way_words(facts); !dead.empty()) return dead;
        return "nothing came back from " + std::string(is_one ? "the server" : "any server") +
               elsewhere + "; either this network lets nothing out, or " +
               (is_one ? "the server is" : "the servers are") + " down" + untried_words(facts);
    }
    if (ways == Ways::NamesFail) {
        return "no server" + elsewhere + " could be asked, for the name service (DNS) " +
               (is_name_service_silent(facts) ? "does not answer" : "does not do its work");
    }
    if (const auto* refused = ways == Ways::OnlyRefusals ? refused_by_us(facts) : nullptr) {
        return "packets get out of this network, but this computer refuses " +
               (is_one ? "the server" + elsewhere : refused->title()) + ": " +
               refused->best()->visit.problem->sentence();
    }
    if (ways == Ways::OnlyRefusals && !is_host_heard(facts)) {
        return "connections to " +
               (is_one ? "the server" + elsewhere + " are refused, by it"
                       : "the servers" + elsewhere + " are refused, by them") +
               " or by a firewall in " + (is_one ? "its" : "their") +
               " name, and nothing else comes back";
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

std::string advice_where_open(const CallFacts& facts, Ways ways) {
    if (facts.are_all_on_this_machine()) return "Name a server elsewhere, and run this again.";
    const precall::Problem* problem = why_no_relay(facts, is_blocked(ways));
    if (is_blocked(ways) && problem == nullptr) return std::string(kWithoutUdpAdvice);
    if (is_forbidden_by_routes(facts)) {
        return "Correct the routing table, or the address, and run this again.";
    }
    if (ways == Ways::NamesFail) return "Repair the name service (DNS), and run this again.";
    if (ways == Ways::NothingAnswers) {
        if (facts.other_way_that_works() != nullptr) return dead_way_advice(facts);
        if (!facts.untried_ways.empty()) return "Run this again with --all-interfaces.";
        return "Try another network: what answers there is not at fault.";
    }
    for (const auto& server : facts.servers) {
        const Attempt* best = server->best();
        const bool is_why = best != nullptr && best->visit.problem && problem != nullptr &&
                            &*best->visit.problem == problem;
        if (!is_why) continue;
        if (std::string advice = family_advice(facts, *server); !advice.empty()) return advice;
    }
    std::optional<Cause> cause = common_cause(facts);
    if (const auto* refused = ways == Ways::OnlyRefusals ? refused_by_us(facts) : nullptr) {
        cause = refused->best()->visit.problem->cause;
    } else if (!cause && problem != nullptr) {
        cause = problem->cause;
    }
    const std::string_view remedy = cause ? precall::row_of(*cause).remedy : std::string_view();
    return remedy.empty() ? "Correct the servers' configuration, and run this again."
                          : std::string(remedy);
}

}  // namespace portolan::nat_probe
