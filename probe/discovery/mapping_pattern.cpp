#include "probe/discovery/mapping_pattern.hpp"

#include <algorithm>
#include <set>

#include "probe/discovery/observations.hpp"

namespace portolan::discovery {

std::vector<MappingPattern> mapping_patterns(const Ledger& ledger) {
    std::vector<MappingPattern> patterns;
    const auto pattern_of = [&](const Probe& probe) -> MappingPattern& {
        for (MappingPattern& pattern : patterns) {
            if (pattern.attempt == probe.attempt && pattern.socket == probe.socket) return pattern;
        }
        patterns.push_back({.attempt = probe.attempt, .socket = probe.socket});
        return patterns.back();
    };
    for (std::size_t i = 0; i < ledger.probes.size(); ++i) {
        const Probe& probe = ledger.probes[i];
        const auto id = static_cast<ProbeId>(i);
        switch (probe.role) {
            case Role::MapPP:
                pattern_of(probe).pp = id;
                break;
            case Role::MapPA:
                pattern_of(probe).pa = id;
                break;
            case Role::MapAP:
                pattern_of(probe).ap = id;
                break;
            case Role::MapAA:
                pattern_of(probe).aa = id;
                break;
            case Role::MapOther:
                pattern_of(probe).others.push_back(id);
                break;
            default:
                break;
        }
    }
    // What is reached without the NAT shows nothing of its mapping.
    const std::set<IpAddress> inside = inside_destinations(ledger);
    if (!inside.empty()) {
        const auto is_inside = [&](ProbeId id) {
            return inside.contains(ledger.probes[static_cast<std::size_t>(id)].destination.ip);
        };
        for (MappingPattern& pattern : patterns) {
            for (auto* point : {&pattern.pp, &pattern.pa, &pattern.ap, &pattern.aa}) {
                if (*point && is_inside(**point)) point->reset();
            }
            std::erase_if(pattern.others, is_inside);
        }
    }
    // Through a NAT64 and past it, one host is seen with addresses that cannot be compared.
    for (MappingPattern& pattern : patterns) {
        std::optional<AddressFamily> family;
        if (const auto mapped = mapped_of(ledger, pattern.pp)) family = mapped->family();
        std::erase_if(pattern.others, [&](ProbeId id) {
            const auto mapped = mapped_of(ledger, id);
            if (!mapped) return false;
            if (!family) family = mapped->family();
            return mapped->family() != *family;
        });
    }
    return patterns;
}

std::optional<int> mapping_server(const Ledger& ledger, const MappingPattern& pattern) {
    for (const auto& id : {pattern.pa, pattern.ap, pattern.aa}) {
        if (id) return ledger.probes[static_cast<std::size_t>(*id)].server;
    }
    return std::nullopt;
}

namespace {

PatternKind classify_incomplete(const Ledger& ledger, const MappingPattern& pattern) {
    std::optional<TransportAddress> first;
    bool differ = false;
    bool addresses_differ = false;
    bool translated = false;
    const auto look = [&](ProbeId id) {
        const auto mapped = mapped_of(ledger, id);
        if (!mapped) return;
        translated |= !seen_untranslated(ledger, ledger.probes[static_cast<std::size_t>(id)]);
        if (!first) first = mapped;
        differ |= mapped != first;
        addresses_differ |= mapped->ip != first->ip;
    };
    for (const auto& id : {pattern.pp, pattern.pa, pattern.ap, pattern.aa}) {
        if (id) look(*id);
    }
    for (const ProbeId id : pattern.others)
        look(id);
    // A host with several addresses of its own is seen with each of them, and nothing maps.
    if (!translated) return PatternKind::Incomplete;
    if (addresses_differ) return PatternKind::AddressVaries;
    return differ ? PatternKind::Differing : PatternKind::Incomplete;
}

}  // namespace

PatternKind classify(const Ledger& ledger, const MappingPattern& pattern) {
    for (const auto& id : {pattern.pp, pattern.pa, pattern.ap, pattern.aa}) {
        if (id && drifted(ledger, ledger.probes[static_cast<std::size_t>(*id)])) {
            return PatternKind::Drifted;
        }
    }
    const auto pp = mapped_of(ledger, pattern.pp);
    const auto pa = mapped_of(ledger, pattern.pa);
    const auto ap = mapped_of(ledger, pattern.ap);
    const auto aa = mapped_of(ledger, pattern.aa);
    if (!pp || !pa || !ap || !aa) return classify_incomplete(ledger, pattern);
    const auto untranslated = [&](ProbeId id) {
        return seen_untranslated(ledger, ledger.probes[static_cast<std::size_t>(id)]);
    };
    if (untranslated(*pattern.pp) && untranslated(*pattern.pa) && untranslated(*pattern.ap) &&
        untranslated(*pattern.aa)) {
        return PatternKind::Same;
    }
    if (pp->ip != pa->ip || pp->ip != ap->ip || pp->ip != aa->ip) {
        return PatternKind::AddressVaries;
    }
    if (pp == pa && pp == ap && pp == aa) return PatternKind::Same;
    if (pp == pa && ap == aa) return PatternKind::ByAddress;
    if (pp == ap && pa == aa) return PatternKind::ByPort;
    const bool all_differ = pp != pa && pp != ap && pp != aa && pa != ap && pa != aa && ap != aa;
    return all_differ ? PatternKind::ByAddressAndPort : PatternKind::Mixed;
}

bool could_be_collision(const Ledger& ledger, const MappingPattern& pattern) {
    switch (classify(ledger, pattern)) {
        case PatternKind::ByAddress:
        case PatternKind::ByPort:
        case PatternKind::ByAddressAndPort:
        case PatternKind::Differing:
        case PatternKind::Mixed:
            break;
        default:
            return false;
    }
    const SocketRecord* socket = ledger.socket(pattern.socket);
    if (socket == nullptr) return false;
    const auto kept = [&](ProbeId id) {
        const auto mapped = mapped_of(ledger, id);
        return mapped && mapped->port == socket->local.port;
    };
    for (const auto& id : {pattern.pp, pattern.pa, pattern.ap, pattern.aa}) {
        if (id && kept(*id)) return true;
    }
    return std::any_of(pattern.others.begin(), pattern.others.end(), kept);
}

namespace {

constexpr std::size_t kSocketsOfSeveralAddresses = 3;

/// As sockets of this host are seen by servers' own addresses, translated.
bool has_several_public_addresses(const Ledger& ledger) {
    std::set<IpAddress> addresses;
    for (const Probe& probe : ledger.probes) {
        if (probe.role != Role::MapPP && probe.role != Role::FilterControl) continue;
        const Arrival* answer = first_answer(ledger, probe);
        if (answer != nullptr && !seen_untranslated(ledger, probe)) {
            addresses.insert(answer->mapped_xor->ip);
        }
    }
    return addresses.size() > 1;
}

}  // namespace

bool wants_another_socket(const Ledger& ledger) {
    std::vector<MappingPattern> patterns = mapping_patterns(ledger);
    if (patterns.empty()) return false;
    // What another server showed, which was of no use then, does not count here.
    if (const auto server = mapping_server(ledger, patterns.back())) {
        std::erase_if(patterns, [&](const MappingPattern& pattern) {
            return mapping_server(ledger, pattern) != server;
        });
    }
    const PatternKind last = classify(ledger, patterns.back());
    const bool first = patterns.size() == 1;
    const bool collision = could_be_collision(ledger, patterns.back());
    const bool repeated = !first && classify(ledger, patterns[patterns.size() - 2]) == last;
    switch (last) {
        case PatternKind::Mixed:
            return true;
        case PatternKind::ByAddress:
        case PatternKind::ByPort:
        case PatternKind::Differing:
            return !repeated;
        case PatternKind::ByAddressAndPort:
            if (first) return collision;
            return !repeated &&
                   classify(ledger, patterns[patterns.size() - 2]) != PatternKind::Mixed;
        case PatternKind::Same:
        case PatternKind::Incomplete:
            // After a socket that saw a rule without any sign of a collision, two have to agree.
            // Where sockets leave by different public addresses, one may have met the same one four
            // times by chance.
            if (last == PatternKind::Same && patterns.size() < kSocketsOfSeveralAddresses &&
                has_several_public_addresses(ledger)) {
                return true;
            }
            return !first && !repeated &&
                   !could_be_collision(ledger, patterns[patterns.size() - 2]) &&
                   classify(ledger, patterns[patterns.size() - 2]) != PatternKind::Mixed;
        case PatternKind::AddressVaries:
        case PatternKind::Drifted:
            return false;
    }
    return false;
}

}  // namespace portolan::discovery
