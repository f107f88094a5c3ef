#pragma once

#include <glib.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "probe/stun/transport_address.hpp"
#include "probe/transport/byte_stream.hpp"
#include "probe/transport/clock.hpp"
#include "probe/transport/tls_connection.hpp"

namespace portolan::transport {

/// The server's side of DTLS 1.2 (RFC 6347) on one UDP address, for any number of clients. The
/// datagrams come from and go to a socket of the caller's. Nothing is kept of a client before it
/// has sent back a cookie (RFC 6347 s4.2.1; RFC 7350 s4.6, MUST).
class DtlsServer {
  public:
    struct Handlers {
        /// A datagram for that client.
        std::function<void(const TransportAddress& client, Bytes datagram)> send;
        /// What one record holds; the bytes are valid during the call only.
        std::function<void(const TransportAddress& client, Bytes)> on_bytes;
        /// After the handshake was done, once; not when the server goes or drops it.
        std::function<void(const TransportAddress& client)> on_end;
        /// Whether silence is normal: else a session ends after kIdleTimeout.
        std::function<bool(const TransportAddress& client)> may_idle;
    };

    /// Beyond this many the one goes that was silent longest, unless all may be: nobody new comes.
    static constexpr std::size_t kMaxSessionCount = 4096;
    static constexpr Duration kHandshakeTimeout = std::chrono::seconds(30);
    static constexpr Duration kIdleTimeout = std::chrono::minutes(10);

    DtlsServer(GMainContext* context, std::shared_ptr<const TlsCredentials> identity,
               Handlers handlers, std::size_t max_session_count = kMaxSessionCount);
    ~DtlsServer();
    DtlsServer(const DtlsServer&) = delete;
    DtlsServer& operator=(const DtlsServer&) = delete;

    void on_datagram(const TransportAddress& client, Bytes datagram);
    /// One record. False when there is no open session, or it does not fit.
    [[nodiscard]] bool send(const TransportAddress& client, Bytes bytes);
    /// Sends close_notify and forgets the session.
    void drop(const TransportAddress& client);
    /// Sessions, open or in their handshake.
    [[nodiscard]] std::size_t session_count() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace portolan::transport
