#pragma once

#include <vector>

#include "ice-tests/server/binding.hpp"

// The faults that change addresses or whole answers. Without faults these functions return what
// they are given.
namespace portolan::server {

/// The RESPONSE-ORIGIN (SOURCE-ADDRESS) for an answer sent from `from`.
TransportAddress stated_origin(const BindingConfig& config, const Incoming& incoming,
                               const TransportAddress& from);

/// The OTHER-ADDRESS (CHANGED-ADDRESS) where `other` would be right.
TransportAddress stated_other(const FaultSet& faults, const Incoming& incoming,
                              const TransportAddress& other);

/// The mapped address that the answer names for a client at `source`.
TransportAddress stated_mapped(const FaultSet& faults, const TransportAddress& source);

/// What an ALG that rewrites payloads would make of a mapped address: the client's private one.
TransportAddress alg_address(const TransportAddress& mapped);

/// What is really sent instead of a right answer.
std::vector<Outgoing> misbehave(const BindingConfig& config, const Incoming& incoming,
                                Outgoing reply);

}  // namespace portolan::server
