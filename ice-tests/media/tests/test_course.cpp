#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>

#include "ice-tests/media/course.hpp"

namespace portolan::media {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using transport::Time;

/// A packet every 20 ms from one second on.
Time sent(std::uint64_t index) {
    return Time(seconds(1)) + milliseconds(20) * static_cast<std::int64_t>(index);
}

std::uint64_t expected_in(const Course& course) {
    std::uint64_t out = 0;
    for (const CourseSpan& span : course.spans)
        out += span.expected_count;
    return out;
}

std::uint64_t lost_in(const Course& course) {
    std::uint64_t out = 0;
    for (const CourseSpan& span : course.spans)
        out += span.lost_count();
    return out;
}

TEST(Course, Of_a_stream_that_never_came_is_empty) {
    EXPECT_TRUE(CourseKeeper().course().spans.empty());
    EXPECT_TRUE(CourseKeeper().course(sent(100), 100).spans.empty());
}

TEST(Course, Has_delay_and_count_of_each_span) {
    CourseKeeper keeper;
    for (std::uint64_t i = 0; i < 10; ++i)
        keeper.add(i, sent(i), milliseconds(i < 5 ? 40 : 60 + static_cast<int>(i)));
    const Course course = keeper.course();
    EXPECT_EQ(course.start, sent(0));
    EXPECT_EQ(course.interval, milliseconds(100));
    ASSERT_EQ(course.spans.size(), 2U);
    EXPECT_EQ(course.spans[0].received_count, 5U);
    EXPECT_EQ(course.spans[0].delay_sum, milliseconds(200));
    EXPECT_EQ(course.spans[0].delay_max, milliseconds(40));
    EXPECT_EQ(course.spans[1].delay_max, milliseconds(69));
    EXPECT_EQ(lost_in(course), 0U);
}

TEST(Course, Places_losses_where_they_were_sent) {
    CourseKeeper keeper;
    keeper.add(0, sent(0), milliseconds(40));
    // 1 to 9 are lost: four more in the first tenth of a second, five in the second.
    keeper.add(10, sent(10), milliseconds(40));
    const Course course = keeper.course();
    ASSERT_EQ(course.spans.size(), 3U);
    EXPECT_EQ(course.spans[0].lost_count(), 4U);
    EXPECT_EQ(course.spans[1].lost_count(), 5U);
    EXPECT_EQ(course.spans[2].lost_count(), 0U);
    EXPECT_EQ(expected_in(course), 11U);
}

TEST(Course, Reordered_packet_is_no_loss) {
    CourseKeeper keeper;
    keeper.add(0, sent(0), milliseconds(40));
    keeper.add(2, sent(2), milliseconds(40));
    EXPECT_EQ(lost_in(keeper.course()), 1U);
    keeper.add(1, sent(1), milliseconds(65));
    EXPECT_EQ(lost_in(keeper.course()), 0U);
}

TEST(Course, Counts_what_was_sent_after_the_last_that_came) {
    CourseKeeper keeper;
    for (std::uint64_t i = 0; i < 5; ++i)
        keeper.add(i, sent(i), milliseconds(40));
    const Course course = keeper.course(sent(10), 10);
    EXPECT_EQ(expected_in(course), 10U);
    EXPECT_EQ(lost_in(course), 5U);
    EXPECT_EQ(course.spans[0].lost_count(), 0U);
    EXPECT_EQ(lost_in(keeper.course()), 0U) << "asking changes nothing";
}

TEST(Course, Of_a_day_has_no_more_spans_than_that_of_a_minute) {
    CourseKeeper keeper;
    constexpr std::uint64_t kPackets = 24 * 3600 * 50;
    for (std::uint64_t i = 0; i < kPackets; ++i) {
        if (i % 100 != 50) keeper.add(i, sent(i), milliseconds(40));
    }
    const Course course = keeper.course();
    EXPECT_LE(course.spans.size(), CourseKeeper::kMostSpans);
    EXPECT_GE(course.spans.size(), CourseKeeper::kMostSpans / 2);
    EXPECT_EQ(expected_in(course), kPackets);
    EXPECT_EQ(lost_in(course), kPackets / 100);
    EXPECT_GE(course.interval * static_cast<std::int64_t>(course.spans.size()), hours(24));
}

/// A stamp with a valid checksum may say anything.
TEST(Course, Absurd_index_costs_no_more_than_any_other) {
    CourseKeeper keeper;
    keeper.add(0, sent(0), milliseconds(40));
    keeper.add(UINT64_MAX - 1, sent(100), milliseconds(40));
    EXPECT_LE(keeper.course().spans.size(), CourseKeeper::kMostSpans);
    // From before the beginning.
    keeper.add(3, Time(0), milliseconds(40));
    EXPECT_EQ(keeper.course().spans[0].received_count, 2U);
}

}  // namespace
}  // namespace portolan::media
