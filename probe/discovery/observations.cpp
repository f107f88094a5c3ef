#include "probe/discovery/observations.hpp"

#include <algorithm>
#include <map>

#include "probe/discovery/nat64.hpp"
#include "probe/discovery/reply_flaw.hpp"

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

}  // namespace portolan::discovery
