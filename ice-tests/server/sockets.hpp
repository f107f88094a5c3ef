#pragma once

#include <glib.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "ice-tests/server/layout.hpp"
#include "probe/transport/tcp_connection.hpp"
#include "probe/transport/udp_socket.hpp"
#include "reports/model/result.hpp"

namespace portolan::server {

/// One UDP socket, and one TCP listener if asked for, on every endpoint of a layout.
struct ServerSockets {
    using OnDatagram =
        std::function<void(const TransportAddress& received_on, const transport::Datagram&)>;
    using OnConnection = std::function<void(const TransportAddress& received_on,
                                            std::unique_ptr<transport::TcpConnection>)>;

    std::vector<std::unique_ptr<transport::UdpSocket>> udp;
    std::vector<std::unique_ptr<transport::TcpListener>> tcp;

    /// The one bound to that address, or nullptr.
    [[nodiscard]] transport::UdpSocket* udp_at(const TransportAddress& endpoint) const;

    /// Fills in the ports of the layout that are 0.
    static Result<ServerSockets> open(GMainContext* context, const transport::Clock& clock,
                                      transport::Random& random, bool with_tcp, Layout& layout,
                                      const OnDatagram& on_datagram,
                                      const OnConnection& on_connection);
};

}  // namespace portolan::server
