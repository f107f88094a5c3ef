#include "nat-sim/behavior/port_allocator.hpp"

#include <numeric>
#include <utility>

#include "nat-sim/behavior/random.hpp"

namespace portolan::nat {

BlockPlan::BlockPlan(const Parameters::PortAllocation& ports, std::size_t addresses,
                     std::uint64_t seed)
    : ports_(ports),
      addresses_(addresses),
      shares_(std::uint32_t{ports.block_compression_count} + ports.block_dynamic_count) {
    const std::uint32_t usable = 65536U - ports.block_reserved_count;
    size_ = ports.block_size_count != 0 ? ports.block_size_count : usable / shares_;
    // Explicit blocks may leave room for fewer dynamic shares than D.
    if (size_ * shares_ > usable) shares_ = usable / size_;
    if (ports.block_algorithm != BlockAlgorithm::Cryptographic) return;
    permutation_.resize(usable);
    std::iota(permutation_.begin(), permutation_.end(), ports.block_reserved_count);
    Random random(seed);
    for (std::uint32_t i = usable - 1; i > 0; --i) {
        std::swap(permutation_[i], permutation_[random.below(i + 1)]);
    }
}

std::uint32_t BlockPlan::subscribers_count() const {
    return static_cast<std::uint32_t>(ports_.block_compression_count * addresses_);
}

std::uint32_t BlockPlan::dynamic_shares_count() const {
    return static_cast<std::uint32_t>((shares_ - ports_.block_compression_count) * addresses_);
}

BlockPlan::Place BlockPlan::place(std::uint32_t subscriber, std::uint32_t n) const {
    return share_place(subscriber / ports_.block_compression_count,
                       subscriber % ports_.block_compression_count, n);
}

BlockPlan::Place BlockPlan::dynamic_place(std::uint32_t share, std::uint32_t n) const {
    const std::uint32_t each = shares_ - ports_.block_compression_count;
    return share_place(share / each, ports_.block_compression_count + share % each, n);
}

BlockPlan::Place BlockPlan::share_place(std::size_t group, std::uint32_t share,
                                        std::uint32_t n) const {
    const std::uint32_t base = ports_.block_reserved_count;
    const auto port = [](std::uint32_t value) { return static_cast<std::uint16_t>(value); };
    const auto count = static_cast<std::uint32_t>(addresses_);
    // Round robin and interlaced spread each share over the whole pool, so that there are as many
    // shares in all as C + D for each address.
    const std::uint32_t global = static_cast<std::uint32_t>(group) * shares_ + share;
    switch (ports_.block_algorithm) {
        case BlockAlgorithm::Sequential:
            break;
        case BlockAlgorithm::Staggered:
            return {group, port(base + n * shares_ + share)};
        case BlockAlgorithm::RoundRobin: {
            // The k-th port of the pool, counted address by address for each port number.
            const std::uint32_t k = global * size_ + n;
            return {k % count, port(base + k / count)};
        }
        case BlockAlgorithm::Interlaced: {
            const std::uint32_t step = shares_ * count;
            // One further address for each step, so that a share visits all of them.
            return {(global + n) % count, port(base + (n * step + global) / count)};
        }
        case BlockAlgorithm::Cryptographic:
            return {group, permutation_[share * size_ + n]};
    }
    return {group, port(base + share * size_ + n)};
}

}  // namespace portolan::nat
