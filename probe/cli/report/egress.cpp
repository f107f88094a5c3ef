#include "probe/cli/report/egress.hpp"

#include <algorithm>
#include <set>

#include "probe/cli/report/catalogue.hpp"
#include "probe/cli/report/evidence.hpp"
#include "probe/cli/report/surroundings.hpp"

namespace portolan::nat_probe {
namespace {

using precall::Cause;
using precall::Visit;
using report::Reason;
using report::Verdict;

bool is_web_port(std::uint16_t port) {
    return port == 443 || port == 80;
}

/// The server itself answered: with STUN, or, over a stream, with a handshake of TCP.
bool is_heard(const Visit& visit, const ServerFacts& server) {
    if (visit.has_answered || visit.has_succeeded) return true;
    if (!turn::is_stream(server.transport()) || !visit.problem) return false;
    return visit.problem->step > precall::Step::Connect &&
           !precall::may_be_the_network(visit.problem->cause);
}

bool was_lost(const Visit& visit) {
    return visit.problem && precall::may_be_the_network(visit.problem->cause);
}

/// What all visits come to.
struct Tally {
    bool udp_tried = false;
    bool udp_lost = false;  ///< at least one, and none was answered or refused
    bool stream_heard = false;
    bool web_port_heard = false;
    bool other_port_heard = false;
    bool other_port_lost = false;
    bool refused = false;
    bool anything = false;  ///< was tried to its end
    std::set<std::string> hosts_heard;
};

Tally tally_of(const CallFacts& facts) {
    Tally out;
    for (const auto& server : facts.servers) {
        for (const auto& attempt : server->attempts) {
            const Visit& visit = attempt->visit;
            if (!facts.counts(*attempt)) continue;
            if (visit.problem && precall::is_without_route(visit.problem->cause)) continue;
            const bool heard = is_heard(visit, *server);
            const bool lost = was_lost(visit);
            if (!heard && !visit.problem) continue;
            out.anything = true;
            // What breaks off may be a proxy: only STUN shows that the server was reached.
            out.refused |= (heard && !visit.has_answered) ||
                           (visit.problem && visit.problem->cause == Cause::PortClosed);
            if (visit.has_answered) out.hosts_heard.insert(server->uri.host);
            if (!turn::is_stream(server->transport())) {
                out.udp_tried = true;
                out.udp_lost |= lost;
                continue;
            }
            out.stream_heard |= visit.has_answered;
            const bool web = is_web_port(visit.endpoint.server.port);
            out.web_port_heard |= web && visit.has_answered;
            out.other_port_heard |= !web && heard;
            out.other_port_lost |= !web && lost;
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
            // Of "port unreachable" too: where all of UDP is blocked, it comes from no server.
            if (problem->cause == Cause::Prohibited || problem->cause == Cause::PortClosed) {
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
    const std::string alone = tally.hosts_heard.size() == 1
                                  ? "; unless it is " + *tally.hosts_heard.begin() +
                                        " alone that does not answer over UDP"
                                  : "";
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
            out =
                make(Verdict::fail(Reason("udp-blocked", "UDP is blocked: " + how_udp_ended(facts) +
                                                             ", while TCP works" + alone)));
            break;
        case Ways::OnlyWebPorts:
            out = make(Verdict::fail(
                Reason("only-443",
                       "Only TCP to ports 80 and 443 gets out: neither UDP nor TCP to "
                       "other ports comes back" +
                           alone)));
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
            return make(
                Verdict::inconclusive(Reason("nothing-answers",
                                             "Nothing came back from anybody: the network lets "
                                             "nothing out, or the servers are down")));
        case Ways::OnlyRefusals:
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
            if (nat_says_closed_port(facts)) {
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
    out.severity = is_saved ? report::Severity::Medium : report::Severity::Critical;
    out.impact = is_saved ? report::Impact::NeedsRelay : report::Impact::BreaksCall;
    if (is_saved) {
        out.advice = {"Have UDP to the relay allowed: calls work without it, but worse."};
    } else if (!has_failing_relay(facts, ways == Ways::OnlyWebPorts)) {
        out.advice = {
            "Configure a TURN server that listens on TCP and on TLS port 443, or have UDP "
            "allowed."};
    }
    return out;
}

report::Finding names_finding(const CallFacts& facts) {
    std::string failed;
    std::size_t failed_count = 0;
    std::set<std::string> named;
    std::vector<std::string> evidence_ids;
    for (const auto& server : facts.servers) {
        if (server->uri.numeric() || !named.insert(server->uri.host).second) continue;
        evidence_ids.push_back(visit_evidence_ids(*server).front());
        if (!server->lookup_problem || server->lookup_problem->cause != Cause::NameServiceFails) {
            continue;
        }
        ++failed_count;
        failed += (failed.empty() ? "" : "; ") + server->lookup_problem->detail;
    }
    const auto make = [&](Verdict verdict, std::string value, std::string summary = {}) {
        auto out =
            call_finding("network/names", std::move(verdict), std::move(value), std::move(summary));
        out.evidence_ids = evidence_ids;
        return out;
    };
    if (named.empty()) {
        return make(Verdict::not_tested(Reason("no-names", "All servers are named by address")),
                    "");
    }
    if (!facts.has_route) {
        return make(
            Verdict::not_tested(Reason("no-network", "Without a network no name can be looked up")),
            "");
    }
    const bool has_answered = std::ranges::any_of(facts.servers, [](const auto& server) {
        return server->is_looked_up && !server->uri.numeric();
    });
    if (failed_count == 0 && !has_answered) {
        return make(Verdict::not_tested(
                        Reason("out-of-time", "No name had been looked up when the run ended")),
                    "");
    }
    if (failed_count == 0) {
        return make(Verdict::pass(), "answers", "The name service answers");
    }
    auto out = make(Verdict::fail(Reason("name-service-fails",
                                         "The name service (DNS) does not do its work: " + failed)),
                    "failing");
    const bool works = facts.preferred_relay() != nullptr;
    if (works || failed_count < named.size()) out.severity = report::Severity::Medium;
    out.advice = {"Repair the name service (DNS) of this computer or network."};
    return out;
}

report::Finding ipv6_finding(const CallFacts& facts) {
    std::size_t tried_count = 0;
    std::size_t heard_count = 0;
    std::size_t lost_beside_ipv4_count = 0;
    std::vector<std::string> evidence_ids;
    for (const auto& server : facts.servers) {
        const bool ipv4_works = std::ranges::any_of(server->attempts, [&](const auto& each) {
            return each->family == AddressFamily::IPv4 && is_heard(each->visit, *server);
        });
        for (const auto& attempt : server->attempts) {
            const Visit& visit = attempt->visit;
            if (attempt->family != AddressFamily::IPv6 || !facts.counts(*attempt)) continue;
            evidence_ids.push_back(visit_evidence_id(*server, *attempt));
            if (visit.problem && precall::is_without_route(visit.problem->cause)) continue;
            if (!visit.problem && !visit.has_answered) continue;
            ++tried_count;
            if (is_heard(visit, *server)) ++heard_count;
            if (was_lost(visit) && ipv4_works) ++lost_beside_ipv4_count;
        }
    }
    const auto make = [&](Verdict verdict, std::string value, std::string summary = {}) {
        auto out =
            call_finding("network/ipv6", std::move(verdict), std::move(value), std::move(summary));
        out.evidence_ids = evidence_ids;
        return out;
    };
    if (!facts.has_ipv6_route) {
        return make(Verdict::not_tested(Reason("no-ipv6", "This computer has no route for IPv6")),
                    "");
    }
    if (heard_count > 0) return make(Verdict::pass(), "works", "IPv6 leads to the servers");
    if (tried_count == 0) {
        return make(
            Verdict::not_tested(Reason("no-server-address", "No server was asked over IPv6")), "");
    }
    if (lost_beside_ipv4_count < tried_count) {
        return make(Verdict::inconclusive(
                        Reason("no-answer", "Nothing came back over IPv6, nor over IPv4")),
                    "");
    }
    auto out = make(Verdict::fail(Reason("leads-nowhere",
                                         "This computer has a route for IPv6, but no server "
                                         "answers over it, while all of them do over IPv4")),
                    "leads-nowhere");
    out.advice = {
        "Repair IPv6 in this network, or switch it off: calls begin later while it is "
        "tried in vain."};
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
    if (!is_known && (!tally.udp_tried || !tally.udp_lost)) return Ways::NotTried;
    const bool only_web = tally.web_port_heard && !tally.other_port_heard && tally.other_port_lost;
    return only_web ? Ways::OnlyWebPorts : Ways::UdpBlocked;
}

bool is_without_udp(Ways ways) {
    return ways == Ways::UdpBlocked || ways == Ways::OnlyWebPorts || ways == Ways::NoNetwork;
}

bool explains(Ways ways, const ServerFacts& server, const precall::Visit& visit) {
    // A firewall may reject with "port unreachable" as well.
    const bool is_over_udp = !turn::is_stream(server.transport());
    const bool is_rejected = visit.problem && visit.problem->cause == Cause::PortClosed;
    if (!was_lost(visit) && !(is_over_udp && is_rejected)) return false;
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
