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

void DelayHistogram::add(Duration value) {
    const auto value_us = static_cast<std::uint64_t>(std::max<std::int64_t>(value.count(), 0));
    min_us_ = count_ == 0 ? value_us : std::min(min_us_, value_us);
    max_us_ = std::max(max_us_, value_us);
    Bucket& bucket = buckets_[bucket_of(value_us)];
    bucket.least_us = bucket.count == 0 ? value_us : std::min(bucket.least_us, value_us);
    bucket.greatest_us = std::max(bucket.greatest_us, value_us);
    ++bucket.count;
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
    for (const Bucket& bucket : buckets_) {
        if (seen + bucket.count < wanted) {
            seen += bucket.count;
            continue;
        }
        const auto rank = static_cast<double>(wanted - seen - 1);
        const auto steps = static_cast<double>(std::max<std::uint64_t>(bucket.count, 2) - 1);
        const auto width = static_cast<double>(bucket.greatest_us - bucket.least_us);
        if (wanted - seen == bucket.count) {
            return Duration(static_cast<std::int64_t>(bucket.greatest_us));
        }
        return Duration(static_cast<std::int64_t>(bucket.least_us) +
                        static_cast<std::int64_t>(width * (rank / steps)));
    }
    return max();
}

std::uint64_t DelayHistogram::count_above(Duration limit) const {
    const auto limit_us = static_cast<std::uint64_t>(std::max<std::int64_t>(limit.count(), 0));
    std::uint64_t above = 0;
    for (std::size_t bucket = bucket_of(limit_us) + 1; bucket < kBucketCount; ++bucket)
        above += buckets_[bucket].count;
    return above;
}

}  // namespace portolan::media
