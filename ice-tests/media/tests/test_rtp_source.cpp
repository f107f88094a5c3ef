#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "ice-tests/media/payload.hpp"
#include "ice-tests/media/rtp_source.hpp"

namespace portolan::media {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Sent {
    RtpHeader header;
    PayloadStamp stamp;
    std::size_t size_bytes = 0;
};

class RtpSourceTest : public testing::Test {
  protected:
    RtpSource::Emit recorder() {
        return [this](Bytes bytes) {
            const auto packet = parse_rtp(bytes);
            const auto stamp = read_payload(bytes);
            EXPECT_TRUE(packet && stamp);
            if (packet && stamp) sent.push_back({packet->header, *stamp, bytes.size()});
            return accepts;
        };
    }

    transport::Random random{5};
    std::vector<Sent> sent;
    bool accepts = true;
};

TEST_F(RtpSourceTest, Audio_is_fifty_packets_a_second_of_160_bytes) {
    RtpSource source(audio_profile(), random, seconds(1));
    source.send_due(milliseconds(999), recorder());
    EXPECT_TRUE(sent.empty());
    while (source.next_due() < seconds(11))
        source.send_due(source.next_due(), recorder());
    ASSERT_EQ(sent.size(), 500U);
    for (std::size_t i = 0; i < sent.size(); ++i) {
        EXPECT_EQ(sent[i].size_bytes, kRtpHeaderBytes + 160);
        EXPECT_EQ(sent[i].stamp.packet_index, i);
        EXPECT_EQ(sent[i].stamp.sent_at, seconds(1) + milliseconds(20) * static_cast<int>(i));
        EXPECT_EQ(sent[i].header.ssrc, source.ssrc());
        EXPECT_EQ(sent[i].header.sequence_number,
                  static_cast<std::uint16_t>(sent[0].header.sequence_number + i));
        EXPECT_EQ(sent[i].header.timestamp,
                  static_cast<std::uint32_t>(sent[0].header.timestamp + 160 * i));
        EXPECT_FALSE(sent[i].header.marker);
    }
    EXPECT_EQ(source.statistics().sent_count, 500U);
    EXPECT_EQ(source.statistics().sent_bytes, 500U * 172);
    EXPECT_EQ(source.statistics().max_lag, Duration(0));
}

TEST_F(RtpSourceTest, Video_frames_are_bursts_with_a_marker_at_their_end_and_the_asked_bitrate) {
    const StreamProfile profile = video_profile(1'000'000, 30);
    RtpSource source(profile, random, Time(0));
    std::size_t frames = 0;
    std::uint64_t payload_bytes = 0;
    std::set<std::size_t> packets_per_frame;
    while (source.next_due() < seconds(60)) {
        sent.clear();
        source.send_due(source.next_due(), recorder());
        ++frames;
        packets_per_frame.insert(sent.size());
        for (std::size_t i = 0; i < sent.size(); ++i) {
            EXPECT_EQ(sent[i].header.marker, i + 1 == sent.size());
            EXPECT_EQ(sent[i].header.timestamp, sent[0].header.timestamp);
            payload_bytes += sent[i].size_bytes - kRtpHeaderBytes;
            EXPECT_LE(sent[i].size_bytes, kRtpHeaderBytes + profile.max_payload_bytes);
        }
    }
    EXPECT_NEAR(static_cast<double>(frames), 1800, 1);
    EXPECT_NEAR(static_cast<double>(payload_bytes) * 8 / 60, 1e6, 2e4);
    EXPECT_GT(packets_per_frame.size(), 1U);
    EXPECT_GT(*packets_per_frame.begin(), 1U);
}

TEST_F(RtpSourceTest, Rtp_time_of_video_keeps_to_its_clock) {
    RtpSource source(video_profile(100'000, 30), random, Time(0));
    source.send_due(Time(0), recorder());
    const std::uint32_t first = sent[0].header.timestamp;
    while (source.next_due() < seconds(10))
        source.send_due(source.next_due(), recorder());
    const double expected = static_cast<double>(sent.back().stamp.sent_at.count()) * 0.09;
    EXPECT_NEAR(static_cast<double>(sent.back().header.timestamp - first), expected, 1);
}

TEST_F(RtpSourceTest, Late_call_sends_what_is_due_and_does_not_shift_the_rest) {
    RtpSource source(audio_profile(), random, Time(0));
    source.send_due(milliseconds(107), recorder());
    EXPECT_EQ(sent.size(), 6U);
    EXPECT_EQ(source.next_due(), milliseconds(120));
    EXPECT_EQ(source.statistics().max_lag, milliseconds(107));
    EXPECT_EQ(source.statistics().skipped_frame_count, 0U);
}

TEST_F(RtpSourceTest, Frames_that_are_hopelessly_late_are_skipped_and_counted) {
    RtpSource source(audio_profile(), random, Time(0));
    source.send_due(seconds(3), recorder());
    EXPECT_EQ(source.statistics().skipped_frame_count, 101U);
    EXPECT_EQ(sent.size(), 50U);
    EXPECT_EQ(source.next_due(), milliseconds(3020));
    // No packet was sent and lost, and the RTP clock went on.
    EXPECT_EQ(sent.back().stamp.packet_index, 49U);
    EXPECT_EQ(sent.back().header.timestamp - sent.front().header.timestamp, 49U * 160);
}

TEST_F(RtpSourceTest, Pause_is_no_lag_and_the_rtp_clock_goes_on) {
    RtpSource source(audio_profile(), random, Time(0));
    source.send_due(Time(0), recorder());
    source.resume(milliseconds(9995));
    EXPECT_EQ(source.next_due(), milliseconds(9995));
    source.send_due(milliseconds(9995), recorder());
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[1].header.timestamp - sent[0].header.timestamp, 500U * 160);
    EXPECT_EQ(sent[1].stamp.packet_index, 1U);
    EXPECT_EQ(source.next_due(), milliseconds(10015));
    EXPECT_EQ(source.statistics().max_lag, Duration(0));
}

TEST_F(RtpSourceTest, Refused_packets_are_counted) {
    RtpSource source(audio_profile(), random, Time(0));
    accepts = false;
    source.send_due(Time(0), recorder());
    EXPECT_EQ(source.statistics().sent_count, 1U);
    EXPECT_EQ(source.statistics().refused_count, 1U);
}

TEST_F(RtpSourceTest, Same_seed_makes_the_same_packets) {
    const auto stream_of = [](std::uint64_t seed) {
        transport::Random own(seed);
        RtpSource source(video_profile(), own, Time(0));
        std::vector<std::byte> all;
        while (source.next_due() < seconds(2))
            source.send_due(source.next_due(), [&](Bytes bytes) {
                all.insert(all.end(), bytes.begin(), bytes.end());
                return true;
            });
        return all;
    };
    EXPECT_EQ(stream_of(3), stream_of(3));
    EXPECT_NE(stream_of(3), stream_of(4));
}

}  // namespace
}  // namespace portolan::media
