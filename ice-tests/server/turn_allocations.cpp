#include "ice-tests/server/turn_allocations.hpp"

#include <algorithm>
#include <cstring>
#include <random>
#include <utility>

namespace portolan::server {
namespace {

// Ports that other programs have: so many in a row and the range counts as full.
constexpr int kMaxTakenPorts = 256;
constexpr int kTakenInRow = 8;

}  // namespace

TurnAllocations::TurnAllocations(RelayRange range, transport::Random random, RelayPorts& ports)
    : range_(std::move(range)),
      random_(random),
      hash_(random_()),
      ports_(ports),
      by_tuple_(0, hash_),
      moved_(0, hash_) {
    const std::size_t port_count = range_.port_max - range_.port_min + std::size_t{1};
    for (auto& used_of_family : used_ports_)
        used_of_family.resize(port_count);
}

TurnAllocations::~TurnAllocations() {
    for (const auto& [id, connection] : connections_)
        ports_.close_connection(id);
    for (const auto& [id, relay] : relays_)
        ports_.close_relay(id);
}

Allocation* TurnAllocations::find(const FiveTuple& tuple) const {
    const auto found = by_tuple_.find(tuple);
    if (found != by_tuple_.end()) return found->second.get();
    const auto moved = moved_.find(tuple);
    return moved == moved_.end() ? nullptr : moved->second;
}

Allocation* TurnAllocations::find(const MobilityTicket& ticket) const {
    const auto found = tickets_.find(ticket);
    return found == tickets_.end() ? nullptr : found->second;
}

MobilityTicket TurnAllocations::issue_ticket(Allocation& allocation) {
    MobilityTicket out{};
    do {
        const std::uint64_t words[] = {random_(), random_()};
        std::memcpy(out.data(), words, out.size());
    } while (tickets_.contains(out));
    if (allocation.old_ticket) tickets_.erase(*allocation.old_ticket);
    allocation.old_ticket = allocation.ticket;
    allocation.ticket = out;
    tickets_[out] = &allocation;
    return out;
}

void TurnAllocations::let_move(Allocation& allocation, const FiveTuple& to) {
    forget_move(allocation);
    allocation.next_tuple = to;
    moved_[to] = &allocation;
}

void TurnAllocations::forget_move(Allocation& allocation) {
    if (allocation.next_tuple) moved_.erase(*allocation.next_tuple);
    allocation.next_tuple.reset();
}

void TurnAllocations::complete_move(Allocation& allocation) {
    if (!allocation.next_tuple) return;
    const FiveTuple to = *allocation.next_tuple;
    forget_move(allocation);
    auto node = by_tuple_.extract(allocation.tuple);
    node.key() = to;
    allocation.tuple = to;
    by_tuple_.insert(std::move(node));
}

Relay* TurnAllocations::find_relay(RelayId id) const {
    const auto found = relays_.find(id);
    return found == relays_.end() ? nullptr : found->second.get();
}

bool TurnAllocations::has_family(AddressFamily family) const {
    return std::ranges::any_of(range_.ips,
                               [&](const IpAddress& ip) { return ip.family() == family; });
}

std::size_t TurnAllocations::count_of(const std::string& quota_name) const {
    const auto found = counts_.find(quota_name);
    return found == counts_.end() ? 0 : found->second;
}

Relay* TurnAllocations::open_at(const TransportAddress& address, RelayKind kind,
                                RelayOpening& outcome) {
    const RelayId id = next_id_++;
    outcome = ports_.open_relay(id, address, kind);
    if (outcome != RelayOpening::Open) return nullptr;
    used(address.family())[address.port - range_.port_min] = true;
    auto relay = std::make_unique<Relay>();
    relay->id = id;
    relay->address = address;
    relay->kind = kind;
    return (relays_[id] = std::move(relay)).get();
}

// RFC 6056 s3.3.1: a random port, and from there the next that is free.
Relay* TurnAllocations::open(AddressFamily family, PortWish wish, RelayKind kind, Relay** next) {
    const auto ip = std::ranges::find_if(
        range_.ips, [&](const IpAddress& candidate) { return candidate.family() == family; });
    if (ip == range_.ips.end()) return nullptr;
    const auto& in_use = used(family);
    std::size_t first = (range_.is_sequential ? next_offset_++ : random_()) % in_use.size();
    int taken_count = 0;
    // Other programs take ports in long rows: out of one, somewhere else.
    const auto taken = [&](std::size_t& looked_at_count) {
        if (++taken_count % kTakenInRow != 0 || range_.is_sequential) return;
        first = random_() % in_use.size();
        looked_at_count = 0;
    };
    for (std::size_t i = 0; i < in_use.size() && taken_count < kMaxTakenPorts;) {
        const std::size_t offset = (first + i++) % in_use.size();
        const auto port = static_cast<std::uint16_t>(range_.port_min + offset);
        const bool is_odd = port % 2 != 0;
        if (in_use[offset] || (wish != PortWish::Any && is_odd != (wish == PortWish::Odd)))
            continue;
        const bool with_next = wish == PortWish::EvenAndNext;
        if (with_next && (offset + 1 >= in_use.size() || in_use[offset + 1])) continue;
        RelayOpening outcome{};
        Relay* relay = open_at({*ip, port}, kind, outcome);
        if (outcome == RelayOpening::Impossible) return nullptr;
        if (relay == nullptr) {
            taken(i);
            continue;
        }
        if (!with_next) return relay;
        *next = open_at({*ip, static_cast<std::uint16_t>(port + 1)}, kind, outcome);
        if (*next != nullptr) return relay;
        close(*relay);
        if (outcome == RelayOpening::Impossible) return nullptr;
        taken(i);
    }
    return nullptr;
}

ReservationToken TurnAllocations::reserve(Relay& relay, transport::Time until) {
    do {
        relay.token = range_.has_sequential_tokens ? ++last_token_ : random_();
    } while (reservations_.contains(relay.token));
    reservations_[relay.token] = &relay;
    set_expiry(relay, until);
    return relay.token;
}

Relay* TurnAllocations::take(ReservationToken token) {
    const auto found = reservations_.find(token);
    if (found == reservations_.end()) return nullptr;
    Relay* relay = found->second;
    reservations_.erase(found);
    return relay;
}

void TurnAllocations::close(Relay& relay) {
    while (!relay.connections.empty())
        end_connection(relay.connections.begin()->second);
    deadlines_.erase({relay.expires_at, relay.id});
    if (const auto found = reservations_.find(relay.token);
        found != reservations_.end() && found->second == &relay) {
        reservations_.erase(found);
    }
    const bool stays_used = range_.leaks_even_ports && relay.address.port % 2 == 0;
    used(relay.address.family())[relay.address.port - range_.port_min] = stays_used;
    const RelayId id = relay.id;
    ports_.close_relay(id);
    relays_.erase(id);
}

PeerConnection& TurnAllocations::connect(Relay& relay, const TransportAddress& peer) {
    ConnectionId id = 0;
    do {
        id = static_cast<ConnectionId>(random_());
    } while (id == 0 || connections_.contains(id));
    auto connection = std::make_unique<PeerConnection>();
    connection->id = id;
    connection->relay = relay.id;
    connection->peer = peer;
    relay.connections[peer] = id;
    return *(connections_[id] = std::move(connection));
}

PeerConnection* TurnAllocations::find_connection(ConnectionId id) const {
    const auto found = connections_.find(id);
    return found == connections_.end() ? nullptr : found->second.get();
}

void TurnAllocations::set_expiry(PeerConnection& connection, std::optional<transport::Time> until) {
    if (connection.expires_at) connection_deadlines_.erase({*connection.expires_at, connection.id});
    connection.expires_at = until;
    if (until) connection_deadlines_.insert({*until, connection.id});
}

void TurnAllocations::end_connection(ConnectionId id) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    set_expiry(*found->second, std::nullopt);
    if (Relay* relay = find_relay(found->second->relay))
        relay->connections.erase(found->second->peer);
    connections_.erase(found);
    ports_.close_connection(id);
}

Allocation& TurnAllocations::create(const FiveTuple& tuple, const std::string& quota_name) {
    auto& allocation = by_tuple_[tuple];
    allocation = std::make_unique<Allocation>(tuple, hash_);
    allocation->quota_name = quota_name;
    ++counts_[quota_name];
    ++total_count_;
    return *allocation;
}

void TurnAllocations::give(Allocation& allocation, Relay& relay,
                           std::optional<transport::Time> until) {
    relay.owner = &allocation;
    allocation.set_relay(relay.address.family(), &relay);
    set_expiry(relay, until);
}

void TurnAllocations::set_expiry(Relay& relay, std::optional<transport::Time> until) {
    deadlines_.erase({relay.expires_at, relay.id});
    relay.expires_at = until.value_or(transport::Time::max());
    if (until) deadlines_.insert({*until, relay.id});
}

void TurnAllocations::end(Allocation& allocation, AddressFamily family) {
    Relay* relay = allocation.relay(family);
    if (relay == nullptr) return;
    allocation.set_relay(family, nullptr);
    allocation.forget(family);
    close(*relay);
    if (allocation.has_relays()) return;
    const auto quota = counts_.find(allocation.quota_name);
    if (--quota->second == 0) counts_.erase(quota);
    forget_move(allocation);
    if (allocation.ticket) tickets_.erase(*allocation.ticket);
    if (allocation.old_ticket) tickets_.erase(*allocation.old_ticket);
    by_tuple_.erase(FiveTuple(allocation.tuple));
}

void TurnAllocations::end(Allocation& allocation) {
    const bool has_both = allocation.relay(AddressFamily::IPv4) != nullptr &&
                          allocation.relay(AddressFamily::IPv6) != nullptr;
    if (has_both) end(allocation, AddressFamily::IPv6);
    end(allocation, allocation.relay(AddressFamily::IPv4) != nullptr ? AddressFamily::IPv4
                                                                     : AddressFamily::IPv6);
}

void TurnAllocations::expire(transport::Time now) {
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        Relay& relay = *relays_.at(deadlines_.begin()->second);
        if (relay.owner != nullptr) {
            end(*relay.owner, relay.address.family());
        } else {
            close(relay);
        }
    }
    while (!connection_deadlines_.empty() && connection_deadlines_.begin()->first <= now)
        end_connection(connection_deadlines_.begin()->second);
}

std::optional<transport::Time> TurnAllocations::next_deadline() const {
    std::optional<transport::Time> out;
    if (!deadlines_.empty()) out = deadlines_.begin()->first;
    if (!connection_deadlines_.empty()) {
        const transport::Time first = connection_deadlines_.begin()->first;
        out = out ? std::min(*out, first) : first;
    }
    return out;
}

}  // namespace portolan::server
