#include <algorithm>
#include <cstdlib>
#include <set>

#include "probe/discovery/mapping_pattern.hpp"
#include "probe/discovery/observations.hpp"

namespace portolan::discovery {

namespace {

struct Sample {
    ProbeId probe = 0;
    SocketId socket = 0;
    std::uint16_t local_port = 0;
    TransportAddress mapped;
};

/// The first mapping of each socket, all toward a server's own address, in the order they were
/// made.
std::vector<Sample> one_per_socket(const Ledger& ledger) {
    std::vector<Sample> samples;
    const std::set<IpAddress> inside = inside_destinations(ledger);
    for (std::size_t i = 0; i < ledger.probes.size(); ++i) {
        const Probe& probe = ledger.probes[i];
        if (probe.role != Role::MapPP && probe.role != Role::FilterControl &&
            probe.role != Role::HairpinControl && probe.role != Role::MapOther) {
            continue;
        }
        const Arrival* answer = first_answer(ledger, probe);
        const SocketRecord* socket = ledger.socket(probe.socket);
        if (answer == nullptr || socket == nullptr || inside.contains(probe.destination.ip)) {
            continue;
        }
        // Through a NAT64 and past it, addresses and ports are not of one kind.
        if (!samples.empty() && samples.front().mapped.family() != answer->mapped_xor->family()) {
            continue;
        }
        const bool seen = std::any_of(samples.begin(), samples.end(), [&](const Sample& sample) {
            return sample.socket == probe.socket;
        });
        if (seen) continue;
        samples.push_back(
            {static_cast<ProbeId>(i), probe.socket, socket->local.port, *answer->mapped_xor});
    }
    return samples;
}

/// The constant small difference between successive ports, 0 when there is none.
int constant_step(const std::vector<std::uint16_t>& ports) {
    constexpr int kLargestStep = 16;
    if (ports.size() < 3) return 0;
    const int step = ports[1] - ports[0];
    if (step == 0 || std::abs(step) > kLargestStep) return 0;
    for (std::size_t i = 2; i < ports.size(); ++i) {
        if (ports[i] - ports[i - 1] != step) return 0;
    }
    return step;
}

/// The ports of the mappings one socket got toward PA, AP and AA, made at the same moment.
std::vector<std::uint16_t> ports_of_points(const Ledger& ledger) {
    std::vector<std::uint16_t> ports;
    for (const MappingPattern& pattern : mapping_patterns(ledger)) {
        if (pattern.attempt != 0) continue;
        for (const auto& id : {pattern.pa, pattern.ap, pattern.aa}) {
            if (const auto mapped = mapped_of(ledger, id)) ports.push_back(mapped->port);
        }
    }
    return ports;
}

bool all_untranslated(const Ledger& ledger, const std::vector<ProbeId>& ids) {
    return std::all_of(ids.begin(), ids.end(), [&](ProbeId id) {
        return seen_untranslated(ledger, ledger.probes[static_cast<std::size_t>(id)]);
    });
}

/// How many of the mappings seen, toward whatever destination, have the port of their socket.
struct KeptPorts {
    int kept = 0;
    int seen = 0;
    [[nodiscard]] bool some_only() const { return kept > 0 && kept < seen; }
};

KeptPorts kept_ports(const Ledger& ledger) {
    KeptPorts ports;
    const std::set<IpAddress> inside = inside_destinations(ledger);
    for (const Probe& probe : ledger.probes) {
        const SocketRecord* socket = ledger.socket(probe.socket);
        if (socket == nullptr || inside.contains(probe.destination.ip)) continue;
        const Arrival* last = nullptr;
        for (const Arrival& arrival : probe.arrivals) {
            if (!is_answer(ledger, probe, arrival)) continue;
            if (last != nullptr && last->mapped_xor == arrival.mapped_xor) continue;
            last = &arrival;
            ++ports.seen;
            if (arrival.mapped_xor->port == socket->local.port) ++ports.kept;
        }
    }
    return ports;
}

/// " toward 192.0.2.1", where that is all that was asked: others may be told another address.
std::string toward(const Ledger& ledger, const std::vector<ProbeId>& ids) {
    std::set<IpAddress> destinations;
    for (const ProbeId id : ids)
        destinations.insert(ledger.probes[static_cast<std::size_t>(id)].destination.ip);
    return destinations.size() == 1 ? " toward " + destinations.begin()->to_string() : "";
}

void infer_pooling(const Ledger& ledger, const std::vector<Sample>& samples, Outcome& outcome) {
    for (const MappingPattern& pattern : mapping_patterns(ledger)) {
        std::set<IpAddress> addresses;
        std::vector<ProbeId> evidence;
        const auto look = [&](ProbeId id) {
            if (const auto mapped = mapped_of(ledger, id)) {
                addresses.insert(mapped->ip);
                evidence.push_back(id);
            }
        };
        for (const auto& id : {pattern.pp, pattern.pa, pattern.ap, pattern.aa}) {
            if (id) look(*id);
        }
        for (const ProbeId id : pattern.others)
            look(id);
        if (addresses.size() < 2 || all_untranslated(ledger, evidence)) continue;
        std::string list;
        for (const IpAddress& address : addresses)
            list += " " + address.to_string();
        outcome.pooling = known(VerdictKind::Fail, Pooling::MultiEgress, "multi-egress",
                                "one socket leaves by several public addresses, depending on the "
                                "destination:" +
                                    list,
                                evidence);
        return;
    }
    std::set<IpAddress> addresses;
    std::vector<ProbeId> evidence;
    for (const Sample& sample : samples) {
        addresses.insert(sample.mapped.ip);
        evidence.push_back(sample.probe);
    }
    if (addresses.size() > 1 && all_untranslated(ledger, evidence)) {
        outcome.pooling = unknown<Pooling>(
            VerdictKind::NotTested, "no-nat",
            "this host has several addresses of its own, and servers see them as they are: no NAT "
            "shares out public addresses",
            evidence);
    } else if (samples.size() < 2) {
        outcome.pooling = unknown<Pooling>(
            VerdictKind::NotTested, "one-socket",
            samples.empty() ? "too few sockets got an answer" : "only one socket got an answer");
    } else if (addresses.size() > 1) {
        outcome.pooling =
            known(VerdictKind::Fail, Pooling::Arbitrary, "pooling-arbitrary",
                  "sockets of this host get different public addresses (RFC 4787 REQ-2 "
                  "recommends one)",
                  evidence);
    } else {
        outcome.pooling = known(VerdictKind::Pass, Pooling::Paired, "",
                                "all " + std::to_string(samples.size()) +
                                    " sockets share one public address" + toward(ledger, evidence),
                                evidence);
    }
}

}  // namespace

void infer_ports(const Ledger& ledger, Outcome& outcome) {
    const std::vector<Sample> samples = one_per_socket(ledger);
    infer_pooling(ledger, samples, outcome);
    const bool collision_seen = outcome.collision.value == Collision::Observed;
    if (outcome.translation.value == Translation::None) {
        outcome.ports = unknown<PortBehaviour>(VerdictKind::NotTested, "no-nat",
                                               "without a NAT there are no ports to assign");
        outcome.collision = unknown<Collision>(VerdictKind::NotTested, "no-nat",
                                               "without a NAT ports cannot collide");
        return;
    }
    if (samples.empty()) {
        const NoAddress why = why_no_address(ledger, outcome.servers);
        outcome.ports = unknown<PortBehaviour>(VerdictKind::NotTested, why.reason, why.sentence);
        outcome.collision = unknown<Collision>(VerdictKind::NotTested, why.reason, why.sentence);
        return;
    }
    if (samples.size() < 3) {
        outcome.ports = unknown<PortBehaviour>(VerdictKind::Inconclusive, "too-few-sockets",
                                               "fewer than three sockets got an answer");
        if (!collision_seen) {
            outcome.collision = unknown<Collision>(VerdictKind::Inconclusive, "too-few-sockets",
                                                   "fewer than three sockets got an answer");
        }
        return;
    }
    PortBehaviour ports;
    ports.samples = static_cast<int>(samples.size());
    ports.lowest = 65535;
    ports.parity_kept = true;
    bool preserving = true;
    std::vector<ProbeId> evidence;
    std::vector<std::uint16_t> by_socket;
    for (const Sample& sample : samples) {
        ports.lowest = std::min(ports.lowest, sample.mapped.port);
        ports.highest = std::max(ports.highest, sample.mapped.port);
        ports.parity_kept &= sample.mapped.port % 2 == sample.local_port % 2;
        preserving &= sample.mapped.port == sample.local_port;
        by_socket.push_back(sample.mapped.port);
        evidence.push_back(sample.probe);
    }
    const KeptPorts kept = kept_ports(ledger);
    // No NAT keeps a port by chance: where some are kept, those that are not were taken, or are not
    // the NAT's to give.
    if (kept.some_only() && !collision_seen) {
        const std::string sentence = "external ports equal internal ones in " +
                                     std::to_string(kept.kept) + " of " +
                                     std::to_string(kept.seen) + " mappings, and not in the rest";
        outcome.ports = unknown<PortBehaviour>(VerdictKind::Inconclusive, "preserved-sometimes",
                                               sentence, evidence);
        outcome.collision = unknown<Collision>(VerdictKind::Inconclusive, "preserved-sometimes",
                                               sentence, evidence);
        return;
    }
    const bool dependent = outcome.mapping.verdict == VerdictKind::Fail;
    ports.step = constant_step(dependent ? ports_of_points(ledger) : by_socket);
    std::string sentence;
    if (preserving) {
        ports.allocation = PortAllocation::Preserving;
        ports.step = 0;
        sentence = kept.some_only() ? "external ports equal internal ones, but for the collision"
                                    : "external ports equal internal ones";
    } else if (ports.step != 0) {
        ports.allocation = PortAllocation::Sequential;
        sentence = "each new mapping gets the port " + std::to_string(std::abs(ports.step)) +
                   (ports.step > 0 ? " above" : " below") + " the one before";
    } else {
        sentence = "external ports follow no simple rule";
    }
    outcome.ports = known(VerdictKind::Pass, ports, "", std::move(sentence), evidence);
    if (collision_seen) return;
    if (preserving) {
        outcome.collision = known(
            VerdictKind::Pass, Collision::Possible, "",
            "port preserving: where two hosts share the public address and use one port, one of "
            "them gets another "
            "(RFC 4787 s4.2.1)",
            evidence);
    } else {
        // Where there are fewer public ports than sockets, they are shared between destinations all
        // the same, and a few sockets do not show how many there are.
        outcome.collision = unknown<Collision>(
            VerdictKind::Inconclusive, "not-preserved",
            "ports are not preserved, so that two hosts on one port do not collide; whether there "
            "are ports enough for all was not seen",
            evidence);
    }
}

namespace {

/// May `source` be the external address of what `sender` sent? The port as well, where the mapping
/// does not depend on the destination.
bool is_external_source(const Ledger& ledger, const Outcome& outcome, SocketId sender,
                        const TransportAddress& source) {
    const bool one_port = outcome.mapping.value == Mapping::EndpointIndependent;
    return std::any_of(ledger.probes.begin(), ledger.probes.end(), [&](const Probe& probe) {
        const Arrival* answer = last_answer(ledger, probe);
        if (answer == nullptr || answer->mapped_xor->ip != source.ip) return false;
        return !one_port || (probe.socket == sender && answer->mapped_xor->port == source.port);
    });
}

}  // namespace

void infer_hairpin(const Ledger& ledger, Outcome& outcome) {
    std::vector<ProbeId> asked;
    ProbeId control = -1;
    for (std::size_t i = 0; i < ledger.probes.size(); ++i) {
        if (ledger.probes[i].role == Role::Hairpin) asked.push_back(static_cast<ProbeId>(i));
        if (ledger.probes[i].role == Role::HairpinControl) control = static_cast<ProbeId>(i);
    }
    if (asked.empty() || control < 0) {
        outcome.hairpin = unknown<Hairpinning>(VerdictKind::NotTested, "not-asked",
                                               "hairpinning is tested only with --invasive");
        return;
    }
    if (outcome.translation.value == Translation::None) {
        outcome.hairpin = unknown<Hairpinning>(
            VerdictKind::NotTested, "no-nat",
            "without a NAT there is no external address to be reached by from inside");
        return;
    }
    for (const ProbeId id : asked) {
        const Probe& probe = ledger.probes[static_cast<std::size_t>(id)];
        for (const Arrival& arrival : probe.arrivals) {
            if (arrival.message_class != stun::MessageClass::Request) continue;
            const SocketRecord* sender = ledger.socket(probe.socket);
            const bool internal =
                sender != nullptr && outcome.local &&
                arrival.source == TransportAddress{outcome.local->ip, sender->local.port} &&
                outcome.translation.value != Translation::None;
            if (internal) {
                outcome.hairpin = known(
                    VerdictKind::Fail, Hairpinning::Internal, "hairpin-internal",
                    "hairpinning works, but shows the internal source address (RFC 4787 REQ-9a)",
                    {id});
            } else if (!is_external_source(ledger, outcome, probe.socket, arrival.source)) {
                outcome.hairpin = known(
                    VerdictKind::Fail, Hairpinning::Other, "hairpin-other-source",
                    "hairpinning works, but the packet comes from " + arrival.source.to_string() +
                        ", which is not the external address and port of the socket that sent it "
                        "(RFC 4787 REQ-9a): the receiver takes it for a stranger",
                    {id});
            } else {
                outcome.hairpin = known(VerdictKind::Pass, Hairpinning::External, "",
                                        "two hosts behind this NAT can reach each other by their "
                                        "external addresses",
                                        {id});
            }
            return;
        }
    }
    if (outcome.mapping.value != Mapping::EndpointIndependent) {
        // The door opened toward another external address than the one the packet comes from.
        outcome.hairpin = unknown<Hairpinning>(VerdictKind::Inconclusive, "mapping-dependent",
                                               "with this mapping silence does not show whether "
                                               "the NAT hairpins",
                                               asked);
        return;
    }
    asked.push_back(control);
    outcome.hairpin = unknown<Hairpinning>(
        VerdictKind::Inconclusive, "hairpin-silent",
        "packets to this NAT's own external address did not come back to this host: either the NAT "
        "does not hairpin (RFC 4787 REQ-9), or it does so with the internal source address, "
        "against REQ-9a, and this host drops what comes from its own address",
        asked);
}

}  // namespace portolan::discovery
