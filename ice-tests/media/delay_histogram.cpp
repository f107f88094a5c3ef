#include "ice-tests/media/delay_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace portolan::media {

using transport::Duration;

// Values with at most kSubBits + 1 significant bits have a bucket of their own; from there on each
// doubling is divided into 2^kSubBits buckets.
std::size_t DelayHistogram::bucket_of(std::uint64_t value_us) {
    const auto width = static_cast<unsigned>(std::bit_width(value_us));
    if (width <= kSubBits + 1) return value_us;
    const unsigned shift = width - kSubBits - 1;
    const std::size_t bucket = (static_cast<std::size_t>(shift) << kSubBits) + (value_us >> shift);
    return std::min(bucket, kBucketCount - 1);
}

std::uint64_t DelayHistogram::last_of(std::size_t bucket) {
    if (bucket < (std::size_t{2} << kSubBits)) return bucket;
    const unsigned shift = static_cast<unsigned>(bucket >> kSubBits) - 1;
    const std::uint64_t first = (bucket - (static_cast<std::size_t>(shift) << kSubBits)) << shift;
    return first + (std::uint64_t{1} << shift) - 1;
}

void DelayHistogram::add(Duration value) {
    const auto value_us = static_cast<std::uint64_t>(std::max<std::int64_t>(value.count(), 0));
    min_us_ = count_ == 0 ? value_us : std::min(min_us_, value_us);
    max_us_ = std::max(max_us_, value_us);
    ++buckets_[bucket_of(value_us)];
    ++count_;
}

std::optional<Duration> DelayHistogram::min() const {
    if (count_ == 0) return std::nullopt;
    return Duration(static_cast<std::int64_t>(min_us_));
}

std::optional<Duration> DelayHistogram::max() const {
    if (count_ == 0) return std::nullopt;
    return Duration(static_cast<std::int64_t>(max_us_));
}

std::optional<Duration> DelayHistogram::percentile(double pct) const {
    if (count_ == 0) return std::nullopt;
    const double share = std::clamp(pct, 0.0, 100.0) / 100;
    const auto wanted = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket + 1 < kBucketCount; ++bucket) {
        seen += buckets_[bucket];
        if (seen < wanted) continue;
        return Duration(static_cast<std::int64_t>(std::min(last_of(bucket), max_us_)));
    }
    return max();
}

std::uint64_t DelayHistogram::count_above(Duration limit) const {
    const auto limit_us = static_cast<std::uint64_t>(std::max<std::int64_t>(limit.count(), 0));
    std::uint64_t above = 0;
    for (std::size_t bucket = bucket_of(limit_us) + 1; bucket < kBucketCount; ++bucket)
        above += buckets_[bucket];
    return above;
}

}  // namespace portolan::media
