#include <algorithm>
#include <set>

#include "probe/discovery/mapping_pattern.hpp"
#include "probe/discovery/observations.hpp"

namespace portolan::discovery {

namespace {

using Point = std::pair<TransportAddress, TransportAddress>;  // destination, mapped

const Probe& probe_of(const Ledger& ledger, ProbeId id) {
    return ledger.probes[static_cast<std::size_t>(id)];
}

std::vector<ProbeId> answered_probes(const Ledger& ledger, const MappingPattern& pattern) {
    std::vector<ProbeId> ids;
    for (const auto& id : {pattern.pp, pattern.pa, pattern.ap, pattern.aa}) {
        if (id && first_answer(ledger, probe_of(ledger, *id)) != nullptr) ids.push_back(*id);
    }
    for (const ProbeId id : pattern.others) {
        if (first_answer(ledger, probe_of(ledger, id)) != nullptr) ids.push_back(id);
    }
    return ids;
}

/// Was some destination seen with an unchanged mapping after all the others had been heard? Without
/// that, time and not the destination may have made the difference.
bool reconfirmed(const Ledger& ledger, const std::vector<ProbeId>& ids) {
    for (const ProbeId candidate : ids) {
        const Arrival* last = last_answer(ledger, probe_of(ledger, candidate));
        const bool after_all = std::all_of(ids.begin(), ids.end(), [&](ProbeId other) {
            return other == candidate ||
                   first_answer(ledger, probe_of(ledger, other))->at <= last->at;
        });
        if (after_all && answer_count(ledger, probe_of(ledger, candidate)) > 1) return true;
    }
    return false;
}

Judgement<Mapping> dependent(Mapping mapping, std::string sentence, std::vector<ProbeId> evidence) {
    return known(VerdictKind::Fail, mapping, std::string(to_string(mapping)), std::move(sentence),
                 std::move(evidence));
}

std::string list_of(const std::vector<Point>& points) {
    std::string text;
    for (const auto& [destination, mapped] : points) {
        if (!text.empty()) text += ", ";
        text += destination.to_string() + " sees " + mapped.to_string();
    }
    return text;
}

std::optional<Judgement<Mapping>> judge_local_addresses(const Ledger& ledger,
                                                        const std::vector<ProbeId>& ids);

/// The server's other address may be slow, and not dead.
std::string silent_others(const Ledger& ledger) {
    for (const Probe& probe : ledger.probes) {
        if (probe.role != Role::MapAP && probe.role != Role::MapAA) continue;
        if (probe.sent.empty() || !probe.arrivals.empty()) continue;
        const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(
            ledger.ended - probe.sent.front());
        return " (nothing came from " + probe.destination.to_string() + " within " +
               std::to_string(waited.count()) + " ms)";
    }
    return {};
}

/// What servers without four addresses can show.
Judgement<Mapping> judge_plain(const Ledger& ledger, const std::vector<ProbeId>& ids) {
    std::vector<Point> points;
    std::set<IpAddress> addresses;
    for (const ProbeId id : ids) {
        points.emplace_back(probe_of(ledger, id).destination, *mapped_of(ledger, id));
        addresses.insert(points.back().first.ip);
    }
    const bool same = std::all_of(points.begin(), points.end(), [&](const Point& point) {
        return point.second == points.front().second;
    });
    const bool untranslated = std::all_of(ids.begin(), ids.end(), [&](ProbeId id) {
        return seen_untranslated(ledger, probe_of(ledger, id));
    });
    if (!same && !untranslated) {
        const bool same_ip = std::all_of(points.begin(), points.end(), [&](const Point& point) {
            return point.second.ip == points.front().second.ip;
        });
        if (!same_ip) {
            if (auto local = judge_local_addresses(ledger, ids)) return *local;
            return unknown<Mapping>(
                VerdictKind::Inconclusive, "public-address-varies",
                "the public IP address itself changes with the destination: " + list_of(points),
                ids);
        }
        if (!reconfirmed(ledger, ids)) {
            return unknown<Mapping>(VerdictKind::Inconclusive, "not-reconfirmed",
                                    "mappings differed, but none could be seen a second time to "
                                    "exclude that they had merely changed",
                                    ids);
        }
        return dependent(Mapping::EndpointDependent,
                         "the mapping changes with the destination: " + list_of(points), ids);
    }
    if (addresses.size() < 2) {
        return unknown<Mapping>(
            VerdictKind::NotTested, "one-server-address",
            "only one server address answered" + silent_others(ledger) +
                "; mapping needs two: add a server on another address, or one that supports RFC "
                "5780",
            ids);
    }
    const bool port_varied = std::any_of(points.begin(), points.end(), [&](const Point& point) {
        return point.first.port != points.front().first.port;
    });
    if (port_varied) {
        return known(VerdictKind::Pass, Mapping::EndpointIndependent, "",
                     "the same mapping toward every server, of different addresses and ports", ids);
    }
    return known(
        VerdictKind::Pass, Mapping::AddressIndependent, "",
        "the same mapping toward every server address; all have one port, so dependence on "
        "the port was not seen",
        ids);
}

/// One socket sends from several addresses of this host: its own routing table, not the network,
/// makes the public addresses differ.
std::optional<Judgement<Mapping>> judge_local_addresses(const Ledger& ledger,
                                                        const std::vector<ProbeId>& ids) {
    std::set<IpAddress> locals;
    std::string list;
    for (const ProbeId id : ids) {
        const Probe& probe = probe_of(ledger, id);
        const Arrival* answer = last_answer(ledger, probe);
        if (answer == nullptr || !answer->local_ip) return std::nullopt;
        if (!locals.insert(*answer->local_ip).second) continue;
        list += (list.empty() ? "" : ", ") + answer->local_ip->to_string() + " toward " +
                probe.destination.ip.to_string() + " (seen as " +
                answer->mapped_xor->ip.to_string() + ")";
    }
    if (locals.size() < 2) return std::nullopt;
    return unknown<Mapping>(
        VerdictKind::Inconclusive, "local-address-varies",
        "this host's own routing sends from a different address to different servers: " + list +
            "; look at one with --interface",
        ids);
}

Judgement<Mapping> judge_pattern(const Ledger& ledger, const MappingPattern& pattern,
                                 PatternKind kind) {
    const std::vector<ProbeId> ids = answered_probes(ledger, pattern);
    std::vector<Point> points;
    points.reserve(ids.size());
    for (const ProbeId id : ids) {
        points.emplace_back(probe_of(ledger, id).destination, *mapped_of(ledger, id));
    }
    switch (kind) {
        case PatternKind::Incomplete:
        case PatternKind::Differing:
            return judge_plain(ledger, ids);
        case PatternKind::Same:
            if (points.front().second != points.back().second) {
                return known(
                    VerdictKind::Pass, Mapping::EndpointIndependent, "",
                    "no destination sees another address than this host's own: " + list_of(points),
                    ids);
            }
            return known(VerdictKind::Pass, Mapping::EndpointIndependent, "",
                         "one mapping, " + points.front().second.to_string() +
                             ", toward two addresses and two ports",
                         ids);
        case PatternKind::Drifted:
            return unknown<Mapping>(
                VerdictKind::Inconclusive, "mapping-changed",
                "one destination saw two mappings of one socket: the NAT changed "
                "it while it was in use (RFC 4787 REQ-11 wants determinism)",
                ids);
        case PatternKind::AddressVaries:
            if (auto local = judge_local_addresses(ledger, ids)) return *local;
            return unknown<Mapping>(
                VerdictKind::Inconclusive, "public-address-varies",
                "the public IP address itself changes with the destination: " + list_of(points),
                ids);
        case PatternKind::Mixed:
            return unknown<Mapping>(
                VerdictKind::Inconclusive, "mixed-mappings",
                "the mappings fit no rule, on several sockets: " + list_of(points), ids);
        default:
            break;
    }
    if (!reconfirmed(ledger, ids)) {
        return unknown<Mapping>(
            VerdictKind::Inconclusive, "not-reconfirmed",
            "mappings differed, but none could be seen a second time to exclude "
            "that they had merely changed",
            ids);
    }
    switch (kind) {
        case PatternKind::ByAddress:
            return dependent(Mapping::AddressDependent,
                             "the mapping changes with the destination address: " + list_of(points),
                             ids);
        case PatternKind::ByPort:
            return dependent(Mapping::PortDependent,
                             "the mapping changes with the destination port: " + list_of(points),
                             ids);
        default:
            return dependent(Mapping::AddressAndPortDependent,
                             "every destination sees another mapping: " + list_of(points), ids);
    }
}

void infer_stability(const Ledger& ledger, Outcome& outcome) {
    std::vector<ProbeId> repeated;
    for (std::size_t i = 0; i < ledger.probes.size(); ++i) {
        const Probe& probe = ledger.probes[i];
        if (drifted(ledger, probe)) {
            outcome.stable = known(VerdictKind::Fail, false, "mapping-changed",
                                   probe.destination.to_string() +
                                       " saw the mapping of one socket change during the run "
                                       "(RFC 4787 REQ-11 wants determinism)",
                                   {static_cast<ProbeId>(i)});
            return;
        }
        if (answer_count(ledger, probe) > 1) repeated.push_back(static_cast<ProbeId>(i));
    }
    if (repeated.empty()) {
        outcome.stable =
            unknown<bool>(VerdictKind::NotTested, "seen-once", "no mapping was seen twice");
        return;
    }
    outcome.stable = known(VerdictKind::Pass, true, "", "no mapping changed during the run",
                           std::move(repeated));
}

}  // namespace

void infer_mapping(const Ledger& ledger, Outcome& outcome) {
    infer_stability(ledger, outcome);
    bool collided = false;
    bool decided = false;
    // Where a server turned out to be of no use and another was asked, that one's view counts,
    // unless the first had shown more.
    std::optional<Judgement<Mapping>> before;
    std::optional<int> server;
    for (const MappingPattern& pattern : mapping_patterns(ledger)) {
        if (answered_probes(ledger, pattern).empty()) continue;
        const auto asked = mapping_server(ledger, pattern);
        if (asked && server && asked != server && decided && outcome.mapping.known()) {
            before = outcome.mapping;
        }
        if (asked) server = asked;
        const PatternKind kind = classify(ledger, pattern);
        outcome.mapping = judge_pattern(ledger, pattern, kind);
        decided = true;
        collided |= could_be_collision(ledger, pattern);
    }
    if (!decided) {
        const NoAddress why = why_no_address(ledger, outcome.servers);
        outcome.mapping = unknown<Mapping>(why.verdict, why.reason, why.sentence);
    }
    if (ledger.cut_off && outcome.mapping.verdict == VerdictKind::NotTested) {
        outcome.mapping.verdict = VerdictKind::Inconclusive;
        outcome.mapping.reason = "cut-off";
        outcome.mapping.sentence = "the run ended before the mapping could be seen";
    }
    if (decided && outcome.mapping.known() && wants_another_socket(ledger)) {
        outcome.mapping = unknown<Mapping>(
            VerdictKind::Inconclusive, "not-repeated",
            "a rule was seen on one socket, but not on a second: " + outcome.mapping.sentence,
            outcome.mapping.evidence);
    }
    if (before && !outcome.mapping.known()) outcome.mapping = *before;
    if (outcome.mapping.reason == "one-server-address" &&
        std::any_of(outcome.servers.begin(), outcome.servers.end(),
                    [](const ServerAudit& server) { return server.fell_silent; })) {
        outcome.mapping = unknown<Mapping>(
            VerdictKind::Inconclusive, "server-fell-silent",
            "the server answered at first and then no more, and mapping needs answers from two "
            "addresses: add another server, or try again later",
            outcome.mapping.evidence);
    }
    // Another socket of the same host was treated alike everywhere, so it was not the destination.
    if (collided && outcome.mapping.value == Mapping::EndpointIndependent) {
        outcome.collision = known(VerdictKind::Fail, Collision::Observed, "port-collision",
                                  "one socket was seen with several ports and a fresh one was not: "
                                  "another host was using the first one's port",
                                  outcome.mapping.evidence);
    }
}

}  // namespace portolan::discovery
