#include <algorithm>
#include <array>

#include "probe/discovery/observations.hpp"

namespace portolan::discovery {

namespace {

/// The stream that shows most: one that works before one that only shows that the host is there.
const StreamRecord* most_telling_stream(const Ledger& ledger) {
    constexpr std::array kOrder{StreamOutcome::Connected, StreamOutcome::TlsFailed,
                                StreamOutcome::Refused};
    for (const StreamOutcome wanted : kOrder) {
        for (const StreamRecord& stream : ledger.streams) {
            if (stream.report && stream.report->outcome == wanted) return &stream;
        }
    }
    return nullptr;
}

std::string what_answers(const StreamRecord& stream) {
    const std::string over = stream.tls ? "TLS" : "TCP";
    const std::string to = stream.to.to_string();
    if (stream.report->outcome == StreamOutcome::Refused) {
        return to + " answers (with a refusal) over " + over;
    }
    if (stream.report->outcome == StreamOutcome::TlsFailed) {
        return to + " answers over TCP, but TLS to it fails (" + stream.report->detail + ")";
    }
    return to + " answers over " + over;
}

const Fault* most_telling_fault(const Ledger& ledger) {
    // The nearest cause first: what this host forbids never reached a router.
    constexpr std::array kOrder{NetworkFault::NotPermitted, NetworkFault::NoRoute,
                                NetworkFault::IcmpProhibited, NetworkFault::IcmpPortUnreachable,
                                NetworkFault::IcmpUnreachable};
    for (const NetworkFault wanted : kOrder) {
        for (const Fault& fault : ledger.socket_faults) {
            if (fault.report.fault == wanted) return &fault;
        }
        for (const Probe& probe : ledger.probes) {
            for (const Fault& fault : probe.faults) {
                if (fault.report.fault == wanted) return &fault;
            }
        }
    }
    return nullptr;
}

std::string by_whom(const Fault& fault) {
    return fault.report.reported_by ? " by " + fault.report.reported_by->to_string() : "";
}

Judgement<UdpReachability> judge_fault(const Ledger& ledger, const Fault& fault) {
    const std::string detail = " (" + fault.report.detail + ")";
    switch (fault.report.fault) {
        case NetworkFault::NotPermitted:
            return known(VerdictKind::Fail, UdpReachability::LocalFirewall, "local-firewall",
                         "this host's own firewall does not let UDP out" + detail);
        case NetworkFault::NoRoute:
            return known(VerdictKind::Fail, UdpReachability::NoRoute, "no-route",
                         "this host has no route to the server" + detail);
        case NetworkFault::IcmpPortUnreachable: {
            const bool by_server = std::any_of(
                ledger.servers.begin(), ledger.servers.end(),
                [&](const auto& server) { return fault.report.reported_by == server.address.ip; });
            if (by_server) {
                return unknown<UdpReachability>(
                    VerdictKind::Inconclusive, "server-port-closed",
                    "the server's host answers that nothing listens on that UDP port: UDP gets "
                    "there, but this server cannot show more");
            }
            return known(VerdictKind::Fail, UdpReachability::Prohibited, "udp-rejected",
                         "UDP is rejected" + by_whom(fault) + detail);
        }
        case NetworkFault::IcmpProhibited:
            return known(VerdictKind::Fail, UdpReachability::Prohibited, "udp-prohibited",
                         "UDP is administratively prohibited" + by_whom(fault) + detail);
        default:
            return known(VerdictKind::Fail, UdpReachability::NoRoute, "unreachable",
                         "the network reports the server as unreachable" + by_whom(fault) + detail);
    }
}

}  // namespace

void infer_reachability(const Ledger& ledger, Outcome& outcome) {
    std::vector<ProbeId> all;
    for (std::size_t i = 0; i < ledger.probes.size(); ++i) {
        const Probe& probe = ledger.probes[i];
        all.push_back(static_cast<ProbeId>(i));
        if (std::any_of(probe.arrivals.begin(), probe.arrivals.end(),
                        [&](const Arrival& arrival) { return is_response(probe, arrival); })) {
            outcome.udp = known(VerdictKind::Pass, UdpReachability::Reachable, "",
                                "UDP reaches " + probe.destination.to_string() + " and comes back",
                                {static_cast<ProbeId>(i)});
            return;
        }
    }
    if (ledger.servers.empty()) {
        outcome.udp = unknown<UdpReachability>(VerdictKind::NotTested, "no-server",
                                               "there was no server to ask over this family");
        return;
    }
    for (const Stray& stray : ledger.strays) {
        for (const ServerRecord& server : ledger.servers) {
            if (stray.source.ip != server.address.ip) continue;
            outcome.udp = unknown<UdpReachability>(
                VerdictKind::Inconclusive, "replies-do-not-match",
                "datagrams came back from " + stray.source.to_string() +
                    ", but none that answers what was asked (" + stray.what + ")",
                all);
            return;
        }
    }
    const bool wrong_source =
        std::any_of(ledger.probes.begin(), ledger.probes.end(),
                    [](const Probe& probe) { return !probe.arrivals.empty(); });
    if (wrong_source) {
        outcome.udp =
            unknown<UdpReachability>(VerdictKind::Inconclusive, "replies-from-elsewhere",
                                     "replies came only from addresses that were not asked", all);
        return;
    }
    if (const Fault* fault = most_telling_fault(ledger)) {
        outcome.udp = judge_fault(ledger, *fault);
        outcome.udp.evidence = all;
        return;
    }
    const StreamRecord* stream = most_telling_stream(ledger);
    if (stream != nullptr && !ledger.cut_off) {
        outcome.udp = known(
            VerdictKind::Fail, UdpReachability::Silent, "udp-blocked",
            "UDP is dropped silently: nothing came back, while " + what_answers(*stream), all);
        return;
    }
    if (ledger.cut_off) {
        outcome.udp = unknown<UdpReachability>(VerdictKind::Inconclusive, "cut-off",
                                               "the time was up before anything answered", all);
        return;
    }
    outcome.udp = unknown<UdpReachability>(
        VerdictKind::Inconclusive, "no-answer",
        "nothing answered, neither over UDP nor over TCP: the server may be down, or the network "
        "blocks the way",
        all);
}

}  // namespace portolan::discovery
