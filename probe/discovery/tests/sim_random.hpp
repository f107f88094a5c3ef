#pragma once

#include <cstdint>

namespace portolan::discovery::sim {

/// SplitMix64: the same numbers on every machine for the same seed, which
/// std::uniform_*_distribution does not promise.
class Random {
  public:
    explicit Random(std::uint64_t seed = 0) : state_(seed) {}

    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
        return z ^ (z >> 31U);
    }

    /// 0 <= result < bound; bound > 0.
    std::uint32_t below(std::uint32_t bound) {
        return static_cast<std::uint32_t>(((next() >> 32U) * bound) >> 32U);
    }

    /// low <= result <= high.
    std::int64_t between(std::int64_t low, std::int64_t high) {
        if (high <= low) return low;
        const auto width = static_cast<std::uint64_t>(high - low) + 1;
        return low + static_cast<std::int64_t>(next() % width);
    }

    /// 0 <= result < 1.
    double unit() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

    bool chance(double probability) { return probability > 0.0 && unit() < probability; }

  private:
    std::uint64_t state_;
};

}  // namespace portolan::discovery::sim
