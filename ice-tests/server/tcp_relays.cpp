#include "ice-tests/server/tcp_relays.hpp"

#include <utility>
#include <vector>

namespace portolan::server {

using M = mutants::Mutant;

struct TcpRelays::Pair {
    ConnectionId id = 0;
    std::unique_ptr<transport::TcpConnection> peer;
    std::shared_ptr<transport::ByteStream> client;
    bool is_leaving = false;
    bool has_peer_ended = false;
    bool has_client_ended = false;
    glib::SourcePtr linger;
    glib::SourcePtr soon;

    [[nodiscard]] transport::ByteStream* side(Side which) const {
        return which == Side::Peer ? peer.get() : client.get();
    }
};

TcpRelays::TcpRelays(GMainContext* context, TurnStreams& streams, Handlers handlers,
                     const mutants::MutantSet& mutants)
    : context_(glib::share(context)),
      streams_(streams),
      mutants_(mutants),
      handlers_(std::move(handlers)) {}

TcpRelays::~TcpRelays() = default;

RelayOpening TcpRelays::open(RelayId id, const TransportAddress& address) {
    auto listener = transport::TcpListener::open(
        context_.get(), address,
        [this, id](std::unique_ptr<transport::TcpConnection> connection) {
            accept(id, std::move(connection));
        },
        true);
    if (!listener) {
        return listener.error().code == "transport.port-in-use" ? RelayOpening::PortTaken
                                                                : RelayOpening::Impossible;
    }
    listeners_[id] = std::move(*listener);
    return RelayOpening::Open;
}

void TcpRelays::close(RelayId id) {
    listeners_.erase(id);
}

transport::ByteStream::Handlers TcpRelays::handlers_for(const PairRef& pair, Side side) {
    const std::weak_ptr<Pair> weak = pair;
    return {.on_outcome =
                [this, weak](const transport::StreamReport& report) {
                    const auto alive = weak.lock();
                    if (!alive || alive->is_leaving) return;
                    const bool is_connected = report.outcome == transport::StreamOutcome::Connected;
                    // RFC 6062 s5.2: what the peer sends waits for the ConnectionBind.
                    if (is_connected) alive->peer->set_reading(is(M::Rfc6062S5_4EarlyData));
                    alive->has_peer_ended = !is_connected;
                    handlers_.on_connect(alive->id, is_connected);
                },
            .on_bytes =
                [this, weak, side](transport::Bytes bytes) {
                    if (const auto alive = weak.lock()) on_bytes(*alive, side, bytes);
                },
            .on_end =
                [this, weak, side](transport::StreamEnd, const std::string&) {
                    if (const auto alive = weak.lock()) on_end(alive, side);
                },
            .on_drained =
                [this, weak, side] {
                    if (const auto alive = weak.lock()) on_drained(*alive, side);
                }};
}

void TcpRelays::accept(RelayId relay, std::unique_ptr<transport::TcpConnection> connection) {
    const auto id = handlers_.on_accept(relay, connection->remote_address());
    if (!id) return;
    auto pair = std::make_shared<Pair>();
    pair->id = *id;
    connection->set_reading(is(M::Rfc6062S5_4EarlyData));
    connection->set_handlers(handlers_for(pair, Side::Peer));
    pair->peer = std::move(connection);
    pairs_[*id] = std::move(pair);
}

void TcpRelays::connect(ConnectionId id, RelayId from, const TransportAddress& peer,
                        transport::Duration timeout) {
    auto pair = std::make_shared<Pair>();
    pair->id = id;
    const TransportAddress own = listeners_.at(from)->local_address();
    pair->peer = transport::TcpConnection::connect(
        context_.get(),
        {.remote = peer, .bind_ip = own.ip, .bind_port = own.port, .timeout = timeout},
        handlers_for(pair, Side::Peer));
    pairs_[id] = std::move(pair);
}

void TcpRelays::bind(ConnectionId id, const FiveTuple& client) {
    const auto found = pairs_.find(id);
    if (found == pairs_.end()) return;
    const PairRef pair = found->second;
    pair->client = streams_.hand_over(client, handlers_for(pair, Side::Client));
    if (!pair->client) {
        const std::weak_ptr<Pair> weak = pair;
        pair->soon = glib::call_soon(context_.get(), [this, weak] {
            if (const auto alive = weak.lock()) on_end(alive, Side::Client);
        });
        return;
    }
    pair->peer->set_reading(true);
}

void TcpRelays::on_bytes(Pair& pair, Side from, transport::Bytes bytes) {
    if (pair.is_leaving) return;
    transport::ByteStream* to = pair.side(from == Side::Peer ? Side::Client : Side::Peer);
    std::vector<std::byte> changed;
    if (from == Side::Peer && is(M::Rfc6062S5_4Data)) {
        changed.assign(bytes.begin(), bytes.end());
        changed.back() ^= std::byte{0xFF};
        bytes = changed;
    }
    // A side that takes nothing any more is about to report its end.
    if (to == nullptr || !to->send(bytes)) return;
    if (to->queued_bytes() > kHighWaterBytes) pair.side(from)->set_reading(false);
}

void TcpRelays::on_drained(Pair& pair, Side side) {
    transport::ByteStream* from = pair.side(side == Side::Peer ? Side::Client : Side::Peer);
    if (!pair.is_leaving && from != nullptr && pair.client) from->set_reading(true);
}

// RFC 6062 s5.5: the end of one is the end of the other.
void TcpRelays::on_end(const PairRef& pair, Side side) {
    (side == Side::Peer ? pair->has_peer_ended : pair->has_client_ended) = true;
    const bool is_ignored =
        is(side == Side::Peer ? M::Rfc6062S5_5PeerCloses : M::Rfc6062S5_5ClientCloses);
    if (!pair->is_leaving && is_ignored) return;
    if (!pair->is_leaving) {
        const ConnectionId id = pair->id;
        wind_up(pair);
        return handlers_.on_end(id);
    }
    if (pair->has_peer_ended && (pair->has_client_ended || !pair->client)) drop(pair);
}

// What is queued is sent and each side closed; they are dropped when both have ended. Dropped
// earlier, a socket with unread bytes would take what it has sent with it.
void TcpRelays::wind_up(const PairRef& pair) {
    pair->is_leaving = true;
    pairs_.erase(pair->id);
    leaving_[pair->id] = pair;
    for (const Side side : {Side::Peer, Side::Client}) {
        transport::ByteStream* stream = pair->side(side);
        if (stream == nullptr) continue;
        stream->set_reading(true);
        stream->close();
    }
    const std::weak_ptr<Pair> weak = pair;
    const auto drop_it = [this, weak] {
        if (const auto alive = weak.lock()) drop(alive);
    };
    const bool is_over = pair->has_peer_ended && (pair->has_client_ended || !pair->client);
    // Not at once: this may be a callback of one of the two.
    pair->linger =
        glib::call_after(context_.get(), is_over ? transport::Duration(0) : kLinger, drop_it);
}

void TcpRelays::drop(const PairRef& pair) {
    leaving_.erase(pair->id);
    pair->linger.reset();
    pair->peer.reset();
    pair->client.reset();
}

void TcpRelays::close_connection(ConnectionId id) {
    const auto found = pairs_.find(id);
    if (found == pairs_.end()) return;
    if (found->second->client && is(M::Rfc6062S5_5AllocationEnds)) return;
    wind_up(PairRef(found->second));
}

}  // namespace portolan::server
