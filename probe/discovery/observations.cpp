#include "probe/discovery/observations.hpp"

#include <algorithm>
#include <map>

#include "probe/discovery/nat64.hpp"
#include "probe/discovery/reply_flaw.hpp"
#include "probe/discovery/silence.hpp"

namespace portolan::discovery {

namespace {

bool is_plain_to_server(const Probe& probe) {
    return probe.role == Role::MapPP || probe.role == Role::MapOther ||
           probe.role == Role::FilterControl;
}

/// RFC 6052 s2.2: the address of an IPv4 host behind a NAT64, as far as is known.
bool is_behind_nat64(const Ledger& ledger, const IpAddress& address) {
    if (ledger.nat64_prefix && is_nat64_address(*ledger.nat64_prefix, address)) return true;
    const IpAddress local_use = IpAddress::v6({0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01});  // RFC 8215
    return address.address_class() == AddressClass::Nat64WellKnown ||
           (address.family() == AddressFamily::IPv6 &&
            std::equal(local_use.octets().begin(), local_use.octets().begin() + 6,
                       address.octets().begin()));
}

/// May a packet to `server` have `mapped` as its source when it gets there?
bool could_be_seen(const Ledger& ledger, const TransportAddress& mapped,
                   const TransportAddress& server) {
    if (!can_be_mapped(mapped) || mapped == server) return false;
    if (mapped.family() != server.family() &&
        !(mapped.family() == AddressFamily::IPv4 && is_behind_nat64(ledger, server.ip))) {
        return false;
    }
    switch (mapped.ip.address_class()) {
        case AddressClass::Loopback:
            return server.ip.address_class() == AddressClass::Loopback;
        case AddressClass::Reserved: {
            // RFC 1122 s3.2.1.3: 0/8 and 240/4 (with the broadcast address) are never a source.
            const auto first = mapped.ip.octets()[0];
            return mapped.family() != AddressFamily::IPv4 || (first != 0 && first < 240);
        }
        default:
            return true;
    }
}

int copies_sent_by(const Probe& probe, Time limit) {
    return static_cast<int>(
        std::count_if(probe.sent.begin(), probe.sent.end(), [&](Time at) { return at <= limit; }));
}

}  // namespace

std::string reply_flaw(const Ledger& ledger, const Probe& probe, const Arrival& arrival) {
    const bool success = arrival.message_class == stun::MessageClass::SuccessResponse;
    if (ledger.sabotage.believe_all_replies || !arrival.well_formed ||
        (!success && arrival.message_class != stun::MessageClass::ErrorResponse)) {
        return {};
    }
    switch (arrival.flaw) {
        case ReplyFlaw::Fingerprint:
            return "sends a wrong FINGERPRINT (RFC 8489 s6.3 has such replies discarded)";
        case ReplyFlaw::UnknownAttribute:
            return "sends a comprehension-required attribute that nobody knows (RFC 8489 s6.3.3 "
                   "has such replies discarded)";
        case ReplyFlaw::None:
            break;
    }
    if (!success) return {};
    // One reply that cannot be true makes the others of that server no truer.
    const auto index = static_cast<std::size_t>(probe.server);
    if (index < ledger.servers.size()) {
        const ServerRecord& server = ledger.servers[index];
        if (server.contradicted) {
            return "gives one request two different answers: one of them is forged, or something "
                   "on the way answers too";
        }
        if (server.shared_mapping) {
            return "claims to see several sockets of this host as " +
                   server.shared_mapping->to_string() +
                   " at once, so that no NAT could tell replies to them apart";
        }
    }
    if (!arrival.mapped_xor) return {};
    const TransportAddress& mapped = *arrival.mapped_xor;
    if (arrival.mapped_plain && arrival.mapped_plain != mapped &&
        arrival.mapped_plain == without_xor(mapped, probe.id)) {
        return "sends XOR-MAPPED-ADDRESS without the XOR (RFC 8489 s14.2)";
    }
    if (!could_be_seen(ledger, mapped, probe.destination)) {
        return "claims to see " + mapped.to_string() +
               ", which cannot be where a request to it comes from";
    }
    return {};
}

bool is_possible_mapped(const Ledger& ledger, const Probe& probe, const TransportAddress& mapped) {
    return could_be_seen(ledger, mapped, probe.destination);
}

AddressClass class_of_host(const Ledger& ledger, const IpAddress& address) {
    const bool is_behind_nat64 =
        address.address_class() == AddressClass::Nat64WellKnown ||
        (ledger.nat64_prefix && is_nat64_address(*ledger.nat64_prefix, address));
    return (is_behind_nat64 ? ipv4_behind_nat64(address) : address).address_class();
}

bool shows_host(const StreamRecord& stream) {
    return stream.report && (stream.report->outcome == StreamOutcome::Connected ||
                             stream.report->outcome == StreamOutcome::Refused ||
                             stream.report->outcome == StreamOutcome::TlsFailed);
}

std::optional<TransportAddress> local_of(const Ledger& ledger, const Probe& probe,
                                         const Arrival& answer) {
    const SocketRecord* socket = ledger.socket(probe.socket);
    if (socket == nullptr) return std::nullopt;
    if (answer.local_ip) return TransportAddress{*answer.local_ip, socket->local.port};
    if (!socket->local.ip.is_unspecified()) return socket->local;
    if (ledger.route_local_ip) return TransportAddress{*ledger.route_local_ip, socket->local.port};
    return std::nullopt;
}

bool seen_untranslated(const Ledger& ledger, const Probe& probe) {
    const Arrival* answer = last_answer(ledger, probe);
    return answer != nullptr && local_of(ledger, probe, *answer) == answer->mapped_xor;
}

std::set<IpAddress> inside_destinations(const Ledger& ledger) {
    // From the inside out.
    enum class Side { Untranslated, Local, Public };
    std::map<IpAddress, std::set<Side>> seen;
    for (const Probe& probe : ledger.probes) {
        const Arrival* answer = last_answer(ledger, probe);
        if (answer == nullptr) continue;
        const TransportAddress& mapped = *answer->mapped_xor;
        const auto local = local_of(ledger, probe, *answer);
        if (!local || local->family() != mapped.family()) continue;
        const AddressClass kind = mapped.ip.address_class();
        const bool is_local = kind == AddressClass::Private || kind == AddressClass::SharedCgn ||
                              kind == AddressClass::LinkLocal;
        seen[probe.destination.ip].insert(*local == mapped ? Side::Untranslated
                                          : is_local       ? Side::Local
                                                           : Side::Public);
    }
    Side outermost = Side::Untranslated;
    for (const auto& [destination, sides] : seen)
        outermost = std::max(outermost, *sides.rbegin());
    std::set<IpAddress> inside;
    for (const auto& [destination, sides] : seen) {
        if (*sides.rbegin() < outermost) inside.insert(destination);
    }
    return inside;
}

bool is_answer(const Ledger& ledger, const Probe& probe, const Arrival& arrival) {
    return arrival.well_formed && arrival.message_class == stun::MessageClass::SuccessResponse &&
           arrival.mapped_xor.has_value() &&
           (arrival.source == probe.destination || ledger.sabotage.skip_source_check) &&
           reply_flaw(ledger, probe, arrival).empty();
}

const Arrival* first_answer(const Ledger& ledger, const Probe& probe) {
    for (const Arrival& arrival : probe.arrivals) {
        if (is_answer(ledger, probe, arrival)) return &arrival;
    }
    return nullptr;
}

const Arrival* last_answer(const Ledger& ledger, const Probe& probe) {
    for (auto it = probe.arrivals.rbegin(); it != probe.arrivals.rend(); ++it) {
        if (is_answer(ledger, probe, *it)) return &*it;
    }
    return nullptr;
}

int answer_count(const Ledger& ledger, const Probe& probe) {
    return static_cast<int>(
        std::count_if(probe.arrivals.begin(), probe.arrivals.end(),
                      [&](const Arrival& arrival) { return is_answer(ledger, probe, arrival); }));
}

bool is_response(const Probe& probe, const Arrival& arrival) {
    return arrival.well_formed && arrival.source == probe.destination &&
           (arrival.message_class == stun::MessageClass::SuccessResponse ||
            arrival.message_class == stun::MessageClass::ErrorResponse);
}

TransportAddress as_seen_here(const Ledger& ledger, const IpAddress& server,
                              const TransportAddress& named) {
    // Named by a server with an IPv6 address of its own, an IPv4 address is not reached by way of
    // the NAT64 as the server is.
    if (named.family() != AddressFamily::IPv4 || !ledger.nat64_prefix ||
        !is_nat64_address(*ledger.nat64_prefix, server)) {
        return named;
    }
    return {nat64_address(*ledger.nat64_prefix, named.ip), named.port};
}

std::optional<RttRange> rtt_range(const Ledger& ledger, int server) {
    std::optional<RttRange> range;
    for (const Probe& probe : ledger.probes) {
        if (probe.server != server || !is_plain_to_server(probe) || probe.sent.empty()) continue;
        const Arrival* answer = first_answer(ledger, probe);
        if (answer == nullptr) continue;
        const Duration age = answer->at - probe.sent.front();
        if (!range) range = RttRange{age, age};
        range->min = std::min(range->min, age);
        range->max = std::max(range->max, age);
    }
    return range;
}

Duration reply_wait(const RttRange& rtt) {
    using std::chrono::milliseconds;
    // Room for jitter: a quarter of the longest round trip, or twice the spread seen, at least 20
    // ms (a scheduler's hiccup on an otherwise still path).
    const Duration margin =
        std::max({Duration(milliseconds(20)), rtt.max / 4, 2 * (rtt.max - rtt.min)});
    return rtt.max + margin;
}

bool drifted(const Ledger& ledger, const Probe& probe) {
    const Arrival* first = nullptr;
    for (const Arrival& arrival : probe.arrivals) {
        if (!is_answer(ledger, probe, arrival)) continue;
        if (first == nullptr) first = &arrival;
        if (arrival.mapped_xor != first->mapped_xor) return true;
    }
    return false;
}

std::optional<TransportAddress> mapped_of(const Ledger& ledger, std::optional<ProbeId> probe) {
    if (!probe) return std::nullopt;
    const Arrival* answer = last_answer(ledger, ledger.probes[static_cast<std::size_t>(*probe)]);
    return answer ? answer->mapped_xor : std::nullopt;
}

namespace {

/// All that loss did to requests whose replies no NAT may hold back.
struct PathLoss {
    int sent = 0;
    int lost = 0;
};

PathLoss path_loss(const Ledger& ledger, int server, Time now, const RttRange& rtt) {
    PathLoss loss;
    for (const Probe& probe : ledger.probes) {
        const bool open = probe.role == Role::FilterControl || probe.role == Role::MapPA ||
                          probe.role == Role::MapAP || probe.role == Role::MapAA;
        if (!open || probe.server != server) continue;
        const int answered = answer_count(ledger, probe);
        // An alternate address that never answered is not loss; the inference names it.
        if (answered == 0 && probe.role != Role::FilterControl) continue;
        const int due = copies_sent_by(probe, now - rtt.min);
        loss.sent += std::max(due, answered);
        loss.lost += std::max(0, due - answered);
    }
    return loss;
}

/// When this host first sent anything to the alternate address `to`.
std::optional<Time> first_contact(const Ledger& ledger, const TransportAddress& to) {
    std::optional<Time> first;
    for (const Probe& probe : ledger.probes) {
        if (probe.destination.ip != to.ip || probe.sent.empty()) continue;
        if (probe.destination.port != to.port) continue;
        if (!first || probe.sent.front() < *first) first = probe.sent.front();
    }
    return first;
}

FilterAnswer judge_arrivals(const Ledger& ledger, const Probe& probe,
                            const TransportAddress& expected, Time& opened_at) {
    bool open = false;
    bool ignores = false;
    bool wrong = false;
    bool faulty = false;
    for (const Arrival& arrival : probe.arrivals) {
        if (!arrival.well_formed) continue;
        if (!reply_flaw(ledger, probe, arrival).empty()) {
            faulty |= arrival.source == expected || arrival.source == probe.destination;
            continue;
        }
        if (arrival.message_class == stun::MessageClass::ErrorResponse) {
            // 420 comes from where the request went: the server does not know the attribute.
            return arrival.error_code == 420 ? FilterAnswer::ServerRejects
                                             : FilterAnswer::ServerError;
        }
        if (arrival.message_class != stun::MessageClass::SuccessResponse) continue;
        if (arrival.source == expected || ledger.sabotage.skip_source_check) {
            if (!open) opened_at = arrival.at;
            open = true;
        } else if (arrival.source == probe.destination) {
            ignores = true;
        } else {
            wrong = true;
        }
    }
    if (ignores) return FilterAnswer::ServerIgnores;
    if (wrong) return FilterAnswer::ServerWrongAddress;
    if (open) return FilterAnswer::Open;
    return faulty ? FilterAnswer::ServerFaulty : FilterAnswer::Pending;
}

/// Something came that is to be discarded, and something better may follow.
bool may_come_better(const Probe& probe, Time now) {
    return !probe.arrivals.empty() && now - probe.arrivals.front().at < kBetterReplyWait;
}

TransportAddress expected_source(const Ledger& ledger, const Probe& change,
                                 const TransportAddress& other) {
    const TransportAddress seen = as_seen_here(ledger, change.destination.ip, other);
    return {change.change_ip ? seen.ip : change.destination.ip, seen.port};
}

}  // namespace

FilterReading read_filter(const Ledger& ledger, Role question, int attempt, Time now) {
    FilterReading reading;
    for (std::size_t i = 0; i < ledger.probes.size(); ++i) {
        const Probe& probe = ledger.probes[i];
        if (probe.attempt == attempt && probe.role == question) {
            reading.change = static_cast<ProbeId>(i);
        }
    }
    if (reading.change < 0) return reading;
    const Probe& change = ledger.probes[static_cast<std::size_t>(reading.change)];
    for (std::size_t i = 0; i < ledger.probes.size(); ++i) {
        const Probe& probe = ledger.probes[i];
        if (probe.attempt == attempt && probe.role == Role::FilterControl &&
            probe.socket == change.socket) {
            reading.control = static_cast<ProbeId>(i);
        }
    }
    reading.answer = FilterAnswer::Pending;

    const ServerAudit audit = audit_server(ledger, change.server);
    if (!audit.other_address) {
        // Only errors can be told without knowing where the reply should come from.
        Time ignored{};
        const FilterAnswer answer = judge_arrivals(ledger, change, TransportAddress{}, ignored);
        if (answer == FilterAnswer::ServerFaulty && may_come_better(change, now)) return reading;
        if (answer == FilterAnswer::ServerRejects || answer == FilterAnswer::ServerError ||
            answer == FilterAnswer::ServerIgnores || answer == FilterAnswer::ServerFaulty ||
            ledger.sabotage.skip_source_check) {
            reading.answer = answer;
        }
        return reading;
    }
    const TransportAddress expected = expected_source(ledger, change, *audit.other_address);

    Time opened_at{};
    reading.answer = judge_arrivals(ledger, change, expected, opened_at);
    const auto rtt = rtt_range(ledger, change.server);
    if (reading.answer == FilterAnswer::Open) {
        // A NAT may keep its filter per inside host instead of per mapping: once another socket has
        // sent to that address, an open door proves nothing.
        const auto contact = first_contact(ledger, expected);
        if (contact && opened_at > *contact && !ledger.sabotage.share_socket) {
            reading.answer = FilterAnswer::Contaminated;
        }
        return reading;
    }
    if (reading.answer == FilterAnswer::ServerFaulty && may_come_better(change, now)) {
        reading.answer = FilterAnswer::Pending;
        return reading;
    }
    if (reading.answer != FilterAnswer::Pending) return reading;

    if (ledger.sabotage.skip_controls || ledger.sabotage.single_copy) {
        const Duration wait = rtt ? reply_wait(*rtt) : Duration(std::chrono::milliseconds(100));
        const int wanted = ledger.sabotage.single_copy ? 1 : 3;
        if (copies_sent_by(change, now - wait) >= wanted) {
            reading.answer = FilterAnswer::Silent;
            reading.error_bound = 0.0;
        }
        return reading;
    }
    if (reading.control < 0 || !rtt) return reading;
    const Probe& control = ledger.probes[static_cast<std::size_t>(reading.control)];
    // A copy counts only with an answered control on the same socket and schedule: an outage
    // silences both and proves nothing.
    const int copies =
        std::min(copies_sent_by(change, now - reply_wait(*rtt)), answer_count(ledger, control));
    const PathLoss loss = path_loss(ledger, change.server, now, *rtt);
    reading.error_bound = silence_error_bound(copies, loss.sent, loss.lost);
    if (reading.error_bound > kSilenceErrorBound) return reading;
    // What came in from there, though it could not be read, was let in.
    const bool heard =
        std::any_of(ledger.strays.begin(), ledger.strays.end(), [&](const Stray& stray) {
            return stray.answers == reading.change && stray.source == expected;
        });
    reading.answer = heard ? FilterAnswer::ServerFaulty : FilterAnswer::Silent;
    return reading;
}

ChangeControlReading read_change_control(const Ledger& ledger, Role question, int attempt,
                                         Time now) {
    ChangeControlReading reading;
    const Role role =
        question == Role::FilterIpPort ? Role::ChangeControlIpPort : Role::ChangeControlPort;
    for (std::size_t i = 0; i < ledger.probes.size(); ++i) {
        const Probe& probe = ledger.probes[i];
        if (probe.role != role || probe.attempt != attempt) continue;
        reading.probe = static_cast<ProbeId>(i);
        reading.used_response_port = probe.response_port.has_value();
        reading.state = ChangeControl::Pending;
        const ServerAudit audit = audit_server(ledger, probe.server);
        if (!audit.other_address) return reading;
        const TransportAddress expected = expected_source(ledger, probe, *audit.other_address);
        Time at{};
        reading.answer = judge_arrivals(ledger, probe, expected, at);
        switch (reading.answer) {
            case FilterAnswer::Open:
                reading.state = ChangeControl::Confirmed;
                return reading;
            case FilterAnswer::Pending:
                break;
            case FilterAnswer::ServerFaulty:
                if (!may_come_better(probe, now)) reading.state = ChangeControl::Unanswered;
                return reading;
            default:
                reading.state = ChangeControl::Unanswered;
                return reading;
        }
        const auto rtt = rtt_range(ledger, probe.server);
        if (rtt && copies_sent_by(probe, now - reply_wait(*rtt)) >= kControlCopies) {
            reading.state = ChangeControl::Unanswered;
        }
    }
    return reading;
}

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
