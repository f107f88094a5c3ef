#include <algorithm>
#include <set>

#include "probe/discovery/mapping_pattern.hpp"
#include "probe/discovery/observations.hpp"

// What single ports and addresses show of UDP: one that answers beside others that do not, and how
// far silence reaches.
namespace portolan::discovery {

namespace {

using Verdict = Judgement<UdpReachability>;

bool is_answered(const Probe& probe) {
    return std::any_of(probe.arrivals.begin(), probe.arrivals.end(),
                       [&](const Arrival& arrival) { return is_response(probe, arrival); });
}

const Fault* first_fault(const Probe& probe) {
    for (const Fault& fault : probe.faults) {
        if (fault.report.fault != NetworkFault::Other) return &fault;
    }
    return nullptr;
}

/// Asked for long enough without any response.
bool is_unanswered(const Ledger& ledger, const Probe& probe) {
    if (probe.sent.empty() || is_answered(probe)) return false;
    if (first_fault(probe) != nullptr) return true;
    constexpr std::size_t kEnough = 8;
    constexpr Duration kSettles = std::chrono::milliseconds(20);
    const auto rtt = rtt_range(ledger, probe.server);
    return probe.sent.size() >= kEnough &&
           ledger.ended - probe.sent[kEnough - 1] >= (rtt ? rtt->max : kSettles);
}

std::string port_of(const TransportAddress& address) {
    return "port " + std::to_string(address.port);
}

/// How `own` failed, for a sentence: "this host's own firewall refuses it (EPERM)".
std::string failure_at(const Ledger& ledger, const TransportAddress& own) {
    for (const Probe& probe : ledger.probes) {
        const Fault* fault = probe.destination == own ? first_fault(probe) : nullptr;
        if (fault == nullptr) continue;
        const std::string detail = " (" + fault->report.detail + ")";
        if (fault->report.fault == NetworkFault::NotPermitted) {
            return "this host's own firewall refuses it" + detail;
        }
        const auto& by = fault->report.reported_by;
        return (by ? by->to_string() + " rejects it" : "it is rejected") + detail;
    }
    return "nothing comes back";
}

/// Does this host, or a router near it, refuse to carry to `own`?
bool is_refused_nearby(const Ledger& ledger, const TransportAddress& own) {
    return std::any_of(ledger.probes.begin(), ledger.probes.end(), [&](const Probe& probe) {
        return probe.destination == own &&
               std::any_of(probe.faults.begin(), probe.faults.end(), [&](const Fault& fault) {
                   return is_refusal_nearby(ledger, fault, own.ip);
               });
    });
}

/// Was a port that is silent at `own` asked elsewhere too, without an answer?
bool is_silent_elsewhere(const Ledger& ledger, const TransportAddress& own, bool other_network) {
    return std::any_of(ledger.probes.begin(), ledger.probes.end(), [&](const Probe& probe) {
        const TransportAddress& to = probe.destination;
        const bool elsewhere =
            other_network ? network_of(to.ip) != network_of(own.ip) : to.ip != own.ip;
        return elsewhere && to.port == own.port && is_unanswered(ledger, probe);
    });
}

}  // namespace

Tried tried(const Ledger& ledger) {
    Tried all;
    for (const Probe& probe : ledger.probes) {
        if (!is_unanswered(ledger, probe)) continue;
        all.networks.insert(network_of(probe.destination.ip));
        all.addresses.insert(probe.destination.ip);
        all.ports.insert(probe.destination.port);
    }
    return all;
}

std::optional<Verdict> judge_other_points(const Ledger& ledger) {
    const Probe* answered = nullptr;
    std::vector<ProbeId> evidence;
    for (std::size_t i = 0; i < ledger.probes.size(); ++i) {
        const Probe& probe = ledger.probes[i];
        if (probe.role != Role::OtherPoint) continue;
        evidence.push_back(static_cast<ProbeId>(i));
        if (!is_answered(probe)) continue;
        const std::uint16_t own_port =
            ledger.servers[static_cast<std::size_t>(probe.server)].address.port;
        // The same port elsewhere says most: then it is not the port.
        if (answered == nullptr || probe.destination.port == own_port) answered = &probe;
    }
    if (answered == nullptr) return std::nullopt;
    for (std::size_t i = 0; i < ledger.probes.size(); ++i) {
        const Probe& probe = ledger.probes[i];
        if (probe.server == answered->server && probe.role == Role::MapPP) {
            evidence.push_back(static_cast<ProbeId>(i));
        }
    }
    const TransportAddress own = ledger.servers[static_cast<std::size_t>(answered->server)].address;
    const TransportAddress& other = answered->destination;
    const std::string cause = failure_at(ledger, own);
    if (other.port == own.port) {
        return known(VerdictKind::Pass, UdpReachability::Reachable, "",
                     "UDP reaches " + other.to_string() + " and comes back, but not " +
                         own.to_string() + ": " + cause +
                         ", which is about that address and not about UDP",
                     std::move(evidence));
    }
    const std::string what = "UDP to " + port_of(own) + " is blocked, " + port_of(other) +
                             " answers (" + other.to_string() + ", while to " + own.to_string() +
                             " " + cause + ")";
    if (is_refused_nearby(ledger, own) && is_silent_elsewhere(ledger, own, false)) {
        return known(VerdictKind::Fail, UdpReachability::SomePorts, "udp-port-blocked", what,
                     std::move(evidence));
    }
    if (is_silent_elsewhere(ledger, own, true)) {
        return known(VerdictKind::Fail, UdpReachability::SomePorts, "udp-port-blocked",
                     what + "; servers in other networks are silent on that port as well",
                     std::move(evidence));
    }
    if (is_silent_elsewhere(ledger, own, false)) {
        return known(VerdictKind::Fail, UdpReachability::SomePorts, kPortBlockedUnlessServer,
                     what + "; by this server alone: its own UDP on that port may be out of order",
                     std::move(evidence));
    }
    return unknown<UdpReachability>(
        VerdictKind::Inconclusive, kOnePortAnswers,
        "UDP gets out: " + other.to_string() + " answers; but to " + own.to_string() + " " + cause +
            ": whether that port is blocked or that server is out of order, a second server "
            "would tell",
        std::move(evidence));
}

std::optional<Verdict> judge_one_port(const Ledger& ledger) {
    std::set<std::uint16_t> ports;
    for (const Probe& probe : ledger.probes) {
        if (is_answered(probe)) ports.insert(probe.destination.port);
    }
    if (ports.size() != 1) return std::nullopt;
    std::set<std::string> networks;
    const Probe* silent = nullptr;
    const Probe* answering = nullptr;
    bool refused = false;
    std::vector<ProbeId> evidence;
    for (const MappingPattern& pattern : mapping_patterns(ledger)) {
        if (!pattern.pp || !pattern.pa || !pattern.ap || !pattern.aa) continue;
        const auto at = [&](const std::optional<ProbeId>& id) -> const Probe& {
            return ledger.probes[static_cast<std::size_t>(*id)];
        };
        if (!is_answered(at(pattern.pp)) || !is_answered(at(pattern.ap)) ||
            !is_unanswered(ledger, at(pattern.pa)) || !is_unanswered(ledger, at(pattern.aa))) {
            continue;
        }
        answering = &at(pattern.pp);
        silent = &at(pattern.pa);
        networks.insert(network_of(answering->destination.ip));
        refused |= is_refused_nearby(ledger, silent->destination);
        for (const auto& id : {pattern.pp, pattern.pa, pattern.ap, pattern.aa})
            evidence.push_back(*id);
    }
    if (silent == nullptr) return std::nullopt;
    const std::string what = "UDP gets through to " + port_of(answering->destination) +
                             " of both addresses of " + answering->destination.ip.to_string() +
                             "'s server, and to " + port_of(silent->destination) + " of neither";
    if (refused || networks.size() > 1) {
        return known(VerdictKind::Fail, UdpReachability::SomePorts, "udp-some-ports",
                     what +
                         (refused ? " (" + failure_at(ledger, silent->destination) + ")"
                                  : ", and likewise with a server in another network") +
                         ": this network lets UDP out by destination port",
                     std::move(evidence));
    }
    return unknown<UdpReachability>(
        VerdictKind::Inconclusive, kOnePortAnswers,
        what +
            ": this network may let UDP out by destination port, or the server's other port be "
            "closed to all; a second server that supports RFC 5780 would tell",
        std::move(evidence));
}

}  // namespace portolan::discovery
