#include "probe/discovery/observations.hpp"

namespace portolan::discovery {

namespace {

void infer_layers(const Ledger& ledger, Outcome& outcome, const TransportAddress& server) {
    if (!outcome.local || !outcome.mapped) {
        outcome.layers = unknown<Layers>(VerdictKind::NotTested, "no-mapped-address",
                                         "no mapped address is known");
        return;
    }
    if (outcome.local->ip == outcome.mapped->ip) {
        // Whatever the address is: nothing has translated it on the way to this server.
        const bool global = outcome.mapped->ip.address_class() == AddressClass::Global;
        outcome.layers =
            global ? known(VerdictKind::Pass, Layers::NoSign, "",
                           "the server sees this host's own address: no NAT at all")
                   : unknown<Layers>(VerdictKind::NotTested, "not-translated",
                                     "the server sees this host's own address, which is not "
                                     "global, so it is not asked through the public Internet");
        return;
    }
    const AddressClass local = outcome.local->ip.address_class();
    const AddressClass mapped = outcome.mapped->ip.address_class();
    if (local == AddressClass::SharedCgn || mapped == AddressClass::SharedCgn) {
        outcome.layers = known(
            VerdictKind::Fail, Layers::CarrierGrade, "carrier-grade",
            (local == AddressClass::SharedCgn ? outcome.local : outcome.mapped)->ip.to_string() +
                " is in 100.64.0.0/10 (RFC 6598): the provider translates too");
        return;
    }
    if (class_of_host(ledger, server.ip) != AddressClass::Global) {
        outcome.layers = unknown<Layers>(VerdictKind::NotTested, "server-not-public",
                                         "the server is not on the public Internet, so its view "
                                         "of this host says nothing about further NATs");
        return;
    }
    if (mapped != AddressClass::Global && mapped != AddressClass::Private &&
        mapped != AddressClass::LinkLocal) {
        outcome.layers = unknown<Layers>(VerdictKind::Inconclusive, "mapped-not-routable",
                                         "a public server sees " + outcome.mapped->ip.to_string() +
                                             ", which is " + std::string(to_string(mapped)) +
                                             ": no NAT should give that");
        return;
    }
    if (mapped != AddressClass::Global) {
        outcome.layers =
            known(VerdictKind::Fail, Layers::Multiple, "mapped-not-global",
                  "a public server sees " + outcome.mapped->ip.to_string() + ", which is " +
                      std::string(to_string(mapped)) + ": another NAT is behind it");
        return;
    }
    outcome.layers =
        known(VerdictKind::Pass, Layers::NoSign, "",
              "no sign of a second NAT (a NAT that maps to global addresses leaves none)");
}

/// What MAPPED-ADDRESS beside XOR-MAPPED-ADDRESS says (RFC 5780 s3.6).
void infer_rewriting(const Ledger& ledger, Outcome& outcome, const std::vector<ProbeId>& evidence) {
    bool both_forms = false;
    bool impossible = false;
    std::string inside;
    std::string other;
    for (const Probe& probe : ledger.probes) {
        for (const Arrival& arrival : probe.arrivals) {
            if (!is_answer(ledger, probe, arrival) || !arrival.mapped_plain) continue;
            both_forms = true;
            const TransportAddress& plain = *arrival.mapped_plain;
            if (plain == *arrival.mapped_xor) continue;
            const std::string words =
                plain.to_string() + " instead of " + arrival.mapped_xor->to_string();
            const auto local = local_of(ledger, probe, arrival);
            if (!is_possible_mapped(ledger, probe, plain)) {
                impossible = true;
            } else if (local && local->ip == plain.ip) {
                inside = words;
            } else {
                other = words;
            }
        }
    }
    // A generic ALG turns the outside address into the inside one, wherever it finds it.
    if (!inside.empty()) {
        outcome.alg =
            known(VerdictKind::Fail, AlgRewriting::Rewrites, "payload-rewritten",
                  "something rewrites addresses inside packets: MAPPED-ADDRESS arrived as " +
                      inside + " (an ALG, RFC 4787 REQ-10)",
                  evidence);
    } else if (impossible) {
        outcome.alg = unknown<AlgRewriting>(
            VerdictKind::Unsupported, "mapped-address-impossible",
            "the server's MAPPED-ADDRESS cannot be where a request comes from, whatever is in "
            "between",
            evidence);
    } else if (!other.empty()) {
        outcome.alg = unknown<AlgRewriting>(
            VerdictKind::Inconclusive, "mapped-address-differs",
            "MAPPED-ADDRESS arrived as " + other +
                ", but is not this host's own address, which an ALG would put there: the server "
                "may be wrong as well",
            evidence);
    } else if (both_forms) {
        outcome.alg = known(VerdictKind::Pass, AlgRewriting::None, "",
                            "addresses inside packets arrive unchanged", evidence);
    } else {
        outcome.alg = unknown<AlgRewriting>(
            VerdictKind::Unsupported, "no-mapped-address-attribute",
            "the server sends no MAPPED-ADDRESS beside XOR-MAPPED-ADDRESS (RFC 5780 s6.1)",
            evidence);
    }
}

/// The first answered probe; that of the mapping test where it is answered.
const Probe* first_answered(const Ledger& ledger, const std::set<IpAddress>& inside) {
    const Probe* first = nullptr;
    for (const Probe& probe : ledger.probes) {
        if (first_answer(ledger, probe) == nullptr || inside.contains(probe.destination.ip)) {
            continue;
        }
        if (probe.role == Role::MapPP) return &probe;
        if (first == nullptr) first = &probe;
    }
    return first;
}

}  // namespace

void infer_translation(const Ledger& ledger, Outcome& outcome) {
    bool same = false;
    bool translated = false;
    bool nat64 = false;
    bool local_unknown = false;
    std::vector<ProbeId> evidence;
    const std::set<IpAddress> inside = inside_destinations(ledger);
    std::string exceptions;
    const Probe* first = first_answered(ledger, inside);
    if (first == nullptr) {
        const NoAddress why = why_no_address(ledger, outcome.servers);
        outcome.translation = unknown<Translation>(why.verdict, why.reason, why.sentence);
        outcome.alg = unknown<AlgRewriting>(why.verdict, why.reason, why.sentence);
        infer_layers(ledger, outcome, {});
        return;
    }
    outcome.mapped = first_answer(ledger, *first)->mapped_xor;
    outcome.local = local_of(ledger, *first, *first_answer(ledger, *first));
    for (std::size_t i = 0; i < ledger.probes.size(); ++i) {
        const Probe& probe = ledger.probes[i];
        const Arrival* answer = first_answer(ledger, probe);
        if (answer == nullptr) continue;
        const TransportAddress mapped = *answer->mapped_xor;
        if (inside.contains(probe.destination.ip)) {
            const std::string words =
                "; " + probe.destination.ip.to_string() +
                (seen_untranslated(ledger, probe) ? " is reached without translation, as "
                                                  : " is reached inside, as ") +
                mapped.ip.to_string();
            if (exceptions.find(words) == std::string::npos) exceptions += words;
            continue;
        }
        // A server on the other side of a NAT64 sees another translation, or none.
        if (mapped.family() != outcome.mapped->family()) continue;
        const auto local = local_of(ledger, probe, *answer);
        evidence.push_back(static_cast<ProbeId>(i));
        if (!local) {
            local_unknown = true;
        } else if (local->family() != mapped.family()) {
            nat64 = true;
        } else {
            (*local == mapped ? same : translated) = true;
        }
    }
    if (local_unknown) {
        outcome.translation =
            unknown<Translation>(VerdictKind::Inconclusive, "local-address-unknown",
                                 "the local address of the socket could not be found", evidence);
    } else if (nat64) {
        outcome.translation = known(VerdictKind::Pass, Translation::Nat64, "",
                                    "an IPv6 socket is seen as IPv4: NAT64 (RFC 6146)", evidence);
    } else if (same && translated) {
        outcome.translation = unknown<Translation>(
            VerdictKind::Inconclusive, "translated-sometimes",
            "some sockets are seen with their own address and some are not", evidence);
    } else if (translated) {
        outcome.translation = known(
            VerdictKind::Pass, Translation::Address, "",
            outcome.local->to_string() + " is seen as " + outcome.mapped->to_string() + exceptions,
            evidence);
    } else {
        outcome.translation = known(
            VerdictKind::Pass, Translation::None, "",
            "the server sees the local address " + outcome.local->to_string() + " itself: no NAT",
            evidence);
    }
    infer_rewriting(ledger, outcome, evidence);
    infer_layers(ledger, outcome, first->destination);
}

}  // namespace portolan::discovery
