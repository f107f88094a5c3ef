#pragma once

#include <glib.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "ice-tests/mutants/mutant.hpp"
#include "ice-tests/server/five_tuple.hpp"
#include "probe/stun/framing.hpp"
#include "probe/transport/glib_ptr.hpp"
#include "probe/transport/tcp_connection.hpp"
#include "probe/transport/tls_connection.hpp"

namespace portolan::server {

/// The TCP and TLS connections of TURN clients: STUN messages and ChannelData in and out, at any
/// time and in any order. What is neither ends its connection.
class TurnStreams {
  public:
    struct Handlers {
        std::function<void(const FiveTuple&, stun::Bytes frame)> on_frame;
        /// However it ended, but not when the streams go as a whole.
        std::function<void(const FiveTuple&)> on_gone;
        /// Whether silence is normal, because the client has an allocation.
        std::function<bool(const FiveTuple&)> may_idle;
    };

    /// Beyond this many the next one is closed at once.
    static constexpr std::size_t kMaxConnectionCount = 4096;
    static constexpr transport::Duration kHandshakeTimeout = std::chrono::seconds(30);
    /// For the last responses to leave after the client has closed its side.
    static constexpr transport::Duration kLinger = std::chrono::seconds(5);

    /// The identity is for TLS. A client that has no allocation and sends nothing for `idle` is
    /// dropped.
    TurnStreams(GMainContext* context, const AddressHash& hash, Handlers handlers,
                std::shared_ptr<const transport::TlsCredentials> identity = {},
                const mutants::MutantSet& mutants = {},
                transport::Duration idle = std::chrono::seconds(60));
    ~TurnStreams();
    TurnStreams(const TurnStreams&) = delete;
    TurnStreams& operator=(const TurnStreams&) = delete;

    void add(Arrival arrival, const TransportAddress& received_on,
             std::unique_ptr<transport::TcpConnection> connection);
    /// False when the client is gone or does not read.
    [[nodiscard]] bool send(const FiveTuple& to, stun::Bytes frame);
    /// Sends what is queued, then ends our side.
    void close(const FiveTuple& tuple);
    /// From now on what comes on that connection goes to whoever takes it over, as it is: it is no
    /// TURN client any more, and on_gone is not told of its end. nullptr when it is gone. From
    /// within on_frame too.
    [[nodiscard]] std::shared_ptr<transport::ByteStream> hand_over(
        const FiveTuple& tuple, transport::ByteStream::Handlers to);
    /// From within on_frame too.
    void drop(const FiveTuple& tuple);

  private:
    struct Stream;
    using StreamRef = std::shared_ptr<Stream>;
    [[nodiscard]] transport::ByteStream::Handlers handlers_for(const StreamRef& stream);
    /// Waits for the first bytes, to serve by what they are.
    void watch(const StreamRef& stream, std::unique_ptr<transport::TcpConnection> connection);
    void begin(const StreamRef& stream, std::unique_ptr<transport::TcpConnection> connection,
               bool with_tls, stun::Bytes first);
    void on_bytes(const StreamRef& stream, stun::Bytes bytes);
    [[nodiscard]] bool misbehave(const StreamRef& stream, stun::Bytes bytes);
    [[nodiscard]] bool is(mutants::Mutant mutant) const { return mutants_.has(mutant); }
    void on_end(Stream& stream, transport::StreamEnd how);
    void restart_idle_timer(Stream& stream);

    glib::ContextPtr context_;
    Handlers handlers_;
    std::shared_ptr<const transport::TlsCredentials> identity_;
    mutants::MutantSet mutants_;
    transport::Duration idle_;
    std::unordered_map<FiveTuple, std::shared_ptr<Stream>, AddressHash> streams_;
};

}  // namespace portolan::server
