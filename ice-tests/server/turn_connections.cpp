#include "ice-tests/server/turn_core.hpp"
#include "ice-tests/server/turn_request.hpp"

// TCP allocations: Connect, ConnectionBind and what peers open (RFC 6062 s5.2 to s5.5).
namespace portolan::server {
namespace {

using stun::AttributeType;
using M = mutants::Mutant;
using Phase = PeerConnection::Phase;

}  // namespace

void TurnCore::connect(const Request& request, Allocation& allocation) {
    const auto peer = request.message.address(AttributeType::XorPeerAddress);
    if (!allocation.is_tcp()) return refuse(request, 400);
    if (!peer || peer->port == 0) return refuse(request, is(M::Rfc6062S5_2PeerMissing) ? 403 : 400);
    const auto code = check_peer(allocation, *peer);
    if (code && !(code == 403 && is(M::SecurityPeerConnect))) return refuse(request, *code);
    Relay& relay = *allocation.relay(peer->family());
    if (const auto existing = relay.connections.find(*peer); existing != relay.connections.end()) {
        if (is(M::Rfc6062S5_2SamePeer)) return confirm_connection(request, existing->second);
        return refuse(request, 446);
    }
    if (relay.connections.size() >= config_.quotas.connection_count) return refuse(request, 508);
    const ConnectionId id = allocations_.connect(relay, *peer).id;
    const stun::Bytes bytes = request.message.bytes();
    connects_[id] = {request.tuple, {bytes.begin(), bytes.end()}, *request.principal};
    output_.connect_peer(id, relay.id, *peer, config_.lifetimes.connect);
}

void TurnCore::confirm_connection(const Request& request, ConnectionId id) {
    auto writer = begin(request, stun::MessageClass::SuccessResponse);
    if (!is(M::Rfc6062S5_2Connect)) writer.add_u32(AttributeType::ConnectionId, id);
    finish(request, writer);
}

void TurnCore::on_connect(transport::Time now, ConnectionId id, bool is_connected) {
    expire(now);
    const auto waiting = connects_.extract(id);
    PeerConnection* connection = allocations_.find_connection(id);
    if (waiting.empty() || connection == nullptr) return;
    const Connect& asked = waiting.mapped();
    const auto message = stun::MessageView::parse(asked.message);
    const Request request{
        .now = now, .tuple = asked.tuple, .message = *message, .principal = &asked.principal};
    if (!is_connected) {
        allocations_.end_connection(id);
        return refuse(request, is(M::Rfc6062S5_2Refused) ? 400 : 447);
    }
    connection->phase = Phase::Pending;
    if (!is(M::Rfc6062S5_2Unbound)) {
        allocations_.set_expiry(*connection, now + config_.lifetimes.unbound);
    }
    confirm_connection(request, id);
}

std::optional<ConnectionId> TurnCore::on_peer_connection(transport::Time now, RelayId relay_id,
                                                         const TransportAddress& peer) {
    expire(now);
    Relay* relay = allocations_.find_relay(relay_id);
    if (relay == nullptr || relay->owner == nullptr || relay->connections.contains(peer) ||
        relay->connections.size() >= config_.quotas.connection_count) {
        return std::nullopt;
    }
    const Allocation& allocation = *relay->owner;
    if (!allocation.permits(now, peer.ip) && !is(M::Rfc6062S5_3NoPermission)) return std::nullopt;
    PeerConnection& connection = allocations_.connect(*relay, peer);
    connection.phase = Phase::Pending;
    if (!is(M::Rfc6062S5_3Unbound)) {
        allocations_.set_expiry(connection, now + config_.lifetimes.unbound);
    }
    auto writer = begin_indication(stun::Method::ConnectionAttempt);
    TransportAddress stated = peer;
    if (is(M::Rfc6062S5_3Attempt)) stated.port ^= 1U;
    writer.add_address(AttributeType::XorPeerAddress, stated);
    writer.add_u32(AttributeType::ConnectionId, connection.id);
    output_.send_data(allocation.tuple, writer.bytes());
    return connection.id;
}

void TurnCore::bind_connection(const Request& request) {
    const auto id = request.message.u32(AttributeType::ConnectionId);
    PeerConnection* connection = id ? allocations_.find_connection(*id) : nullptr;
    const bool is_pending = connection != nullptr && connection->phase == Phase::Pending;
    if (!is_pending && is(M::Rfc6062S5_4UnknownId)) return succeed(request);
    // A control connection cannot be a data connection as well (RFC 6062 s4.3).
    if (!is_stream(request.tuple.transport) || !is_pending || has_allocation(request.tuple)) {
        return refuse(request, 400);
    }
    // RFC 6062 s4.3: with the credentials of the control connection.
    const Allocation& allocation = *allocations_.find_relay(connection->relay)->owner;
    if (allocation.username != request.principal->username && !is(M::Rfc6062S5_4ForeignUser)) {
        return refuse(request, 441);
    }
    if (is(M::Rfc6062S5_4Nonce)) return challenge(request, 438);
    connection->phase = Phase::Bound;
    allocations_.set_expiry(*connection, std::nullopt);
    succeed(request);
    output_.bind_connection(*id, request.tuple);
}

void TurnCore::forget_connection(const Request& request) {
    if (!is(M::Rfc6062S5_4Unauthenticated)) return;
    if (request.message.method() != stun::Method::ConnectionBind) return;
    const auto id = request.message.u32(AttributeType::ConnectionId);
    if (id) allocations_.end_connection(*id);
}

void TurnCore::on_connection_end(transport::Time now, ConnectionId id) {
    expire(now);
    allocations_.end_connection(id);
}

void TurnCore::answer_orphans(transport::Time now) {
    for (auto it = connects_.begin(); it != connects_.end();) {
        if (allocations_.find_connection(it->first) != nullptr) {
            ++it;
            continue;
        }
        const Connect asked = std::move(it->second);
        it = connects_.erase(it);
        const auto message = stun::MessageView::parse(asked.message);
        refuse(
            {.now = now, .tuple = asked.tuple, .message = *message, .principal = &asked.principal},
            447);
    }
}

}  // namespace portolan::server
