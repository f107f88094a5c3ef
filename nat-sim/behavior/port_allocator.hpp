#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nat-sim/behavior/parameters.hpp"

namespace portolan::nat {

/// RFC 7422: which outside ports belong to which subscriber. The outside addresses are numbered,
/// subscribers too; subscriber s of C + D shares an address (or a group of addresses) with others,
/// and the shares from C on are the dynamic pool.
class BlockPlan {
  public:
    struct Place {
        std::size_t address = 0;  ///< number of the outside address
        std::uint16_t port = 0;
    };

    BlockPlan() = default;
    BlockPlan(const Parameters::PortAllocation& ports, std::size_t addresses, std::uint64_t seed);

    [[nodiscard]] std::uint32_t subscribers_count() const;
    /// Ports of each share.
    [[nodiscard]] std::uint32_t size_count() const { return size_; }
    /// How many shares the dynamic pool has.
    [[nodiscard]] std::uint32_t dynamic_shares_count() const;
    /// The n-th port of a subscriber; n < size_count().
    [[nodiscard]] Place place(std::uint32_t subscriber, std::uint32_t n) const;
    [[nodiscard]] Place dynamic_place(std::uint32_t share, std::uint32_t n) const;

  private:
    [[nodiscard]] Place share_place(std::size_t group, std::uint32_t share, std::uint32_t n) const;

    Parameters::PortAllocation ports_;
    std::size_t addresses_ = 0;
    std::uint32_t shares_ = 1;  ///< C + D
    std::uint32_t size_ = 0;
    std::vector<std::uint16_t> permutation_;  ///< of the ports, for `Cryptographic`
};

}  // namespace portolan::nat
