#pragma once

#include <glib.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "ice-tests/server/binding.hpp"
#include "ice-tests/server/delayed_calls.hpp"
#include "probe/stun/framing.hpp"
#include "probe/transport/tcp_connection.hpp"

namespace portolan::server {

/// The accepted connections: cuts their bytes into messages and sends the answers back, in order.
/// What is not STUN ends its connection.
class TcpClients {
  public:
    using OnMessage = std::function<std::vector<Outgoing>(
        const TransportAddress& received_on, const TransportAddress& source, stun::Bytes message)>;

    /// Beyond this many the next one is closed at once.
    static constexpr std::size_t kMaxConnectionCount = 512;
    /// Without any bytes for this long a connection counts as dead (RFC 8489 s6.2.2 leaves it to
    /// the client to close one that is not).
    static constexpr transport::Duration kIdleTimeout = std::chrono::minutes(10);
    /// For the last answers to leave after the client has closed its side.
    static constexpr transport::Duration kLinger = std::chrono::seconds(5);

    TcpClients(GMainContext* context, OnMessage on_message, transport::Duration reply_delay);
    ~TcpClients();
    TcpClients(const TcpClients&) = delete;
    TcpClients& operator=(const TcpClients&) = delete;

    void add(const TransportAddress& received_on,
             std::unique_ptr<transport::TcpConnection> connection);

  private:
    struct Client;
    void on_bytes(Client& client, stun::Bytes bytes);
    void on_end(Client& client, transport::StreamEnd how);
    void restart_idle_timer(Client& client);
    void drop(std::uint64_t number);

    glib::ContextPtr context_;
    OnMessage on_message_;
    transport::Duration reply_delay_;
    std::uint64_t next_ = 0;
    std::map<std::uint64_t, std::shared_ptr<Client>> clients_;
};

}  // namespace portolan::server
