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

/// The host itself says that nothing listens on that port: the request got there, and ICMP back.
bool is_closed_by_host(const Ledger& ledger, const Probe& probe) {
    return std::any_of(probe.faults.begin(), probe.faults.end(), [&](const Fault& fault) {
        return fault.report.fault == NetworkFault::IcmpPortUnreachable &&
               fault.report.reported_by == probe.destination.ip &&
               ledger.route_local_ip != probe.destination.ip;
    });
}

bool gets_there(const Ledger& ledger, const Probe& probe) {
    return is_answered(probe) || is_closed_by_host(ledger, probe);
}

/// The destination ports that UDP was seen to get to.
std::set<std::uint16_t> open_ports(const Ledger& ledger) {
    std::set<std::uint16_t> ports;
    for (const Probe& probe : ledger.probes) {
        if (gets_there(ledger, probe)) ports.insert(probe.destination.port);
    }
    return ports;
}

/// Asked for long enough without any sign that it gets there.
bool is_unanswered(const Ledger& ledger, const Probe& probe) {
    if (probe.sent.empty() || gets_there(ledger, probe)) return false;
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

/// Was the port of `server`, which is silent there, asked of another server's too, in another
/// network and known to be there, and without an answer?
bool is_silent_at_another(const Ledger& ledger, int server) {
    const TransportAddress& own = ledger.servers[static_cast<std::size_t>(server)].address;
    return std::any_of(ledger.probes.begin(), ledger.probes.end(), [&](const Probe& probe) {
        const TransportAddress& to = probe.destination;
        return probe.server != server && network_of(to.ip) != network_of(own.ip) &&
               to.port == own.port && is_unanswered(ledger, probe) &&
               (answers_stun_otherwise(ledger, probe.server) || is_refused_nearby(ledger, to));
    });
}

/// Was that port asked of any other address, without an answer?
bool is_silent_elsewhere(const Ledger& ledger, const TransportAddress& own) {
    return std::any_of(ledger.probes.begin(), ledger.probes.end(), [&](const Probe& probe) {
        return probe.destination.ip != own.ip && probe.destination.port == own.port &&
               is_unanswered(ledger, probe);
    });
}

/// A server that limits how often it answers is silent now and then, on whatever port.
bool loses_much(const Ledger& ledger, int server) {
    constexpr int kOneIn = 5;
    std::size_t sent_count = 0;
    std::size_t answered_count = 0;
    for (const Probe& probe : ledger.probes) {
        if (probe.server != server || !is_answered(probe)) continue;
        sent_count += probe.sent.size();
        answered_count += std::min(probe.sent.size(), probe.arrivals.size());
    }
    return (sent_count - answered_count) * kOneIn > sent_count;
}

/// " does not answer": for a list of addresses, silent or rejected.
std::string give_no_answer(const std::set<std::string>& names) {
    std::string out;
    for (const std::string& name : names)
        out += (out.empty() ? "" : ", ") + name;
    return out + (names.size() == 1 ? " does not answer" : " do not answer");
}

}  // namespace

Tried tried(const Ledger& ledger) {
    Tried all;
    for (const Probe& probe : ledger.probes) {
        if (is_unanswered(ledger, probe)) all.add(probe.destination);
    }
    return all;
}

Tried refused(const Ledger& ledger) {
    Tried all;
    for (const Probe& probe : ledger.probes) {
        if (!is_unanswered(ledger, probe)) continue;
        // Silence counts beside it only of servers that are known to be there.
        if (first_fault(probe) != nullptr || answers_stun_otherwise(ledger, probe.server)) {
            all.add(probe.destination);
        }
    }
    return all;
}

void Tried::add(const TransportAddress& to) {
    networks.insert(network_of(to.ip));
    addresses.insert(to.ip);
    ports.insert(to.port);
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
            // It is answered, from somewhere else: nothing is blocked on the way there.
            const bool is_from_elsewhere = std::any_of(
                probe.arrivals.begin(), probe.arrivals.end(), [&](const Arrival& arrival) {
                    return arrival.well_formed && arrival.source != probe.destination;
                });
            if (is_from_elsewhere) return std::nullopt;
        }
    }
    const TransportAddress own = ledger.servers[static_cast<std::size_t>(answered->server)].address;
    const TransportAddress& other = answered->destination;
    const bool is_closed =
        std::any_of(ledger.probes.begin(), ledger.probes.end(), [&](const Probe& probe) {
            return probe.destination == own && is_closed_by_host(ledger, probe);
        });
    if (is_closed) {
        return known(VerdictKind::Pass, UdpReachability::Reachable, "",
                     "UDP reaches " + other.to_string() + " and comes back; the host of " +
                         own.to_string() + " says itself that nothing listens there",
                     std::move(evidence));
    }
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
    if (is_refused_nearby(ledger, own) && is_silent_elsewhere(ledger, own)) {
        return known(VerdictKind::Fail, UdpReachability::SomePorts, "udp-port-blocked", what,
                     std::move(evidence));
    }
    if (is_silent_at_another(ledger, answered->server)) {
        return known(VerdictKind::Fail, UdpReachability::SomePorts, "udp-port-blocked",
                     what + "; servers in other networks are silent on that port as well",
                     std::move(evidence));
    }
    if (is_silent_elsewhere(ledger, own)) {
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
    if (open_ports(ledger).size() != 1) return std::nullopt;
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
            !is_unanswered(ledger, at(pattern.pa)) || !is_unanswered(ledger, at(pattern.aa)) ||
            loses_much(ledger, at(pattern.pp).server)) {
            continue;
        }
        answering = &at(pattern.pp);
        silent = &at(pattern.pa);
        refused |= is_refused_nearby(ledger, silent->destination);
        for (const auto& id : {pattern.pp, pattern.pa, pattern.ap, pattern.aa})
            evidence.push_back(*id);
    }
    if (silent == nullptr) return std::nullopt;
    const std::string what = "UDP gets through to " + port_of(answering->destination) +
                             " of both addresses of " + answering->destination.ip.to_string() +
                             "'s server, and to " + port_of(silent->destination) + " of neither";
    if (refused) {
        return known(VerdictKind::Fail, UdpReachability::SomePorts, "udp-some-ports",
                     what + " (" + failure_at(ledger, silent->destination) +
                         "): this network lets UDP out by destination port",
                     std::move(evidence));
    }
    // However many servers show the same: those of one operator are set up alike.
    return unknown<UdpReachability>(
        VerdictKind::Inconclusive, kOnePortAnswers,
        what +
            ": this network may let UDP out by destination port, or the server's other port be "
            "closed to all; a server on another port would tell",
        std::move(evidence));
}

std::optional<Verdict> judge_ports_of_servers(const Ledger& ledger) {
    const std::set<std::uint16_t> open = open_ports(ledger);
    std::set<IpAddress> refused_addresses;
    std::set<std::string> networks;
    std::set<std::string> alive_networks;
    std::set<std::string> names;
    const TransportAddress* example = nullptr;
    std::vector<ProbeId> evidence;
    for (std::size_t i = 0; i < ledger.probes.size(); ++i) {
        const Probe& probe = ledger.probes[i];
        const TransportAddress& to = probe.destination;
        const bool is_own = to == ledger.servers[static_cast<std::size_t>(probe.server)].address;
        if (!is_own || open.contains(to.port) || !is_unanswered(ledger, probe)) continue;
        evidence.push_back(static_cast<ProbeId>(i));
        names.insert(to.to_string());
        networks.insert(network_of(to.ip));
        if (is_refused_nearby(ledger, to)) {
            refused_addresses.insert(to.ip);
            example = &to;
        } else if (answers_stun_otherwise(ledger, probe.server)) {
            alive_networks.insert(network_of(to.ip));
            if (example == nullptr) example = &to;
        }
    }
    if (networks.size() < 2 || open.size() != 1) return std::nullopt;
    const std::string what = "UDP gets through to port " + std::to_string(*open.begin()) +
                             ", while " + give_no_answer(names);
    if (refused_addresses.size() + alive_networks.size() > 1) {
        return known(VerdictKind::Fail, UdpReachability::SomePorts, "udp-some-ports",
                     what + " (" +
                         (refused_addresses.empty() || example == nullptr
                              ? "they answer STUN over TCP or TLS"
                              : failure_at(ledger, *example)) +
                         "): this network lets UDP out by destination port",
                     std::move(evidence));
    }
    return unknown<UdpReachability>(
        VerdictKind::Inconclusive, kOnePortAnswers,
        what +
            ": this network may let UDP out by destination port, or those servers be down; "
            "another one that is not on that port would tell",
        std::move(evidence));
}

}  // namespace portolan::discovery
