#include "probe/cli/report/outside_finding.hpp"

#include <algorithm>
#include <utility>

#include "probe/cli/report/catalogue.hpp"
#include "probe/cli/report/egress.hpp"
#include "probe/cli/report/evidence.hpp"
#include "probe/cli/report/finding_parts.hpp"

namespace portolan::nat_probe {

using precall::Cause;
using precall::Problem;
using report::Reason;
using report::Verdict;

report::Finding outside_finding(const CallFacts& facts, const ServerFacts& server) {
    const precall::FromOutside& outside = server.outside;
    if (facts.is_relay_out_of_reach(server) || server.is_relay_here) {
        return call_not_tested("relay/from-outside", "address-out-of-reach",
                               "What is sent from here to the relay's address, " +
                                   server.best()->visit.relayed->ip.to_string() +
                                   ", does not get to the server (see Relay)");
    }
    if (!server.asks_from_outside) {
        if (!server.no_media_because.empty()) {
            return call_not_tested("relay/from-outside", "left-out", server.no_media_because);
        }
        const bool is_asked_elsewhere = std::ranges::any_of(facts.servers, [&](const auto& other) {
            return other->uri.host == server.uri.host && other->asks_from_outside;
        });
        if (is_asked_elsewhere) {
            return call_not_tested("relay/from-outside", "asked-over-udp",
                                   "It is asked over UDP, of a relay of the same server");
        }
        if (facts.counts(server) && is_without_udp(ways_out(facts))) {
            return call_not_tested("relay/from-outside", "no-udp",
                                   "A stranger's packet takes UDP, which does not get out of this "
                                   "network");
        }
        return call_not_tested(
            "relay/from-outside", "asked-over-udp",
            "It is asked of relays that are reached over UDP without DTLS, of which none of this "
            "server's was");
    }
    if (outside.problem) {
        const Problem& problem = *outside.problem;
        if (problem.cause == Cause::Forbidden) {
            return call_finding(
                "relay/from-outside",
                Verdict::unsupported(reason_of(
                    problem,
                    "The server forbids this host's own address as a peer: " + problem.detail)),
                "", "");
        }
        return call_not_tested("relay/from-outside", "not-tried",
                               "It could not be tried: " + problem.sentence());
    }
    const auto with_evidence = [&](report::Finding finding) {
        finding.evidence_ids = {media_evidence_id(server)};
        return finding;
    };
    if (outside.has_arrived) {
        return with_evidence(call_finding("relay/from-outside", Verdict::pass(), "arrives",
                                          facts.counts(server)
                                              ? "A stranger's packet reaches the relay"
                                              : "A packet of another socket on this computer "
                                                "reaches the relay"));
    }
    if (!outside.is_done) {
        return call_not_tested("relay/from-outside", "out-of-time",
                               "The run ended before it was known");
    }
    const std::string counts = std::to_string(outside.copy_count) + " packets to the relay, " +
                               std::to_string(outside.control_count) +
                               " answers to the control on the same socket";
    // The permission is for one address; a NAT with several may send from another.
    const discovery::Outcome* nat = facts.nat();
    if (nat != nullptr && nat->pooling.known() &&
        *nat->pooling.value != discovery::Pooling::Paired) {
        return with_evidence(call_finding(
            "relay/from-outside",
            Verdict::inconclusive(Reason("several-addresses",
                                         "Nothing arrived, but this network leaves by several "
                                         "public addresses, of which one was permitted: " +
                                             counts)),
            "", ""));
    }
    if (!outside.is_proof_of_closure()) {
        return with_evidence(
            call_finding("relay/from-outside",
                         Verdict::inconclusive(Reason("no-control",
                                                      "Nothing arrived, but the controls did not "
                                                      "either: " +
                                                          counts)),
                         "", ""));
    }
    auto out = call_finding(
        "relay/from-outside",
        Verdict::fail(Reason("relay-closed",
                             "Nothing that a stranger sends to the relay arrives (" + counts +
                                 "): the server's firewall closes its relay ports, or this network "
                                 "lets UDP out to the server's own port alone")),
        "closed", "");
    out.advice = {
        "Open the server's relay ports (49152 to 65535 over UDP, if it has no range of "
        "its own) in its firewall, and check its external address."};
    return with_evidence(std::move(out));
}

}  // namespace portolan::nat_probe
