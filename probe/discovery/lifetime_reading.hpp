#pragma once

#include "probe/discovery/ledger.hpp"

namespace portolan::discovery {

/// LifetimeCheck, OutboundCheck, InboundCheck, InboundBusy: the server was asked to send to another
/// socket.
bool is_lifetime_check(Role role);

/// The answer of the server to a plain request, with the address it sees; nullptr without.
const Arrival* mapped_answer(const Ledger& ledger, const Probe& probe);

enum class LifetimeState {
    Pending,
    Alive,        ///< the packet came in on the socket that was meant
    Dead,         ///< it did not, while the controls were answered
    Unsupported,  ///< the server answered the asking socket instead, or with an error
};

struct LifetimeReading {
    LifetimeState state = LifetimeState::Pending;
    double error_bound = 1.0;
};

/// What one check says at `now`. For other roles: Alive once answered.
LifetimeReading read_lifetime(const Ledger& ledger, ProbeId id, Time now);

}  // namespace portolan::discovery
