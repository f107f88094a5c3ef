#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "ice-tests/media/rtp_sink.hpp"
#include "ice-tests/media/rtp_source.hpp"

namespace portolan::media {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RtpSinkTest : public testing::Test {
  protected:
    /// The next packet of the source, sent when it is due.
    std::vector<std::byte> next_packet() {
        std::vector<std::byte> packet;
        sent_at = source.next_due();
        source.send_due(sent_at, [&](Bytes bytes) {
            packet.assign(bytes.begin(), bytes.end());
            return true;
        });
        return packet;
    }
    void deliver_next(Duration delay) {
        const auto packet = next_packet();
        arrive(packet, sent_at + delay);
    }
    void arrive(const std::vector<std::byte>& packet, Time at) {
        const auto parsed = parse_rtp(packet);
        ASSERT_TRUE(parsed);
        sink.on_packet(*parsed, packet, at);
    }

    transport::Random random{1};
    RtpSource source{audio_profile(), random, Time(0)};
    RtpSink sink{audio_profile()};
    Time sent_at{};
};

TEST_F(RtpSinkTest, Clean_stream_has_its_delay_and_nothing_else) {
    for (int i = 0; i < 1000; ++i)
        deliver_next(milliseconds(40));
    const SinkStatistics statistics = sink.statistics(sent_at + milliseconds(40), 1000);
    EXPECT_EQ(statistics.loss.received_count, 1000U);
    EXPECT_EQ(statistics.loss.lost_count, 0U);
    EXPECT_EQ(statistics.received_bytes, 172'000U);
    EXPECT_EQ(statistics.jitter_us, 0);
    EXPECT_EQ(statistics.delay_min, milliseconds(40));
    EXPECT_EQ(statistics.delay_p50, milliseconds(40));
    EXPECT_EQ(statistics.delay_p99, milliseconds(40));
    EXPECT_EQ(statistics.delay_max, milliseconds(40));
    EXPECT_EQ(statistics.delay_above_p99_count, 0U);
    EXPECT_EQ(statistics.first_packet_at, milliseconds(40));
    EXPECT_EQ(statistics.interruption_count, 0U);
}

TEST_F(RtpSinkTest, Nothing_received_is_not_zero) {
    const SinkStatistics statistics = sink.statistics(seconds(5), 100);
    EXPECT_FALSE(statistics.first_packet_at);
    EXPECT_FALSE(statistics.delay_p50);
    EXPECT_EQ(statistics.loss.lost_count, 100U);
}

// RFC 3550 A.8: delays that alternate by d make every |D| equal d, to which J converges.
TEST_F(RtpSinkTest, Jitter_follows_rfc3550) {
    double expected = 0;
    for (int i = 0; i < 20; ++i) {
        deliver_next(milliseconds(i % 2 == 0 ? 10 : 18));
        if (i > 0) expected += (8000 - expected) / 16;
        EXPECT_NEAR(sink.statistics().jitter_us, expected, 1e-6) << i;
    }
    for (int i = 20; i < 400; ++i)
        deliver_next(milliseconds(i % 2 == 0 ? 10 : 18));
    EXPECT_NEAR(sink.statistics().jitter_us, 8000, 1);
}

TEST_F(RtpSinkTest, Loss_makes_no_jitter) {
    for (int i = 0; i < 100; ++i) {
        const auto packet = next_packet();
        if (i % 3 == 0) arrive(packet, sent_at + milliseconds(10));
    }
    EXPECT_EQ(sink.statistics().jitter_us, 0);
}

TEST_F(RtpSinkTest, Damaged_packet_is_corrupted_and_lost) {
    arrive(next_packet(), milliseconds(10));
    auto damaged = next_packet();
    damaged[100] ^= std::byte{1};
    arrive(damaged, milliseconds(30));
    arrive(next_packet(), milliseconds(50));
    const SinkStatistics statistics = sink.statistics();
    EXPECT_EQ(statistics.corrupted_count, 1U);
    EXPECT_EQ(statistics.loss.lost_count, 1U);
    EXPECT_EQ(statistics.loss.received_count, 2U);
}

TEST_F(RtpSinkTest, Duplicates_and_reordering_are_told_apart) {
    const auto first = next_packet();
    const auto second = next_packet();
    arrive(second, milliseconds(30));
    arrive(first, milliseconds(31));
    arrive(first, milliseconds(32));
    const SinkStatistics statistics = sink.statistics();
    EXPECT_EQ(statistics.loss.reordered_count, 1U);
    EXPECT_EQ(statistics.loss.duplicate_count, 1U);
    EXPECT_EQ(statistics.loss.lost_count, 0U);
    EXPECT_EQ(statistics.delay_max, milliseconds(31)) << "of the first copy";
}

TEST_F(RtpSinkTest, Another_source_is_foreign) {
    arrive(next_packet(), milliseconds(10));
    RtpSource other(audio_profile(), random, Time(0));
    other.send_due(Time(0), [&](Bytes bytes) {
        arrive({bytes.begin(), bytes.end()}, milliseconds(11));
        return true;
    });
    const SinkStatistics statistics = sink.statistics();
    EXPECT_EQ(statistics.foreign_count, 1U);
    EXPECT_EQ(statistics.loss.received_count, 1U);
}

TEST_F(RtpSinkTest, Gaps_above_the_threshold_are_interruptions) {
    for (int i = 0; i < 500; ++i) {
        const auto packet = next_packet();
        const bool is_dark = (i > 100 && i < 150) || (i > 300 && i < 310);
        if (!is_dark) arrive(packet, sent_at + milliseconds(10));
    }
    const SinkStatistics statistics = sink.statistics(sent_at + milliseconds(10));
    // 49 missing packets leave a gap of 50 intervals; 9 leave one of 200 ms, which is not above.
    ASSERT_EQ(statistics.interruption_count, 1U);
    EXPECT_EQ(statistics.interruptions[0].start, milliseconds(100 * 20 + 10));
    EXPECT_EQ(statistics.interruptions[0].length, milliseconds(1000));
    EXPECT_EQ(statistics.interrupted, milliseconds(1000));
}

TEST_F(RtpSinkTest, Silence_that_lasts_is_an_interruption_already) {
    arrive(next_packet(), milliseconds(10));
    EXPECT_EQ(sink.statistics(milliseconds(200)).interruption_count, 0U);
    const SinkStatistics statistics = sink.statistics(seconds(5));
    ASSERT_EQ(statistics.interruption_count, 1U);
    EXPECT_EQ(statistics.interruptions[0].length, milliseconds(4990));
    EXPECT_EQ(statistics.silent_since, milliseconds(10));
    EXPECT_FALSE(sink.statistics(milliseconds(200)).silent_since);
    EXPECT_EQ(sink.statistics().interruption_count, 0U) << "when nobody sends any more";
}

TEST_F(RtpSinkTest, Kept_interruptions_are_bounded_and_the_count_is_not) {
    RtpSink bounded(audio_profile(), {.max_interruption_count = 3});
    for (int i = 0; i < 10; ++i) {
        const auto packet = next_packet();
        bounded.on_packet(*parse_rtp(packet), packet, seconds(i));
    }
    const SinkStatistics statistics = bounded.statistics(seconds(100));
    EXPECT_EQ(statistics.interruptions.size(), 3U);
    EXPECT_EQ(statistics.interruption_count, 10U);
    EXPECT_EQ(statistics.interrupted, seconds(9) + seconds(91));
}

// Three hours, in which the sequence number wraps eight times.
TEST_F(RtpSinkTest, Three_hours_are_counted_as_exactly_as_ten_seconds) {
    constexpr int kCount = 3 * 3600 * 50;
    for (int i = 0; i < kCount; ++i) {
        const auto packet = next_packet();
        if (i % 100 != 7) arrive(packet, sent_at + milliseconds(25));
    }
    const SinkStatistics statistics = sink.statistics({}, kCount);
    EXPECT_EQ(statistics.loss.expected_count, static_cast<std::uint64_t>(kCount));
    EXPECT_EQ(statistics.loss.lost_count, static_cast<std::uint64_t>(kCount / 100));
    EXPECT_EQ(statistics.jitter_us, 0);
    EXPECT_EQ(statistics.delay_p99, milliseconds(25));
}

}  // namespace
}  // namespace portolan::media
