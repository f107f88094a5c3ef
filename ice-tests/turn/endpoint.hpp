#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ice-tests/turn/port_sequence.hpp"
#include "probe/stun/transport_address.hpp"
#include "probe/transport/discovery.hpp"
#include "probe/transport/tls_connection.hpp"

namespace portolan::turn {

/// RFC 8656 s3.1: between client and server.
using Transport = transport::Carrier;
using transport::to_string;

constexpr bool is_stream(Transport transport) {
    return transport == Transport::Tcp || transport == Transport::Tls;
}
constexpr bool is_secure(Transport transport) {
    return transport == Transport::Tls || transport == Transport::Dtls;
}

/// One address of a server, and how to talk to it.
struct Endpoint {
    Transport transport = Transport::Udp;
    TransportAddress server;
    std::optional<IpAddress> bind_ip = {};
    std::string interface = {};  ///< SO_BINDTODEVICE; empty: any
    /// Over UDP; null: any port.
    std::shared_ptr<PortSequence> ports = {};
    /// What the certificate has to be for, and SNI: a name, or an address.
    std::string server_name = {};
    std::shared_ptr<const transport::TlsCredentials> trust = {};
    transport::TlsClientPolicy tls = {};
    /// For the connection, over TLS and DTLS with the handshake.
    transport::Duration connect_timeout = transport::kDefaultConnectTimeout;
};

}  // namespace portolan::turn
