#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ice-tests/turn/port_sequence.hpp"
#include "probe/stun/transport_address.hpp"
#include "probe/transport/server_uri.hpp"
#include "probe/transport/tls_connection.hpp"

namespace portolan::turn {

/// RFC 8656 s3.1: between client and server.
enum class Transport { Udp, Tcp, Tls, Dtls };

/// "udp", "tcp", "tls", "dtls".
std::string_view to_string(Transport transport);

constexpr bool is_stream(Transport transport) {
    return transport == Transport::Tcp || transport == Transport::Tls;
}
constexpr bool is_secure(Transport transport) {
    return transport == Transport::Tls || transport == Transport::Dtls;
}

/// What a URI says: UDP with a secure scheme is DTLS (RFC 7350 s4.6.1).
Transport transport_of(const transport::ServerUri& uri);

/// One address of a server, and how to talk to it.
struct Endpoint {
    Transport transport = Transport::Udp;
    TransportAddress server;
    std::optional<IpAddress> bind_ip = {};
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
