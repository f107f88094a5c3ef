#pragma once

#include "ice-tests/turn/transcript.hpp"

// What clients from before have left on a 5-tuple, by the answers that somebody else gets there.
namespace portolan::conformance {

/// RFC 8656 s7.4 (SHOULD): after a 437 a client tries three addresses in all. One that judges the
/// server takes some more: of a thousand allocations that others left, six independent ports hit
/// one each in 10^9 times.
inline constexpr int kAddresses = 6;

/// Whether anything was answered with error 437.
bool is_mismatch(const turn::Transcript& transcript);
/// Whether a client that had asked for nothing else before was refused an allocation with 437.
bool was_taken(const turn::Transcript& transcript);
/// Whether a client that had asked for nothing else before was granted an allocation without a
/// relay. coturn 4.6.1 does that for a minute after it has refused somebody one on that 5-tuple.
bool lacks_relay(const turn::Transcript& transcript);

}  // namespace portolan::conformance
