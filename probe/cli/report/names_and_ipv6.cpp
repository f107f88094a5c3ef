#include "probe/cli/report/names_and_ipv6.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "probe/cli/report/catalogue.hpp"
#include "probe/cli/report/egress.hpp"
#include "probe/cli/report/evidence.hpp"

namespace portolan::nat_probe {

using precall::Cause;
using precall::Visit;
using report::Reason;
using report::Verdict;

report::Finding names_finding(const CallFacts& facts) {
    std::string failed;
    std::size_t failed_count = 0;
    bool is_silent = true;
    std::set<std::string> named;
    std::vector<std::string> evidence_ids;
    for (const auto& server : facts.servers) {
        if (server->uri.numeric() || !named.insert(server->uri.host).second) continue;
        evidence_ids.push_back(visit_evidence_ids(*server).front());
        if (!server->lookup_problem || server->lookup_problem->cause != Cause::NameServiceFails) {
            continue;
        }
        ++failed_count;
        is_silent &= server->is_lookup_silent;
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
    const std::string what = is_silent ? "does not answer: " : "does not do its work: ";
    auto out =
        make(Verdict::fail(Reason("name-service-fails", "The name service (DNS) " + what + failed)),
             "failing");
    // Relays that are lost with it are a failure; without them it is open how calls go.
    const bool is_of_relay = std::ranges::any_of(facts.servers, [](const auto& server) {
        return server->uri.is_turn() && server->lookup_problem &&
               server->lookup_problem->cause == Cause::NameServiceFails;
    });
    if (!is_of_relay || !facts.has_unusable_relay()) out.severity = report::Severity::Medium;
    out.advice = {"Repair the name service (DNS) of this computer or network."};
    return out;
}

namespace {

/// What came of asking over IPv6, of all servers together.
struct Ipv6Tally {
    std::size_t tried_count = 0;
    std::size_t heard_count = 0;
    std::size_t lost_beside_ipv4_count = 0;
    const Attempt* refused = nullptr;     ///< the first that its own host refused
    const Attempt* rejected = nullptr;    ///< the first that somebody on the way did
    bool is_refused_beside_ipv4 = false;  ///< the same server answers over IPv4
    bool is_ipv4_tried = false;           ///< of the same servers
    bool is_ipv4_asked_of_others = false;
    bool is_ipv4_heard_of_others = false;
    std::set<std::string> lost_hosts = {};  ///< that answer over IPv4
    std::vector<std::string> evidence_ids = {};
};

void add(const CallFacts& facts, const ServerFacts& server, Ipv6Tally& out) {
    const auto is_ipv4 = [](const auto& each) { return each->family == AddressFamily::IPv4; };
    const bool ipv4_works = std::ranges::any_of(server.attempts, [&](const auto& each) {
        return is_ipv4(each) && is_heard(each->visit, server);
    });
    for (const auto& attempt : server.attempts) {
        const Visit& visit = attempt->visit;
        if (attempt->family != AddressFamily::IPv6 || !facts.counts(*attempt)) continue;
        out.evidence_ids.push_back(visit_evidence_id(server, *attempt));
        if (!visit.problem && !visit.has_answered) continue;
        const bool heard = is_heard(visit, server);
        const bool is_closed = visit.problem && visit.problem->cause == Cause::PortClosed;
        // Whatever else there is, nothing was sent.
        if (!heard && !is_closed && !was_lost(visit)) continue;
        if (visit.problem && precall::is_without_route(visit.problem->cause)) continue;
        ++out.tried_count;
        out.is_ipv4_tried |= std::ranges::any_of(server.attempts, is_ipv4);
        const bool is_rejected = visit.problem && visit.problem->cause == Cause::Prohibited;
        if (is_rejected && out.rejected == nullptr) out.rejected = attempt.get();
        if (heard) {
            ++out.heard_count;
        } else if (is_closed && out.refused == nullptr) {
            out.refused = attempt.get();
            out.is_refused_beside_ipv4 = ipv4_works;
        } else if (!is_closed && ipv4_works) {
            ++out.lost_beside_ipv4_count;
            out.lost_hosts.insert(server.uri.host);
        }
    }
}

/// Of the servers that were not asked over IPv6.
void add_ipv4_alone(const CallFacts& facts, const ServerFacts& server, Ipv6Tally& out) {
    const bool is_over_ipv6 = std::ranges::any_of(
        server.attempts, [](const auto& each) { return each->family == AddressFamily::IPv6; });
    if (is_over_ipv6) return;
    for (const auto& attempt : server.attempts) {
        const Visit& visit = attempt->visit;
        if (!facts.counts(*attempt)) continue;
        out.is_ipv4_heard_of_others |= is_heard(visit, server);
        out.is_ipv4_asked_of_others |= is_heard(visit, server) || visit.problem.has_value();
    }
}

/// After "Nothing came back over IPv6": what came over IPv4.
std::string beside_ipv6(const Ipv6Tally& tally) {
    if (tally.is_ipv4_tried && tally.lost_beside_ipv4_count == 0) {
        return ", and over IPv4 these servers do not answer either";
    }
    if (tally.is_ipv4_tried) {
        return ", while of the same servers some answer over IPv4, and some do not";
    }
    if (tally.is_ipv4_heard_of_others) {
        return ", while others that are named answer over IPv4: whether IPv6 leads nowhere, or the "
               "servers that were asked over it are down, is open";
    }
    return tally.is_ipv4_asked_of_others
               ? ", and others that are named do not answer over IPv4 either"
               : ", and no server was asked over IPv4";
}

}  // namespace

report::Finding ipv6_finding(const CallFacts& facts) {
    Ipv6Tally tally;
    for (const auto& server : facts.servers) {
        add(facts, *server, tally);
        add_ipv4_alone(facts, *server, tally);
    }
    const auto make = [&](Verdict verdict, std::string value, std::string summary = {}) {
        auto out =
            call_finding("network/ipv6", std::move(verdict), std::move(value), std::move(summary));
        out.evidence_ids = tally.evidence_ids;
        return out;
    };
    if (!facts.has_ipv6_route) {
        return make(Verdict::not_tested(Reason("no-ipv6", "This computer has no route for IPv6")),
                    "");
    }
    if (tally.heard_count > 0) return make(Verdict::pass(), "works", "IPv6 leads to the servers");
    if (tally.tried_count == 0) {
        return make(
            Verdict::not_tested(Reason("no-server-address", "No server was asked over IPv6")), "");
    }
    if (tally.refused != nullptr) {
        const Visit& visit = tally.refused->visit;
        auto out =
            make(Verdict::inconclusive(Reason(
                     "refused",
                     "No server answers over IPv6, and " + visit.endpoint.server.to_string() +
                         " refuses: " + visit.problem->sentence() +
                         (tally.is_refused_beside_ipv4 ? ", while the same server answers over IPv4"
                                                       : ""))),
                 "");
        if (tally.is_refused_beside_ipv4) {
            out.advice = {
                "Have the server listen on its IPv6 address too, or take that out of the DNS "
                "(AAAA): calls begin later while it is tried in vain."};
        }
        return out;
    }
    if (tally.lost_beside_ipv4_count < tally.tried_count) {
        if (tally.rejected != nullptr) {
            const Visit& visit = tally.rejected->visit;
            return make(Verdict::inconclusive(Reason(
                            "rejected", "No server answers over IPv6 (" +
                                            visit.endpoint.server.to_string() + ": " +
                                            visit.problem->sentence() + ')' + beside_ipv6(tally))),
                        "");
        }
        return make(Verdict::inconclusive(
                        Reason("no-answer", "Nothing came back over IPv6" + beside_ipv6(tally))),
                    "");
    }
    const bool is_one = tally.lost_hosts.size() == 1;
    auto out = make(
        Verdict::fail(Reason("leads-nowhere",
                             "This computer has a route for IPv6, but no server answers over it, "
                             "while all of them do over IPv4" +
                                 (is_one ? "; unless it is " + *tally.lost_hosts.begin() +
                                               " alone that does not answer over IPv6"
                                         : std::string()))),
        "leads-nowhere");
    out.advice = {is_one ? "Repair IPv6 in this network, or switch it off, or have the server "
                           "answer over IPv6: calls begin later while it is tried in vain."
                         : "Repair IPv6 in this network, or switch it off: calls begin later while "
                           "it is tried in vain."};
    return out;
}

}  // namespace portolan::nat_probe
