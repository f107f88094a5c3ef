#pragma once

#include "ice-tests/turn/endpoint.hpp"
#include "reports/model/result.hpp"

namespace portolan::conformance {

/// Whether it is worth trying again from another port, after so many tries: when time ran out, and
/// not when somebody said no. A lost SYN is repeated too seldom for five seconds on a lossy path;
/// with coturn 4.6.1 a DTLS handshake that lost a flight often comes to nothing, and a port whose
/// last session it has kept gets no answer.
bool is_worth_another(const Error& error, turn::Transport transport, int try_count);

/// Says of the last of so many tries how many there were: each of them took its time.
Error after_tries(Error error, int try_count);

}  // namespace portolan::conformance
