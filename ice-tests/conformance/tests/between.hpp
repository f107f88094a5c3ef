#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "ice-tests/turn/surroundings.hpp"
#include "probe/stun/message.hpp"
#include "probe/transport/tcp_connection.hpp"
#include "probe/transport/udp_socket.hpp"

// A way to a server on which a test decides what arrives. Both throw where no socket is to be had.
namespace portolan::conformance::test {

/// Over UDP. The server sees a port of the way for each client.
class UdpWay {
  public:
    /// What arrives of something that the server has sent; nothing: it is lost.
    using Passes = std::function<std::optional<std::vector<std::byte>>(stun::Bytes)>;

    UdpWay(const turn::Surroundings& where, const TransportAddress& server, Passes passes);

    /// What clients take for the server.
    [[nodiscard]] const TransportAddress& address() const { return socket_->local_address(); }

  private:
    transport::UdpSocket& way_of(const TransportAddress& client);

    turn::Surroundings where_;
    TransportAddress server_;
    Passes passes_;
    std::unique_ptr<transport::UdpSocket> socket_;
    std::map<TransportAddress, std::unique_ptr<transport::UdpSocket>> clients_;
};

/// Over TCP.
class TcpWay {
  public:
    /// Whether the connection ends instead of carrying what a client has just sent.
    using Ends = std::function<bool(stun::Bytes)>;

    TcpWay(const turn::Surroundings& where, const TransportAddress& server, Ends ends);

    [[nodiscard]] const TransportAddress& address() const { return listener_->local_address(); }

  private:
    struct Connection;
    void add(std::unique_ptr<transport::TcpConnection> client);

    turn::Surroundings where_;
    TransportAddress server_;
    Ends ends_;
    std::vector<std::shared_ptr<Connection>> connections_;
    std::unique_ptr<transport::TcpListener> listener_;
};

}  // namespace portolan::conformance::test
