#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "ice-tests/media/delay_histogram.hpp"

namespace portolan::media {
namespace {

using transport::Duration;

TEST(DelayHistogram, Empty_has_nothing_to_say) {
    const DelayHistogram histogram;
    EXPECT_FALSE(histogram.min());
    EXPECT_FALSE(histogram.max());
    EXPECT_FALSE(histogram.percentile(50));
    EXPECT_EQ(histogram.count(), 0U);
}

TEST(DelayHistogram, Short_delays_are_exact) {
    DelayHistogram histogram;
    for (int us = 1; us <= 100; ++us)
        histogram.add(Duration(us));
    EXPECT_EQ(histogram.percentile(50), Duration(50));
    EXPECT_EQ(histogram.percentile(99), Duration(99));
    EXPECT_EQ(histogram.percentile(0), Duration(1));
    EXPECT_EQ(histogram.percentile(100), Duration(100));
    EXPECT_EQ(histogram.count_above(Duration(99)), 1U);
}

/// 128 us is in a bucket of 2 us, 20 ms in one of 256 us.
TEST(DelayHistogram, Delay_that_is_always_the_same_is_exact) {
    DelayHistogram histogram;
    for (int i = 0; i < 900; ++i)
        histogram.add(Duration(20'000));
    for (int i = 0; i < 100; ++i)
        histogram.add(Duration(60'000));
    for (const int pct : {1, 50, 90})
        EXPECT_EQ(histogram.percentile(pct), Duration(20'000)) << pct;
    EXPECT_EQ(histogram.percentile(95), Duration(60'000));
    DelayHistogram two;
    two.add(Duration(20'000));
    two.add(Duration(20'100));
    EXPECT_EQ(two.percentile(50), Duration(20'000));
    EXPECT_EQ(two.percentile(100), Duration(20'100));
}

TEST(DelayHistogram, Percentiles_are_within_a_64th_of_the_exact_ones) {
    std::mt19937_64 random(7);
    for (const double scale : {1e2, 1e4, 1e6, 1e9}) {
        std::exponential_distribution<double> delays(1 / scale);
        DelayHistogram histogram;
        std::vector<std::int64_t> exact;
        for (int i = 0; i < 10'000; ++i) {
            exact.push_back(static_cast<std::int64_t>(delays(random)));
            histogram.add(Duration(exact.back()));
        }
        std::sort(exact.begin(), exact.end());
        for (const int pct : {1, 50, 95, 99, 100}) {
            const auto value = exact[static_cast<std::size_t>(pct) * exact.size() / 100 - 1];
            const auto found = histogram.percentile(pct)->count();
            EXPECT_GE(found, value - value / 64 - 1) << "seed 7, scale " << scale << ", p" << pct;
            EXPECT_LE(found, value + value / 64 + 1) << "seed 7, scale " << scale << ", p" << pct;
        }
        EXPECT_EQ(histogram.min()->count(), exact.front());
        EXPECT_EQ(histogram.max()->count(), exact.back());
        EXPECT_LE(histogram.count_above(*histogram.percentile(99)), 100U);
    }
}

TEST(DelayHistogram, Extremes_fit) {
    DelayHistogram histogram;
    histogram.add(Duration(-5));
    histogram.add(Duration(INT64_MAX));
    EXPECT_EQ(histogram.min(), Duration(0));
    EXPECT_EQ(histogram.percentile(100), Duration(INT64_MAX));
}

}  // namespace
}  // namespace portolan::media
