#pragma once

#include <optional>

#include "ice-tests/precall/visit.hpp"
#include "ice-tests/turn/surroundings.hpp"
#include "probe/transport/clock.hpp"

namespace portolan::precall {

/// Whether a relay is reached by a packet from outside of its server: one of this host, which a
/// peer elsewhere is as much a stranger as.
struct FromOutside {
    bool is_done = false;
    bool has_arrived = false;
    int copy_count = 0;  ///< sent to the relay
    int control_count =
        0;  ///< Binding requests of the same socket that the server answered meanwhile
    std::optional<TransportAddress> mapped = {};  ///< the socket, as the server sees it
    std::optional<Problem> problem = {};          ///< why it could not be tried

    /// Nothing arrived, of at least five copies, while the control came back at least three times:
    /// loss alone would have to be extraordinary.
    [[nodiscard]] bool is_proof_of_closure() const {
        return is_done && !has_arrived && !problem && copy_count >= 5 && control_count >= 3;
    }
};

/// Where a packet for that relay has to be sent to by a host that reaches the server at that
/// address, and is seen by it at `mapped`: behind a NAT64 the relay's translation is as the
/// server's own (RFC 6052 s2.2, with a prefix of 96 bits). Nothing where the relay is of another
/// family, or the prefix is not known.
std::optional<TransportAddress> way_to_relay(const TransportAddress& relay, const IpAddress& server,
                                             const IpAddress& mapped);

/// Sends from a fresh UDP socket to the relay of `visit`, which has permitted that socket's mapped
/// address; Binding requests to `server` over UDP, from the same socket at the same times, are the
/// control. Ends when a copy has arrived, or after `limit`.
turn::Task<bool> reach_from_outside(turn::Surroundings where, Visit& visit, TransportAddress server,
                                    transport::Duration limit, FromOutside& out);

}  // namespace portolan::precall
