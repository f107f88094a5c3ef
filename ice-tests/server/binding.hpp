#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "ice-tests/mutants/mutant.hpp"
#include "ice-tests/server/fault.hpp"
#include "ice-tests/server/layout.hpp"
#include "probe/stun/message.hpp"
#include "probe/stun/transport_address.hpp"

namespace portolan::server {

/// What a STUN server is, as far as its answers depend on it.
struct BindingConfig {
    Layout layout;
    FaultSet faults;
    mutants::MutantSet mutants = {};
    std::string software = "Portolan";  ///< SOFTWARE; empty: none
    /// RFC 5780 s6.1 (SHOULD): the MTU of the outgoing interface. A multiple of four.
    std::size_t padding_bytes = 1500;
};

enum class Arrival { Udp, Tcp, Tls, Dtls };

constexpr bool is_secure(Arrival arrival) {
    return arrival == Arrival::Tls || arrival == Arrival::Dtls;
}
constexpr bool is_stream(Arrival arrival) {
    return arrival == Arrival::Tcp || arrival == Arrival::Tls;
}
/// Where a response may leave from another address, or go to another one, than it was asked.
constexpr bool is_plain_udp(Arrival arrival) {
    return arrival == Arrival::Udp;
}

struct Incoming {
    stun::Bytes bytes;
    TransportAddress source;
    TransportAddress received_on;  ///< one of the layout's endpoints
    Arrival arrival = Arrival::Udp;
};

struct Outgoing {
    TransportAddress from;  ///< one of the layout's endpoints
    TransportAddress to;
    std::vector<std::byte> bytes;
};

/// The whole STUN server without its sockets: RFC 8489 Binding, RFC 5780, and the RFC 3489 form for
/// requests without the magic cookie. Nothing comes back for what is not a Binding request:
/// garbage, responses, indications, other methods, a wrong FINGERPRINT. Over TCP the answer always
/// goes back on the connection it came from, so CHANGE-REQUEST with a flag set and RESPONSE-PORT
/// are refused (420).
std::vector<Outgoing> respond(const BindingConfig& config, const Incoming& incoming);

}  // namespace portolan::server
