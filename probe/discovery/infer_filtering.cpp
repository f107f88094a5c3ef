#include <algorithm>

#include "probe/discovery/filter_reading.hpp"
#include "probe/discovery/observations.hpp"

namespace portolan::discovery {

namespace {

using Verdict = Judgement<Filtering>;

Verdict unsupported(std::string reason, std::string sentence) {
    return unknown<Filtering>(VerdictKind::Unsupported, std::move(reason), std::move(sentence));
}

std::vector<ProbeId> evidence_of(const FilterReading& reading,
                                 const ChangeControlReading& control) {
    std::vector<ProbeId> ids;
    for (const ProbeId id : {reading.control, reading.change, control.probe}) {
        if (id >= 0) ids.push_back(id);
    }
    return ids;
}

/// Why no attempt could be made with any server.
Verdict judge_servers(const Ledger& ledger, const Outcome& outcome) {
    const ServerAudit* answering = nullptr;
    for (const ServerAudit& audit : outcome.servers) {
        const bool better = answering == nullptr ||
                            (!answering->has_mapped_address && audit.has_mapped_address) ||
                            (!answering->has_other_address && audit.has_other_address);
        if (audit.answers && better) {
            answering = &audit;
        }
    }
    const NoAddress why = why_no_address(ledger, outcome.servers);
    if (answering == nullptr && why.reason == "no-mapped-address") {
        return unknown<Filtering>(VerdictKind::NotTested, "no-answer",
                                  "no server gave a usable answer");
    }
    if (answering == nullptr || !answering->has_mapped_address) {
        return unknown<Filtering>(why.verdict, why.reason, why.sentence);
    }
    if (answering->rejects_change_request) {
        return unsupported("server-rejects-change-request",
                           "the server does not support CHANGE-REQUEST (420)");
    }
    if (!answering->has_other_address) {
        return unsupported(
            "no-rfc5780-server",
            "no server supports RFC 5780 (OTHER-ADDRESS), so filtering cannot be seen");
    }
    if (!answering->other_address_usable) {
        return unsupported("other-address-unusable", "the server " + answering->faults.front());
    }
    if (!answering->origin_true) {
        return unsupported("server-origin-false",
                           "RESPONSE-ORIGIN differs from where replies come from: this server is "
                           "not believed");
    }
    return unknown<Filtering>(VerdictKind::Inconclusive, "not-finished",
                              "the filtering test did not get to an end");
}

std::optional<Verdict> judge_server_fault(FilterAnswer answer) {
    switch (answer) {
        case FilterAnswer::ServerIgnores:
            return unsupported("server-ignores-change-request",
                               "the server answers CHANGE-REQUEST from where it was asked");
        case FilterAnswer::ServerRejects:
            return unsupported("server-rejects-change-request",
                               "the server does not support CHANGE-REQUEST (420)");
        case FilterAnswer::ServerWrongAddress:
            return unsupported(
                "server-wrong-reply-address",
                "the server answers CHANGE-REQUEST from an address it did not announce");
        case FilterAnswer::ServerError:
            return unsupported("server-error", "the server answers CHANGE-REQUEST with an error");
        case FilterAnswer::ServerFaulty:
            return unsupported(
                "server-faulty",
                "what the server sends after a CHANGE-REQUEST is no usable answer, so that neither "
                "its arrival nor its absence means anything");
        default:
            return std::nullopt;
    }
}

bool public_address_varies(const Ledger& ledger, int server) {
    std::optional<IpAddress> seen;
    for (const Probe& probe : ledger.probes) {
        if (probe.server != server) continue;
        for (const Arrival& arrival : probe.arrivals) {
            if (!is_answer(ledger, probe, arrival)) continue;
            if (seen && *seen != arrival.mapped_xor->ip) return true;
            seen = arrival.mapped_xor->ip;
        }
    }
    return false;
}

std::string waited_for(const Ledger& ledger, ProbeId id) {
    const Probe& probe = ledger.probes[static_cast<std::size_t>(id)];
    const auto waited =
        std::chrono::duration_cast<std::chrono::milliseconds>(ledger.ended - probe.sent.front());
    return std::to_string(waited.count()) + " ms";
}

/// Silence is believed only after the server has been seen to honour that very CHANGE-REQUEST.
std::optional<Verdict> judge_control(const Ledger& ledger, Role question, int server,
                                     const ChangeControlReading& control) {
    if (ledger.sabotage.skip_controls || ledger.sabotage.single_copy) return std::nullopt;
    if (control.state == ChangeControl::Confirmed) return std::nullopt;
    const Role point = question == Role::FilterIpPort ? Role::MapAA : Role::MapPA;
    const auto alternate =
        std::find_if(ledger.probes.begin(), ledger.probes.end(), [&](const Probe& probe) {
            return probe.role == point && probe.server == server && !probe.sent.empty();
        });
    if (alternate != ledger.probes.end() && first_answer(ledger, *alternate) == nullptr) {
        for (const Arrival& arrival : alternate->arrivals) {
            const std::string flaw = reply_flaw(ledger, *alternate, arrival);
            if (flaw.empty() || arrival.source != alternate->destination) continue;
            return unsupported("server-faulty", "the server's other address " +
                                                    alternate->destination.to_string() +
                                                    " is not believed: it " + flaw);
        }
    }
    if (auto fault = judge_server_fault(control.answer)) return fault;
    if (alternate != ledger.probes.end() && first_answer(ledger, *alternate) == nullptr &&
        !ledger.cut_off) {
        return unsupported("other-address-silent",
                           "the server's other address " + alternate->destination.to_string() +
                               " does not answer, so silence from it means nothing");
    }
    if (control.state == ChangeControl::Unanswered && !control.used_response_port) {
        if (public_address_varies(ledger, server)) {
            return unknown<Filtering>(
                VerdictKind::Inconclusive, "change-request-unconfirmed",
                "no reply from the other address came in, but the public address of this host "
                "changed during the run, so that replies may have gone to the former one");
        }
        const Probe& asked = ledger.probes[static_cast<std::size_t>(control.probe)];
        if (std::none_of(ledger.probes.begin(), ledger.probes.end(), [&](const Probe& probe) {
                return probe.role == point && probe.socket == asked.socket &&
                       is_path_renewed(ledger, asked, probe);
            })) {
            return unknown<Filtering>(
                VerdictKind::Inconclusive, "change-request-unconfirmed",
                "no reply from the other address came in, but that address then answered nothing "
                "any more: the way to it may have been shut in between");
        }
        return unsupported(
            "change-request-not-honoured",
            "the server left CHANGE-REQUEST unanswered where its reply should have come in: it "
            "does not honour it, or takes longer for it than the " +
                waited_for(ledger, control.probe) + " that were waited");
    }
    if (control.state == ChangeControl::Unanswered) {
        return unknown<Filtering>(
            VerdictKind::Inconclusive, "change-request-unconfirmed",
            "no reply from the other address came in, but behind this mapping only a server with "
            "RESPONSE-PORT could have shown that it sends them; this one did not");
    }
    return unknown<Filtering>(
        VerdictKind::Inconclusive, "change-request-unconfirmed",
        "no reply from the other address came in, and it was not shown that the "
        "server sends them");
}

/// Silence does not say where the reply was dropped. That the server sends such replies is shown,
/// to where a request had gone before: a firewall of its own that lets out nothing else, even so.
std::string where(const Outcome& outcome) {
    if (outcome.translation.value == Translation::None) {
        return "a firewall (perhaps this host's own, or the server's)";
    }
    return "the NAT (or a firewall, this host's own or the server's)";
}

std::string socket_name(const Ledger& ledger, const FilterReading& reading) {
    const SocketRecord* socket =
        ledger.socket(ledger.probes[static_cast<std::size_t>(reading.change)].socket);
    return "local port " + (socket != nullptr ? std::to_string(socket->local.port) : "?");
}

bool on_one_socket(const Ledger& ledger, const FilterReading& one, const FilterReading& other) {
    return one.change >= 0 && other.change >= 0 &&
           ledger.probes[static_cast<std::size_t>(one.change)].socket ==
               ledger.probes[static_cast<std::size_t>(other.change)].socket;
}

/// No filter of RFC 4787 treats two sockets of one host differently; a forwarded port range does.
Verdict sockets_differ(const Ledger& ledger, const FilterReading& open,
                       const std::string& what_comes, const FilterReading& silent,
                       const std::string& what_stays_out, std::vector<ProbeId> evidence) {
    return unknown<Filtering>(
        VerdictKind::Inconclusive, "sockets-differ",
        "two sockets of this host are filtered differently: packets " + what_comes +
            " come in to " + socket_name(ledger, open) + ", and " + what_stays_out +
            " comes in to " + socket_name(ledger, silent) + " (a forwarded port range does that)",
        std::move(evidence));
}

/// Plain requests of one socket are answered, and those of others never, however many: a NAT has a
/// port for the first and for no other.
std::optional<Verdict> judge_deaf_sockets(const Ledger& ledger, int server) {
    constexpr std::size_t kEnough = 20;
    int mapped = 0;
    int deaf = 0;
    std::size_t fewest = 0;
    for (const Probe& probe : ledger.probes) {
        if (probe.server != server ||
            (probe.role != Role::MapPP && probe.role != Role::FilterControl)) {
            continue;
        }
        if (first_answer(ledger, probe) != nullptr) {
            ++mapped;
        } else if (probe.sent.size() >= kEnough && probe.arrivals.empty()) {
            fewest = deaf == 0 ? probe.sent.size() : std::min(fewest, probe.sent.size());
            ++deaf;
        }
    }
    if (mapped == 0 || deaf == 0) return std::nullopt;
    return unknown<Filtering>(
        VerdictKind::Inconclusive, "sockets-unanswered",
        "of " + std::to_string(mapped + deaf) + " sockets only " + std::to_string(mapped) +
            " got answers from the server, and the rest none to " + std::to_string(fewest) +
            " requests each: the NAT has no port left for them, or it lets out only the first, or "
            "the server or a router limits how much it lets through");
}

Verdict judge_attempt(const Ledger& ledger, const Outcome& outcome, int server, int attempt) {
    const FilterReading ip_port = read_filter(ledger, Role::FilterIpPort, attempt, ledger.ended);
    const FilterReading port = read_filter(ledger, Role::FilterPort, attempt, ledger.ended);
    const FilterReading again = read_filter(ledger, Role::FilterIpPortAgain, attempt, ledger.ended);
    for (const FilterReading& reading : {ip_port, port, again}) {
        if (auto fault = judge_server_fault(reading.answer)) {
            fault->evidence = evidence_of(reading, {});
            return *fault;
        }
    }
    const ChangeControlReading both_control =
        read_change_control(ledger, Role::FilterIpPort, attempt, ledger.ended);
    const ChangeControlReading port_control =
        read_change_control(ledger, Role::FilterPort, attempt, ledger.ended);
    std::vector<ProbeId> evidence = evidence_of(ip_port, both_control);
    const auto port_evidence = evidence_of(port, port_control);

    const bool one_socket = on_one_socket(ledger, ip_port, port);
    if (ip_port.answer == FilterAnswer::Open && (one_socket || port.answer == FilterAnswer::Open)) {
        return known(VerdictKind::Pass, Filtering::EndpointIndependent, "",
                     "packets come in from any address", evidence);
    }
    if (ip_port.answer == FilterAnswer::Open && port.answer == FilterAnswer::Silent) {
        evidence.insert(evidence.end(), port_evidence.begin(), port_evidence.end());
        return sockets_differ(ledger, ip_port, "from any address", port,
                              "nothing from another port of the server", evidence);
    }
    for (const FilterReading& reading : {ip_port, port, again}) {
        if (reading.answer == FilterAnswer::Contaminated) {
            return unknown<Filtering>(VerdictKind::Inconclusive, "alternate-contacted-before",
                                      "a packet came in from the other address, but only after "
                                      "another socket of this host had sent to it",
                                      evidence);
        }
    }
    if (ip_port.answer != FilterAnswer::Silent ||
        (port.answer != FilterAnswer::Silent && port.answer != FilterAnswer::Open)) {
        if (auto verdict = judge_deaf_sockets(ledger, server)) {
            verdict->evidence = evidence;
            return *verdict;
        }
        const ServerAudit& audit = outcome.servers[static_cast<std::size_t>(server)];
        std::string why = "too few controls were answered to tell filtering from loss";
        if (audit.fell_silent) {
            why = "the server answered at first and then no more, so that silence says nothing";
        } else if (audit.plain_sent >= 20 && audit.plain_unanswered * 2 >= audit.plain_sent) {
            why += ": of " + std::to_string(audit.plain_sent) + " plain requests " +
                   std::to_string(audit.plain_unanswered) +
                   " got no answer (the server or a router limits them, or packets are lost)";
        }
        return unknown<Filtering>(VerdictKind::Inconclusive, "silence-not-proven", std::move(why),
                                  evidence);
    }
    if (auto verdict = judge_control(ledger, Role::FilterIpPort, server, both_control)) {
        verdict->evidence = evidence;
        return *verdict;
    }
    evidence.insert(evidence.end(), port_evidence.begin(), port_evidence.end());
    if (port.answer == FilterAnswer::Open) {
        if (again.change >= 0) evidence.push_back(again.change);
        if (again.answer == FilterAnswer::Open) {
            return sockets_differ(ledger, again, "from any address", ip_port,
                                  "nothing from another address", evidence);
        }
        if (!one_socket && again.answer != FilterAnswer::Silent) {
            return unknown<Filtering>(
                VerdictKind::Inconclusive, "not-on-one-socket",
                "one socket lets in another port of the server and another socket does not let in "
                "another address; that one and the same socket does both was not seen",
                evidence);
        }
        Verdict verdict =
            known(VerdictKind::Pass, Filtering::AddressDependent, "",
                  where(outcome) + " lets packets in only from addresses this host has sent to",
                  evidence);
        verdict.error_bound =
            one_socket ? ip_port.error_bound : std::max(ip_port.error_bound, again.error_bound);
        return verdict;
    }
    if (auto verdict = judge_control(ledger, Role::FilterPort, server, port_control)) {
        verdict->evidence = evidence;
        return *verdict;
    }
    Verdict verdict = known(
        VerdictKind::Pass, Filtering::AddressAndPortDependent, "",
        where(outcome) + " lets packets in only from addresses and ports this host has sent to",
        evidence);
    verdict.error_bound = std::max(ip_port.error_bound, port.error_bound);
    return verdict;
}

}  // namespace

void infer_filtering(const Ledger& ledger, Outcome& outcome) {
    int last = -1;
    for (const Probe& probe : ledger.probes) {
        if (probe.role == Role::FilterIpPort) last = std::max(last, probe.attempt);
    }
    if (outcome.udp.verdict == VerdictKind::Fail &&
        outcome.udp.value != UdpReachability::SomePorts) {
        outcome.filtering =
            unknown<Filtering>(VerdictKind::NotTested, "no-udp", "UDP does not get through at all");
        return;
    }
    // The last server that qualified counts, unless an earlier one had shown more.
    const std::set<IpAddress> inside = inside_destinations(ledger);
    std::optional<Verdict> verdict;
    for (int attempt = last; attempt >= 0; --attempt) {
        const auto question =
            std::find_if(ledger.probes.begin(), ledger.probes.end(), [&](const Probe& probe) {
                return probe.role == Role::FilterIpPort && probe.attempt == attempt;
            });
        if (question == ledger.probes.end()) continue;
        const ServerAudit& audit = outcome.servers[static_cast<std::size_t>(question->server)];
        if (!audit.answers || !audit.has_mapped_address || !audit.other_address_usable ||
            !audit.origin_true) {
            continue;
        }
        if (inside.contains(
                ledger.servers[static_cast<std::size_t>(question->server)].address.ip)) {
            if (!verdict) {
                verdict = unknown<Filtering>(
                    VerdictKind::NotTested, "server-inside",
                    "the server that could show it is reached without the NAT: name one outside");
            }
            continue;
        }
        Verdict found = judge_attempt(ledger, outcome, question->server, attempt);
        if (!verdict || verdict->reason == "server-inside" || found.known())
            verdict = std::move(found);
        if (verdict->known()) break;
    }
    if (!verdict) {
        outcome.filtering = judge_servers(ledger, outcome);
        return;
    }
    outcome.filtering = std::move(*verdict);
    if (ledger.cut_off && outcome.filtering.verdict == VerdictKind::Inconclusive) {
        outcome.filtering.sentence += " (the run ended before that)";
    }
}

}  // namespace portolan::discovery
