#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "probe/stun/message.hpp"

namespace portolan::discovery {

/// Fills with random octets: the operating system's for real runs (RFC 8489 s5: transaction ids
/// SHOULD be cryptographically random), nothing where runs must repeat.
using RandomSource = std::function<void(std::span<std::byte>)>;

/// Transaction ids and ports, from a source or else from a seed.
class Entropy {
  public:
    Entropy(std::uint64_t seed, RandomSource source) : state_(seed), source_(std::move(source)) {}

    stun::TransactionId transaction_id();
    /// From 32768-65535, RFC 5780 s4.1: so that the mapping of an earlier run is not met again.
    std::uint16_t port();
    bool coin();

  private:
    void fill(std::span<std::byte> out);

    std::uint64_t state_;
    RandomSource source_;
};

}  // namespace portolan::discovery
