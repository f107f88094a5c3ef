#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "ice-tests/media/loss_window.hpp"

namespace portolan::media {
namespace {

using Arrival = LossWindow::Arrival;
constexpr std::uint64_t kWindow = LossWindow::kWindowCount;

TEST(LossWindow, Nothing_sent_is_no_loss) {
    const LossCounts counts = LossWindow().counts();
    EXPECT_EQ(counts.expected_count, 0U);
    EXPECT_EQ(counts.loss_pct(), 0);
    EXPECT_EQ(counts.burst_ratio(), 1);
}

TEST(LossWindow, Duplicates_and_reordering_are_no_loss) {
    LossWindow window;
    EXPECT_EQ(window.add(0), Arrival::New);
    EXPECT_EQ(window.add(2), Arrival::New);
    EXPECT_EQ(window.counts().lost_count, 1U);
    EXPECT_EQ(window.add(1), Arrival::Reordered);
    EXPECT_EQ(window.add(1), Arrival::Duplicate);
    EXPECT_EQ(window.add(2), Arrival::Duplicate);
    const LossCounts counts = window.counts();
    EXPECT_EQ(counts.expected_count, 3U);
    EXPECT_EQ(counts.received_count, 3U);
    EXPECT_EQ(counts.lost_count, 0U);
    EXPECT_EQ(counts.duplicate_count, 2U);
    EXPECT_EQ(counts.reordered_count, 1U);
}

TEST(LossWindow, Losses_at_both_ends_are_seen) {
    LossWindow window;
    window.add(3);
    EXPECT_EQ(window.counts().lost_count, 3U);
    EXPECT_EQ(window.counts(10).lost_count, 9U);
    EXPECT_EQ(window.counts(10).loss_run_count, 2U);
    EXPECT_EQ(LossWindow().counts(10).lost_count, 10U);
    EXPECT_EQ(LossWindow().counts(10).loss_pct(), 100);
}

TEST(LossWindow, Packet_behind_the_window_is_too_late_and_stays_lost) {
    LossWindow window;
    window.add(1);
    window.add(kWindow);
    EXPECT_EQ(window.add(0), Arrival::TooLate);
    const LossCounts counts = window.counts();
    EXPECT_EQ(counts.too_late_count, 1U);
    EXPECT_EQ(counts.expected_count, kWindow + 1);
    EXPECT_EQ(counts.received_count, 2U);
}

TEST(LossWindow, Long_silence_is_one_run_and_costs_nothing) {
    LossWindow window;
    window.add(0);
    window.add(std::uint64_t{1} << 60U);
    window.add((std::uint64_t{1} << 60U) + 1);
    const LossCounts counts = window.counts();
    EXPECT_EQ(counts.expected_count, (std::uint64_t{1} << 60U) + 2);
    EXPECT_EQ(counts.received_count, 3U);
    EXPECT_EQ(counts.loss_run_count, 1U);
}

// Against a plain list of everything, over several windows' length.
TEST(LossWindow, Counts_equal_those_of_a_complete_record) {
    std::mt19937_64 random(11);
    for (const double loss : {0.0, 0.01, 0.3, 0.9}) {
        LossWindow window;
        std::vector<bool> received(5 * kWindow);
        std::bernoulli_distribution is_lost(loss);
        for (std::size_t i = 0; i + 1 < received.size(); i += 2) {
            // Neighbours change places now and then.
            const bool swaps = random() % 7 == 0;
            for (const std::size_t index : {i + (swaps ? 1 : 0), i + (swaps ? 0 : 1)}) {
                if (is_lost(random)) continue;
                received[index] = true;
                window.add(index);
            }
        }
        std::uint64_t lost = 0;
        std::uint64_t runs = 0;
        for (std::size_t i = 0; i < received.size(); ++i) {
            if (received[i]) continue;
            ++lost;
            if (i == 0 || received[i - 1]) ++runs;
        }
        const LossCounts counts = window.counts(received.size());
        EXPECT_EQ(counts.expected_count, received.size()) << "seed 11, loss " << loss;
        EXPECT_EQ(counts.lost_count, lost) << "seed 11, loss " << loss;
        EXPECT_EQ(counts.loss_run_count, runs) << "seed 11, loss " << loss;
        // Independent losses have the ratio 1 by definition.
        EXPECT_NEAR(counts.burst_ratio(), 1, 0.05) << "seed 11, loss " << loss;
    }
}

TEST(LossWindow, Burst_ratio_of_runs_of_four_in_a_tenth_is_three_point_six) {
    LossWindow window;
    for (std::uint64_t i = 0; i < 4000; ++i) {
        if (i % 40 >= 4) window.add(i);
    }
    EXPECT_NEAR(window.counts(4000).burst_ratio(), 4 * 0.9, 1e-9);
    EXPECT_NEAR(window.counts(4000).loss_pct(), 10, 1e-9);
}

}  // namespace
}  // namespace portolan::media
