#include "probe/cli/report/egress.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "probe/cli/report/catalogue.hpp"
#include "probe/cli/report/evidence.hpp"
#include "probe/cli/report/names_and_ipv6.hpp"
#include "probe/cli/report/surroundings.hpp"
#include "probe/cli/report/what_is_open.hpp"

namespace portolan::nat_probe {
namespace {

using precall::Cause;
using precall::Visit;
using report::Reason;
using report::Verdict;

bool is_web_port(std::uint16_t port) {
    return port == 443 || port == 80;
}

/// What all visits come to.
struct Tally {
    bool stream_heard = false;
    bool refused = false;             ///< by the server's host, or what it said was
    bool is_host_heard = false;       ///< it was the host itself, and nobody in its name
    bool is_udp_port_closed = false;  ///< its host says so: UDP gets there
    bool anything = false;            ///< was tried to its end
    std::set<std::uint16_t> web_ports_heard;
    std::set<std::uint16_t> other_ports_heard;  ///< over TCP, as the next
    std::set<std::uint16_t> other_ports_lost;
    /// By host and by address: a server may be named by either.
    std::set<std::string> lost_over_udp;
    std::set<std::string> heard_over_streams;
    std::set<std::string> hosts_lost_over_udp;
    std::set<std::uint16_t> udp_ports_lost;
    /// Lost over UDP, and heard over a stream: the names, and the networks of their addresses.
    std::set<std::string> silent_hosts;
    std::set<std::string> silent_networks;
};

std::array<std::string, 2> names_of(const ServerFacts& server, const Visit& visit) {
    return {server.uri.host, visit.endpoint.server.ip.to_string()};
}

void enter(const ServerFacts& server, const Visit& visit, Tally& out) {
    if (visit.problem && precall::is_without_route(visit.problem->cause)) return;
    const bool heard = is_heard(visit, server);
    const bool lost = was_lost(visit);
    const bool closed = visit.problem && visit.problem->cause == Cause::PortClosed;
    if (!heard && !visit.problem) return;
    // Nothing was sent.
    if (!heard &&
        (visit.problem->cause == Cause::NoAuthorities || visit.problem->cause == Cause::Socket)) {
        return;
    }
    out.anything = true;
    // What breaks off may be a proxy: only STUN shows that the server was reached.
    out.refused |= (heard && !visit.has_answered) || closed;
    out.is_host_heard |= heard || (closed && !visit.problem->is_refused_by_anybody());
    const std::uint16_t port = visit.endpoint.server.port;
    if (!turn::is_stream(server.transport())) {
        out.is_udp_port_closed |= closed && visit.problem->reported_by == visit.endpoint.server.ip;
        if (!lost) return;
        for (std::string& name : names_of(server, visit))
            out.lost_over_udp.insert(std::move(name));
        out.hosts_lost_over_udp.insert(server.uri.host);
        out.udp_ports_lost.insert(port);
        return;
    }
    out.stream_heard |= visit.has_answered;
    if (visit.has_answered) {
        for (std::string& name : names_of(server, visit))
            out.heard_over_streams.insert(std::move(name));
    }
    if (is_web_port(port)) {
        if (visit.has_answered) out.web_ports_heard.insert(port);
    } else if (heard || closed) {
        out.other_ports_heard.insert(port);
    } else if (lost) {
        out.other_ports_lost.insert(port);
    }
}

Tally tally_of(const CallFacts& facts) {
    Tally out;
    for (const auto& server : facts.servers) {
        for (const auto& attempt : server->attempts) {
            if (facts.counts(*attempt)) enter(*server, attempt->visit, out);
        }
    }
    for (const auto& server : facts.servers) {
        for (const auto& attempt : server->attempts) {
            const auto is_in = [&](const std::set<std::string>& names) {
                return std::ranges::any_of(
                    names_of(*server, attempt->visit),
                    [&](const std::string& name) { return names.contains(name); });
            };
            if (!is_in(out.lost_over_udp) || !is_in(out.heard_over_streams)) continue;
            out.silent_hosts.insert(server->uri.host);
            out.silent_networks.insert(discovery::network_of(attempt->visit.endpoint.server.ip));
        }
    }
    return out;
}

bool nat_says_blocked(const CallFacts& facts) {
    return std::ranges::any_of(facts.nats, [&](const NatFacts& nat) {
        return facts.counts(nat) && nat.outcome.udp.verdict == discovery::VerdictKind::Fail &&
               nat.outcome.udp.value != discovery::UdpReachability::NoRoute;
    });
}

/// A failure that rests on one port of several servers.
bool is_of_one_port(const std::string& reason) {
    return reason == discovery::kBlockedUnlessPort || reason == discovery::kProhibitedUnlessPort ||
           reason == discovery::kLocalFirewallUnlessPort;
}

bool is_of_one_server(const std::string& reason) {
    return reason == discovery::kBlockedUnlessServer ||
           reason == discovery::kProhibitedUnlessServer ||
           reason == discovery::kLocalFirewallUnlessServer ||
           reason == discovery::kPortBlockedUnlessServer;
}

/// A router or firewall on the way refuses UDP, and does not just drop it.
bool is_udp_rejected(const CallFacts& facts) {
    return std::ranges::any_of(facts.servers, [&](const auto& server) {
        return !turn::is_stream(server->transport()) &&
               std::ranges::any_of(server->attempts, [&](const auto& attempt) {
                   const auto& problem = attempt->visit.problem;
                   return facts.counts(*attempt) && problem && problem->cause == Cause::Prohibited;
               });
    });
}

std::string list_of(const std::set<std::uint16_t>& ports) {
    std::string out = ports.size() == 1 ? "port " : "ports ";
    for (const std::uint16_t port : ports)
        out += (port == *ports.begin() ? "" : ", ") + std::to_string(port);
    return out;
}

/// The host of a server refused UDP by itself, where nothing listens: so UDP gets there.
bool nat_says_closed_port(const CallFacts& facts) {
    return std::ranges::any_of(facts.nats, [&](const NatFacts& nat) {
        return facts.counts(nat) && nat.outcome.udp.reason == "server-port-closed";
    });
}

bool names_fail(const CallFacts& facts) {
    return std::ranges::any_of(facts.servers, [](const auto& server) {
        return server->lookup_problem && server->lookup_problem->cause == Cause::NameServiceFails;
    });
}

std::string how_udp_ended(const CallFacts& facts) {
    for (const auto& server : facts.servers) {
        if (turn::is_stream(server->transport())) continue;
        for (const auto& attempt : server->attempts) {
            const auto& problem = attempt->visit.problem;
            if (!problem || !facts.counts(*attempt)) continue;
            if (problem->cause == Cause::LocalFirewall) {
                return "this computer's own firewall does not let it out";
            }
            if (problem->cause == Cause::Prohibited) {
                return "a firewall rejects it (" + problem->detail + ')';
            }
        }
    }
    return "nothing comes back";
}

/// A relay over TCP or TLS is named that the network does not keep away (one on a port of the web,
/// where only these are open), and that fails for a cause of its own: with its remedy, calls work.
bool has_failing_relay(const CallFacts& facts, bool on_web_port) {
    return std::ranges::any_of(facts.servers, [&](const auto& server) {
        const Attempt* best = server->best();
        return server->uri.is_turn() && turn::is_stream(server->transport()) && best != nullptr &&
               facts.counts(*best) && (!on_web_port || is_web_port(server->uri.port)) &&
               is_heard(best->visit, *server);
    });
}

report::Finding egress_finding(const CallFacts& facts) {
    const Ways ways = ways_out(facts);
    const Tally tally = tally_of(facts);
    const std::string doubt = blocked_unless(facts);
    const std::string alone = doubt.empty() ? "" : "; unless " + doubt;
    const auto make = [&](Verdict verdict, std::string summary = {}) {
        auto out = call_finding("network/egress", std::move(verdict), std::string(to_string(ways)),
                                std::move(summary));
        // Each server's own evidence is with its section.
        out.evidence_ids = side_by_side_evidence_ids(facts);
        return out;
    };
    report::Finding out = make(Verdict::pass());
    switch (ways) {
        case Ways::Open:
            return make(Verdict::pass(), facts.is_built_in
                                             ? "UDP comes back from the built-in server, which is "
                                               "on this computer: no network was tried"
                                             : "UDP gets out and comes back");
        case Ways::SomePorts:
            return make(Verdict::inconclusive(
                Reason("some-ports",
                       "UDP comes back from servers; whether it gets out to other ports is open: " +
                           facts.doubt_about_ports())));
        case Ways::UdpBlocked:
            out = make(Verdict::fail(Reason(
                "udp-blocked", "UDP is blocked: " + how_udp_ended(facts) +
                                   (tally.stream_heard ? ", while TCP works" : "") + alone)));
            break;
        case Ways::OnlyWebPorts:
            out = make(Verdict::fail(
                Reason("only-443", "Of what was tried, " + web_port_words(facts) + alone)));
            break;
        case Ways::NoNetwork:
            out = make(Verdict::fail(Reason(
                "no-network", "This computer has no route to anywhere: it is not connected")));
            out.severity = report::Severity::Critical;
            out.impact = report::Impact::BreaksCall;
            out.advice = {
                "Connect this computer to a network, or correct its address and default "
                "route."};
            return out;
        case Ways::NamesFail:
            return make(Verdict::not_tested(
                Reason("no-names", "No server could be asked, because no name was found")));
        case Ways::NothingAnswers:
            if (const std::string dead = dead_way_words(facts); !dead.empty()) {
                out = make(Verdict::fail(
                    Reason("preferred-way-dead",
                           static_cast<char>(std::toupper(dead.front())) + dead.substr(1))));
                // What calls do by the other way is open, and so is how bad this is.
                out.severity = report::Severity::Medium;
                out.impact = report::Impact::BreaksCall;
                out.advice = {dead_way_advice(facts)};
                return out;
            }
            return make(Verdict::inconclusive(
                Reason("nothing-answers",
                       "Nothing came back from anybody: the network lets nothing out, or the "
                       "servers are down" +
                           untried_words(facts))));
        case Ways::OnlyRefusals:
            if (!tally.is_host_heard) {
                return make(Verdict::inconclusive(
                    Reason("only-refusals",
                           "Nothing came back but refused connections, by the servers' hosts or by "
                           "a firewall in their name: what gets out of this network is open")));
            }
            return make(Verdict::inconclusive(
                Reason("only-refusals",
                       "Packets get out, since the servers' hosts answered them, if only with a "
                       "refusal, or with what this computer refuses; what else gets out is "
                       "open")));
        case Ways::NotTried:
            if (facts.are_all_on_this_machine()) {
                return make(Verdict::not_tested(
                    Reason("only-this-computer",
                           "Only this computer was asked, which shows nothing of what the network "
                           "lets out")));
            }
            if (nat_says_closed_port(facts) || tally.is_udp_port_closed) {
                return make(Verdict::inconclusive(
                    Reason("server-port-closed",
                           "UDP gets to a server, whose own host refuses it, because nothing "
                           "listens there; whether UDP comes back is open")));
            }
            return make(Verdict::not_tested(Reason("not-asked",
                                                   "Too little was asked to tell what this "
                                                   "network lets out")));
    }
    const bool is_saved = facts.preferred_relay() != nullptr;
    // How bad it is follows from what it does to calls: where that is open, so is this.
    const bool is_open = !doubt.empty() || facts.forbidding_relay() != nullptr ||
                         facts.relay_of_open_reach() != nullptr;
    out.severity = is_saved                     ? report::Severity::Medium
                   : !is_open                   ? report::Severity::Critical
                   : facts.has_unusable_relay() ? report::Severity::High
                                                : report::Severity::Medium;
    out.impact = is_saved || is_open ? report::Impact::NeedsRelay : report::Impact::BreaksCall;
    if (is_saved) {
        out.advice = {"Have UDP to the relay allowed: calls work without it, but worse."};
    } else if (!has_failing_relay(facts, ways == Ways::OnlyWebPorts)) {
        out.advice = {is_open
                          ? std::string(kWithoutUdpAdvice)
                          : "Configure a TURN server that listens on TCP and on TLS port 443, or "
                            "have UDP allowed."};
    }
    return out;
}

}  // namespace

std::string_view to_string(Ways ways) {
    constexpr std::string_view kWords[] = {"open",          "udp-blocked", "only-443",
                                           "no-network",    "names-fail",  "nothing-answers",
                                           "only-refusals", "not-tried",   "some-ports"};
    return kWords[static_cast<std::size_t>(ways)];
}

Ways ways_out(const CallFacts& facts) {
    const bool is_shown = !facts.is_built_in && !facts.are_all_on_this_machine();
    if (!facts.has_route && is_shown) return Ways::NoNetwork;
    if (facts.has_udp()) return facts.doubt_about_ports().empty() ? Ways::Open : Ways::SomePorts;
    const Tally tally = tally_of(facts);
    if (!tally.anything) return names_fail(facts) ? Ways::NamesFail : Ways::NotTried;
    const bool is_known = nat_says_blocked(facts);
    if (!tally.stream_heard && !is_known) {
        return tally.refused ? Ways::OnlyRefusals : Ways::NothingAnswers;
    }
    if (!is_known && nat_says_closed_port(facts)) return Ways::NotTried;
    if (!is_known && tally.is_udp_port_closed) return Ways::NotTried;
    // Of a server that was not asked over UDP, TCP shows nothing of that.
    if (!is_known && tally.silent_hosts.empty()) return Ways::NotTried;
    const bool only_web = !tally.web_ports_heard.empty() && tally.other_ports_heard.empty() &&
                          !tally.other_ports_lost.empty();
    return only_web ? Ways::OnlyWebPorts : Ways::UdpBlocked;
}

bool is_host_heard(const CallFacts& facts) {
    return tally_of(facts).is_host_heard;
}

bool is_blocked(Ways ways) {
    return ways == Ways::UdpBlocked || ways == Ways::OnlyWebPorts;
}

std::string blocked_unless(const CallFacts& facts) {
    const Ways ways = ways_out(facts);
    if (!is_blocked(ways)) return {};
    const Tally tally = tally_of(facts);
    const std::set<std::string>& hosts =
        tally.silent_hosts.empty() ? tally.hosts_lost_over_udp : tally.silent_hosts;
    std::string server =
        (hosts.size() == 1 ? "it is " + *hosts.begin() + " alone" : "it is one server alone") +
        (is_udp_rejected(facts)       ? " to which it is rejected"
         : ways == Ways::OnlyWebPorts ? " that does not answer there"
                                      : " that does not answer over UDP");
    const std::string port = "it is " +
                             (tally.udp_ports_lost.size() == 1 ? list_of(tally.udp_ports_lost)
                                                               : "the port that was asked") +
                             " alone (a server on another one would tell)";
    bool is_judged = false;
    bool rests_on_port = false;
    for (const NatFacts& nat : facts.nats) {
        const discovery::Judgement<discovery::UdpReachability>& udp = nat.outcome.udp;
        if (!facts.counts(nat) || udp.verdict != discovery::VerdictKind::Fail) continue;
        if (udp.value == discovery::UdpReachability::NoRoute) continue;
        if (!is_of_one_server(udp.reason) && !is_of_one_port(udp.reason)) return {};
        is_judged = true;
        rests_on_port |= is_of_one_port(udp.reason);
    }
    if (is_judged) return rests_on_port ? port : server;
    if (tally.silent_networks.size() < 2) return server;
    return tally.udp_ports_lost.size() < 2 ? port : std::string();
}

std::string web_port_words(const CallFacts& facts) {
    const Tally tally = tally_of(facts);
    return "TCP to " + list_of(tally.web_ports_heard) + " gets out, and neither UDP nor TCP to " +
           list_of(tally.other_ports_lost) + " does";
}

bool is_heard(const Visit& visit, const ServerFacts& server) {
    if (visit.has_answered || visit.has_succeeded) return true;
    if (!turn::is_stream(server.transport()) || !visit.problem) return false;
    // Without authorities nothing is sent.
    return visit.problem->step > precall::Step::Connect &&
           visit.problem->cause != Cause::NoAuthorities &&
           !precall::may_be_the_network(visit.problem->cause);
}

bool was_lost(const Visit& visit) {
    return visit.problem && precall::may_be_the_network(visit.problem->cause);
}

bool is_without_udp(Ways ways) {
    return is_blocked(ways) || ways == Ways::NoNetwork;
}

bool explains(Ways ways, const ServerFacts& server, const precall::Visit& visit) {
    if (!was_lost(visit)) return false;
    const bool is_over_udp = !turn::is_stream(server.transport());
    switch (ways) {
        case Ways::NoNetwork:
            return true;
        case Ways::UdpBlocked:
            return is_over_udp;
        case Ways::OnlyWebPorts:
            return is_over_udp || !is_web_port(visit.endpoint.server.port);
        default:
            return false;
    }
}

report::Section network_section(const CallFacts& facts) {
    report::Section out;
    out.id = "network";
    out.title = "The network";
    out.findings.push_back(names_finding(facts));
    out.findings.push_back(egress_finding(facts));
    out.findings.push_back(ipv6_finding(facts));
    out.findings.push_back(portal_finding(facts));
    out.findings.push_back(clock_finding(facts));
    out.findings.push_back(port_mapping_finding(facts));
    return out;
}

}  // namespace portolan::nat_probe
