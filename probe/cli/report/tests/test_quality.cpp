#include <gmock/gmock.h>

#include "probe/cli/report/figures.hpp"
#include "probe/cli/report/quality.hpp"
#include "probe/cli/report/tests/facts_builder.hpp"

namespace portolan::nat_probe {
namespace {

using std::chrono::milliseconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Share, has_the_interval_of_wilson) {
    // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    const Share one{81, 263};
    EXPECT_NEAR(one.low_pct(), 25.53, 0.01);
    EXPECT_NEAR(one.high_pct(), 36.62, 0.01);
    const Share none{0, 20};
    EXPECT_NEAR(none.low_pct(), 0, 0.01);
    EXPECT_NEAR(none.high_pct(), 16.11, 0.01);
}

TEST(QualityOf, clean_loop_has_no_impairment) {
    const auto quality = quality_of(made_loop(100, 0, milliseconds(31), milliseconds(2)));
    ASSERT_TRUE(quality);
    EXPECT_THAT(quality->impairments, IsEmpty());
    EXPECT_EQ(quality->lost.whole, 200U);
    EXPECT_EQ(quality->median, milliseconds(32));
    EXPECT_GT(quality->mos, 4.2);
    EXPECT_EQ(severity_of(*quality), report::Severity::Low);
}

TEST(QualityOf, each_impairment_is_named_alone) {
    const auto lossy = quality_of(made_loop(100, 10, milliseconds(31), milliseconds(2)));
    EXPECT_THAT(lossy->impairments, Contains(Impairment::Loss));
    EXPECT_EQ(lossy->impairments.front(), Impairment::Loss);
    const auto slow = quality_of(made_loop(100, 0, milliseconds(200), milliseconds(2)));
    EXPECT_THAT(slow->impairments, ElementsAre(Impairment::Delay));
    const auto uneven = quality_of(made_loop(100, 0, milliseconds(31), milliseconds(50)));
    EXPECT_THAT(uneven->impairments, ElementsAre(Impairment::Jitter));
}

TEST(QualityOf, little_loss_proves_no_more_than_it_does) {
    // Two of a hundred and twenty: 1.7 %, which may as well be 0.5 %.
    const auto quality = quality_of(made_loop(60, 60, milliseconds(31), milliseconds(2)));
    ASSERT_TRUE(quality);
    EXPECT_EQ(quality->lost.part, 2U);
    EXPECT_THAT(quality->impairments, IsEmpty());
}

TEST(QualityOf, late_computer_judges_no_delay) {
    auto loop = made_loop(100, 0, milliseconds(200), milliseconds(60));
    for (std::size_t i = 0; i < loop.there.passages.size(); i += 10)
        loop.there.passages[i].sent_at += milliseconds(40);
    const auto quality = quality_of(loop);
    EXPECT_TRUE(quality->is_late);
    EXPECT_THAT(quality->impairments, IsEmpty());
}

TEST(QualityOf, late_once_is_not_late) {
    auto loop = made_loop(100, 0, milliseconds(200), milliseconds(2));
    loop.there.passages[50].sent_at += milliseconds(400);
    loop.max_lag = milliseconds(400);
    const auto quality = quality_of(loop);
    EXPECT_FALSE(quality->is_late);
    EXPECT_THAT(quality->impairments, ElementsAre(Impairment::Delay));
}

TEST(QualityOf, few_packets_prove_nothing) {
    const auto quality = quality_of(made_loop(10, 2, milliseconds(31), milliseconds(2)));
    EXPECT_FALSE(quality->is_enough);
    EXPECT_THAT(quality->impairments, IsEmpty());
}

TEST(QualityOf, dead_direction_decides) {
    auto loop = made_loop(100, 0, milliseconds(31), milliseconds(2));
    const auto dead = made_loop(100, 1, milliseconds(31), milliseconds(2));
    loop.back = dead.back;
    loop.back.audio->speech.reset();  // as of a direction in which nothing arrived
    const auto quality = quality_of(loop);
    ASSERT_TRUE(quality);
    EXPECT_TRUE(quality->is_one_way);
    EXPECT_EQ(quality->mos, 1);
    EXPECT_EQ(severity_of(*quality), report::Severity::Critical);
    EXPECT_THAT(quality->impairments, Contains(Impairment::Loss));
    EXPECT_THAT(words_of(*quality), HasSubstr("in one direction nothing arrives"));
}

TEST(QualityOf, unfinished_loop_has_none) {
    auto loop = made_loop(100, 0, milliseconds(31), milliseconds(2));
    loop.is_done = false;
    EXPECT_FALSE(quality_of(loop));
    EXPECT_FALSE(quality_of({}));
}

TEST(DelayFigure, has_a_gap_where_a_packet_was_lost) {
    const auto figure = delay_figure(made_loop(20, 10, milliseconds(31), milliseconds(0)), "t");
    const auto& line = figure["panels"][0]["lines"][0];
    ASSERT_EQ(line["values"].size(), 19U);  // the last one was lost, behind which nothing came
    EXPECT_EQ(line["at_us"][0], 0);
    EXPECT_EQ(line["values"][0], 31'000);
    EXPECT_EQ(line["at_us"][9], 180'000);
    EXPECT_TRUE(line["values"][9].is_null());
    EXPECT_TRUE(delay_figure({}, "t").is_null());
}

TEST(DelayFigure, has_the_share_lost_of_each_ten_packets) {
    const auto figure = delay_figure(made_loop(20, 5, milliseconds(31), milliseconds(0)), "t");
    const auto& line = figure["panels"][1]["lines"][0];
    ASSERT_EQ(line["values"].size(), 2U);
    EXPECT_EQ(line["values"][0], 20);
    // Behind the last that came nothing is known.
    EXPECT_NEAR(line["values"][1].get<double>(), 100.0 / 9, 1e-9);
}

TEST(DelayFigure, goes_forward_in_time_whatever_came) {
    auto loop = made_loop(20, 10, milliseconds(31), milliseconds(0));
    auto& passages = loop.there.passages;
    // This process was late, so that packets after a gap were sent closely together.
    for (std::size_t i = 9; i < passages.size(); ++i)
        passages[i].sent_at = passages[8].sent_at + milliseconds(static_cast<int>(i));
    // A copy of an earlier loop, whose numbers go further.
    passages.push_back({90, passages[0].sent_at - milliseconds(500), milliseconds(1500)});
    const auto figure = delay_figure(loop, "t");
    const auto& at = figure["panels"][0]["lines"][0]["at_us"];
    ASSERT_EQ(at.size(), 19U);
    for (std::size_t i = 1; i < at.size(); ++i)
        EXPECT_GE(at[i].get<std::int64_t>(), at[i - 1].get<std::int64_t>());
}

}  // namespace
}  // namespace portolan::nat_probe
