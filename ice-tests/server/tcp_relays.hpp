#pragma once

#include <glib.h>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "ice-tests/server/turn_allocations.hpp"
#include "ice-tests/server/turn_streams.hpp"
#include "probe/transport/glib_ptr.hpp"
#include "probe/transport/tcp_connection.hpp"

namespace portolan::server {

/// The sockets of TCP allocations (RFC 6062): who listens on a relayed transport address, the
/// connections with peers, and what goes between those and the clients' data connections. Nothing
/// is read from a side while the other one does not take it, nor from a peer before its connection
/// is bound: the kernel's buffers hold it.
class TcpRelays {
  public:
    /// Called from the context alone.
    struct Handlers {
        /// Nothing: the connection is not wanted, and is closed.
        std::function<std::optional<ConnectionId>(RelayId, const TransportAddress& peer)> on_accept;
        std::function<void(ConnectionId, bool is_connected)> on_connect;
        /// One of its two sides has ended.
        std::function<void(ConnectionId)> on_end;
    };

    /// For what is on its way when a connection is closed.
    static constexpr transport::Duration kLinger = std::chrono::seconds(5);
    /// From as many bytes on that wait for one side, nothing is read from the other.
    static constexpr std::size_t kHighWaterBytes = 32 * 1024;

    /// The streams outlive this.
    TcpRelays(GMainContext* context, TurnStreams& streams, Handlers handlers,
              const mutants::MutantSet& mutants = {});
    ~TcpRelays();
    TcpRelays(const TcpRelays&) = delete;
    TcpRelays& operator=(const TcpRelays&) = delete;

    RelayOpening open(RelayId id, const TransportAddress& address);
    /// Its connections are closed one by one.
    void close(RelayId id);
    void connect(ConnectionId id, RelayId from, const TransportAddress& peer,
                 transport::Duration timeout);
    /// Lets data flow between the connection and that client, which is no TURN client any more.
    void bind(ConnectionId id, const FiveTuple& client);
    /// Both sides; what is under way still arrives.
    void close_connection(ConnectionId id);

  private:
    struct Pair;
    using PairRef = std::shared_ptr<Pair>;
    enum class Side { Peer, Client };

    [[nodiscard]] bool is(mutants::Mutant mutant) const { return mutants_.has(mutant); }
    void accept(RelayId relay, std::unique_ptr<transport::TcpConnection> connection);
    [[nodiscard]] transport::ByteStream::Handlers handlers_for(const PairRef& pair, Side side);
    void on_bytes(Pair& pair, Side from, transport::Bytes bytes);
    void on_drained(Pair& pair, Side side);
    void on_end(const PairRef& pair, Side side);
    // The reference is the caller's own: the lists here let go of theirs.
    void wind_up(const PairRef& pair);
    void drop(const PairRef& pair);

    glib::ContextPtr context_;
    TurnStreams& streams_;
    mutants::MutantSet mutants_;
    Handlers handlers_;
    std::map<RelayId, std::unique_ptr<transport::TcpListener>> listeners_;
    std::map<ConnectionId, PairRef> pairs_;
    /// What is closed and not yet gone.
    std::map<ConnectionId, PairRef> leaving_;
};

}  // namespace portolan::server
