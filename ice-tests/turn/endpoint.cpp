#include "ice-tests/turn/endpoint.hpp"

namespace portolan::turn {

std::string_view to_string(Transport transport) {
    switch (transport) {
        case Transport::Udp:
            return "udp";
        case Transport::Tcp:
            return "tcp";
        case Transport::Tls:
            return "tls";
        case Transport::Dtls:
            return "dtls";
    }
    return "udp";
}

Transport transport_of(const transport::ServerUri& uri) {
    if (uri.transport == transport::ServerTransport::Udp) {
        return uri.is_secure() ? Transport::Dtls : Transport::Udp;
    }
    return uri.is_secure() ? Transport::Tls : Transport::Tcp;
}

}  // namespace portolan::turn
