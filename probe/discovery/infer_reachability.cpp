#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <set>
#include <string>

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

/// No firewall or portal on the way can do that in the server's name.
bool proves_server(const StreamRecord& stream) {
    return stream.answers_stun() ||
           (stream.tls && stream.report && stream.report->outcome == StreamOutcome::Connected);
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

/// Enough copies that loss explains their silence only where nothing works anyway.
constexpr std::size_t kSilentAfter = 10;
/// So many servers of unlike networks that it is not they who are silent.
constexpr std::size_t kSeveral = 3;
constexpr std::uint16_t kStunPort = 3478;  // RFC 8489 s8

bool silent_although_asked(const Ledger& ledger, int server) {
    bool enough = false;
    for (const Probe& probe : ledger.probes) {
        if (probe.server != server) continue;
        // With an ICMP message or an errno there is a cause, and no silence.
        if (!probe.faults.empty() && probe.role != Role::OtherPoint) return false;
        if (probe.sent.empty()) continue;
        const Duration asked_for = std::max(ledger.ended, probe.sent.back()) - probe.sent.front();
        enough |= probe.sent.size() >= kSilentAfter && asked_for >= kSilentAskedFor;
    }
    return enough;
}

/// How long an answer was waited for: what comes later was not seen. "905 ms".
std::string waited_for(const Ledger& ledger) {
    Duration longest{0};
    for (const Probe& probe : ledger.probes) {
        if (!probe.sent.empty()) longest = std::max(longest, ledger.ended - probe.sent.front());
    }
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(longest).count()) +
           " ms";
}

/// The first stream by which STUN answers although it does not over UDP, and in how many networks
/// there are such servers.
struct StunOtherwise {
    const StreamRecord* stream = nullptr;
    std::set<std::string> networks;
};

bool is_same_service(const Ledger& ledger, const StreamRecord& stream) {
    const TransportAddress& own = ledger.servers[static_cast<std::size_t>(stream.server)].address;
    // Behind the port of TLS there may be a server that has nothing to do with a UDP port that
    // somebody chose.
    return stream.to == own || (stream.to.ip == own.ip && own.port == kStunPort);
}

StunOtherwise stun_otherwise(const Ledger& ledger) {
    StunOtherwise out;
    for (const StreamRecord& stream : ledger.streams) {
        if (is_same_service(ledger, stream) && stream.answers_stun() &&
            silent_although_asked(ledger, stream.server)) {
            const ServerRecord& server = ledger.servers[static_cast<std::size_t>(stream.server)];
            if (out.stream == nullptr) out.stream = &stream;
            out.networks.insert(network_of(server.address.ip));
        }
    }
    return out;
}

/// The networks of silent public servers that show over TLS that they are there. What merely takes
/// or refuses a connection may be a firewall or a portal.
std::set<std::string> living_networks(const Ledger& ledger) {
    std::set<std::string> networks;
    for (const StreamRecord& stream : ledger.streams) {
        const IpAddress& ip = ledger.servers[static_cast<std::size_t>(stream.server)].address.ip;
        if (proves_server(stream) && stream.to.ip == ip &&
            ip.address_class() == AddressClass::Global &&
            silent_although_asked(ledger, stream.server)) {
            networks.insert(network_of(ip));
        }
    }
    return networks;
}

/// " from port 3478 (no other was asked)": what silence was seen of.
std::string from_where(const Tried& asked) {
    if (asked.ports.size() != 1) return {};
    return " from port " + std::to_string(*asked.ports.begin()) + " (no other port was asked)";
}

Judgement<UdpReachability> judge_silence(const Ledger& ledger, std::vector<ProbeId> all) {
    if (ledger.cut_off) {
        return unknown<UdpReachability>(VerdictKind::Inconclusive, "cut-off",
                                        "the run ended before anything answered", std::move(all));
    }
    const Tried asked = tried(ledger);
    const auto blocked = [&](std::string code, const std::string& while_what) {
        return known(VerdictKind::Fail, UdpReachability::Silent, std::move(code),
                     "UDP is dropped silently: nothing came back" + from_where(asked) + " in " +
                         waited_for(ledger) + ", while " + while_what,
                     std::move(all));
    };
    const std::string several = asked.ports.size() > 1 ? "udp-blocked" : kBlockedUnlessPort;
    if (const StunOtherwise otherwise = stun_otherwise(ledger); otherwise.stream != nullptr) {
        // A server that answers UDP from an address that was not asked, as one with several
        // addresses may, looks the same behind a filter.
        return blocked(otherwise.networks.size() > 1 ? several : kBlockedUnlessServer,
                       otherwise.stream->to.to_string() + " answers STUN over " +
                           (otherwise.stream->tls ? "TLS" : "TCP"));
    }
    const std::size_t networks = living_networks(ledger).size();
    if (networks >= kSeveral) {
        return blocked(several, "servers in " + std::to_string(networks) +
                                    " networks show over TLS that they are there");
    }
    const StreamRecord* stream = most_telling_stream(ledger);
    if (stream != nullptr && ledger.sabotage.trust_open_ports) {
        return blocked("udp-blocked", what_answers(*stream));
    }
    if (stream != nullptr) {
        return unknown<UdpReachability>(
            VerdictKind::Inconclusive, "server-silent",
            "nothing came back over UDP in " + waited_for(ledger) + ", while " +
                what_answers(*stream) +
                ": that may be its host, or a firewall in its name, and shows neither a blocked "
                "UDP nor that STUN is offered there; name another server, best one that also "
                "speaks STUN over TCP",
            std::move(all));
    }
    return unknown<UdpReachability>(
        VerdictKind::Inconclusive, "no-answer",
        "nothing answered over UDP, and no connection over TCP or TLS was made in that time: the "
        "server may be down, or the network blocks the way",
        std::move(all));
}

/// A port that its own host reports as closed proves that UDP gets there, and ICMP back: whatever
/// silences other servers, it is not a network without UDP.
std::optional<Judgement<UdpReachability>> judge_closed_beside_silent(const Ledger& ledger) {
    std::string closed;
    std::string silent;
    for (std::size_t i = 0; i < ledger.servers.size(); ++i) {
        const TransportAddress& own = ledger.servers[i].address;
        bool asked = false;
        bool refuses = false;
        for (const Probe& probe : ledger.probes) {
            if (probe.server != static_cast<int>(i) || probe.sent.empty()) continue;
            asked = true;
            refuses |=
                std::any_of(probe.faults.begin(), probe.faults.end(), [&](const Fault& fault) {
                    return fault.report.fault == NetworkFault::IcmpPortUnreachable &&
                           fault.report.reported_by == probe.destination.ip &&
                           ledger.route_local_ip != probe.destination.ip;
                });
        }
        if (!asked) continue;
        std::string& list = refuses ? closed : silent;
        list += (list.empty() ? "" : ", ") + own.to_string();
    }
    if (closed.empty() || silent.empty()) return std::nullopt;
    return unknown<UdpReachability>(
        VerdictKind::Inconclusive, "some-servers-silent",
        "UDP gets out, for " + closed +
            " says itself that nothing listens there (ICMP port unreachable); but " + silent +
            " did not answer over UDP: the way to there, or the servers, are at fault; name "
            "another server");
}

/// Something came for a request, though no response did from where it went.
std::optional<Judgement<UdpReachability>> judge_arrivals_without_response(const Ledger& ledger) {
    const Arrival* elsewhere = nullptr;
    for (const Probe& probe : ledger.probes) {
        for (const Arrival& arrival : probe.arrivals) {
            if (arrival.source != probe.destination) {
                if (elsewhere == nullptr) elsewhere = &arrival;
                continue;
            }
            const bool same = arrival.bytes == probe.request;
            return unknown<UdpReachability>(
                VerdictKind::Inconclusive, "replies-do-not-match",
                arrival.source.to_string() +
                    (same ? " sends the requests back instead of answering them"
                          : " answers requests with requests or indications, not with responses"));
        }
    }
    if (elsewhere == nullptr) return std::nullopt;
    return unknown<UdpReachability>(
        VerdictKind::Inconclusive, "replies-from-elsewhere",
        "replies came only from addresses that were not asked, as from " +
            elsewhere->source.to_string());
}

}  // namespace

bool answers_stun_otherwise(const Ledger& ledger, int server) {
    return std::any_of(ledger.streams.begin(), ledger.streams.end(), [&](const auto& stream) {
        return stream.server == server && is_same_service(ledger, stream) && stream.answers_stun();
    });
}

void infer_reachability(const Ledger& ledger, Outcome& outcome) {
    outcome.streams_work = std::any_of(ledger.streams.begin(), ledger.streams.end(), proves_server);
    std::vector<ProbeId> all;
    for (std::size_t i = 0; i < ledger.probes.size(); ++i) {
        const Probe& probe = ledger.probes[i];
        all.push_back(static_cast<ProbeId>(i));
        if (probe.role == Role::OtherPoint) continue;
        if (std::any_of(probe.arrivals.begin(), probe.arrivals.end(),
                        [&](const Arrival& arrival) { return is_response(probe, arrival); })) {
            if (auto one_port = judge_one_port(ledger)) {
                outcome.udp = std::move(*one_port);
                return;
            }
            if (auto some_ports = judge_ports_of_servers(ledger)) {
                outcome.udp = std::move(*some_ports);
                return;
            }
            outcome.udp = known(VerdictKind::Pass, UdpReachability::Reachable, "",
                                "UDP reaches " + probe.destination.to_string() + " and comes back",
                                {static_cast<ProbeId>(i)});
            return;
        }
    }
    if (auto verdict = judge_other_points(ledger)) {
        outcome.udp = std::move(*verdict);
        return;
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
    if (auto verdict = judge_arrivals_without_response(ledger)) {
        outcome.udp = std::move(*verdict);
        outcome.udp.evidence = all;
        return;
    }
    if (auto verdict = judge_closed_beside_silent(ledger)) {
        outcome.udp = std::move(*verdict);
        outcome.udp.evidence = all;
        return;
    }
    if (auto verdict = judge_faults(ledger)) {
        outcome.udp = std::move(*verdict);
        outcome.udp.evidence = all;
        // Where faults and silence mix, STUN that is answered otherwise still settles it.
        if (outcome.udp.known() || stun_otherwise(ledger).stream == nullptr) return;
    }
    outcome.udp = judge_silence(ledger, std::move(all));
}

}  // namespace portolan::discovery
