#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "probe/transport/clock.hpp"

namespace portolan::media {

/// Durations in buckets that widen with the value: exact below 128 us, 1/64 of the value wide
/// above, up to 19 hours. Each bucket knows the least and the greatest of its values, so that a
/// delay that is always the same is exact. Fixed memory, constant cost.
class DelayHistogram {
  public:
    void add(transport::Duration value);

    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] std::optional<transport::Duration> min() const;
    [[nodiscard]] std::optional<transport::Duration> max() const;
    /// The value that at least `pct` per cent do not exceed: exact where the values of its bucket
    /// are equal or it is the last of them, else between their least and greatest in the proportion
    /// of its rank, and thus within 1/64. Absent when empty.
    [[nodiscard]] std::optional<transport::Duration> percentile(double pct) const;
    /// Values above `limit`, by bucket: those in the limit's own bucket do not count.
    [[nodiscard]] std::uint64_t count_above(transport::Duration limit) const;

  private:
    static constexpr unsigned kSubBits = 6;
    static constexpr std::size_t kBucketCount = 2048;

    static std::size_t bucket_of(std::uint64_t value_us);

    struct Bucket {
        std::uint64_t count = 0;
        std::uint64_t least_us = 0;
        std::uint64_t greatest_us = 0;
    };

    std::array<Bucket, kBucketCount> buckets_{};
    std::uint64_t count_ = 0;
    std::uint64_t min_us_ = 0;
    std::uint64_t max_us_ = 0;
};

}  // namespace portolan::media
