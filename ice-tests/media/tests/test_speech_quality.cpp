#include <gtest/gtest.h>

#include "ice-tests/media/media_statistics.hpp"
#include "ice-tests/media/rtp_source.hpp"

namespace portolan::media {
namespace {

using std::chrono::milliseconds;

/// 1000 packets of audio; `delay_of` says how long each takes, or that it is lost.
template <typename DelayOf>
SinkStatistics stream_with(const DelayOf& delay_of) {
    transport::Random random(1);
    RtpSource source(audio_profile(), random, Time(0));
    RtpSink sink(audio_profile());
    for (int i = 0; i < 1000; ++i) {
        const Time sent_at = source.next_due();
        source.send_due(sent_at, [&](Bytes bytes) {
            const std::optional<Duration> delay = delay_of(i);
            if (delay) sink.on_packet(*parse_rtp(bytes), bytes, sent_at + *delay);
            return true;
        });
    }
    return sink.statistics({}, 1000);
}

std::optional<Duration> constant(int /*index*/) {
    return milliseconds(30);
}

TEST(SpeechQuality, Good_path_is_nearly_as_good_as_the_codec) {
    const auto quality = speech_quality(stream_with(constant), audio_profile());
    ASSERT_TRUE(quality);
    EXPECT_EQ(quality->mouth_to_ear, milliseconds(50));
    EXPECT_EQ(quality->late_pct, 0);
    EXPECT_EQ(quality->input.packet_loss_pct, 0);
    EXPECT_EQ(quality->input.absolute_delay_ms, 50);
    EXPECT_EQ(quality->input.round_trip_delay_ms, 100);
    EXPECT_GT(quality->result.mos, 4.3);
    EXPECT_LT(quality->result.mos, 4.42);
}

TEST(SpeechQuality, Silence_has_none) {
    const auto nothing = [](int) { return std::optional<Duration>(); };
    EXPECT_FALSE(speech_quality(stream_with(nothing), audio_profile()));
    EXPECT_FALSE(speech_quality(SinkStatistics{}, audio_profile()));
}

TEST(SpeechQuality, Bursts_sound_worse_than_the_same_share_of_single_losses) {
    const auto singles =
        stream_with([](int i) { return i % 20 == 5 ? std::nullopt : constant(i); });
    const auto bursts = stream_with(
        [](int i) { return i % 200 >= 50 && i % 200 < 60 ? std::nullopt : constant(i); });
    ASSERT_EQ(singles.loss.lost_count, bursts.loss.lost_count);
    const auto a = speech_quality(singles, audio_profile());
    const auto b = speech_quality(bursts, audio_profile());
    EXPECT_NEAR(a->input.packet_loss_pct, 5, 1e-9);
    EXPECT_EQ(a->input.burst_ratio, 1) << "more regular than chance counts as chance";
    EXPECT_NEAR(b->input.burst_ratio, 9.5, 1e-9);
    EXPECT_GT(a->result.mos, b->result.mos + 0.1);
}

TEST(SpeechQuality, What_comes_after_the_play_out_is_lost_to_the_listener) {
    // Five of a thousand take half a second: the buffer does not wait for them.
    const auto quality = speech_quality(
        stream_with([](int i) { return i % 200 == 5 ? Duration(500'000) : *constant(i); }),
        audio_profile());
    EXPECT_NEAR(quality->late_pct, 0.5, 1e-9);
    EXPECT_NEAR(quality->input.packet_loss_pct, 0.5, 1e-9);
    EXPECT_LT(quality->mouth_to_ear, milliseconds(52));
}

TEST(SpeechQuality, Json_has_units_and_nulls_for_what_was_not_measured) {
    const DirectionStatistics nothing;
    const report::Json empty = to_json(nothing, Time(0));
    EXPECT_TRUE(empty["sent"].is_null());
    EXPECT_TRUE(empty["speech"].is_null());
    EXPECT_TRUE(empty["time_to_first_media_us"].is_null());
    for (const char* key : {"loss_pct", "jitter_us", "delay_p50_us", "first_packet_us"})
        EXPECT_TRUE(empty["received"].at(key).is_null()) << key;

    DirectionStatistics full;
    full.received = stream_with(constant);
    full.speech = speech_quality(full.received, audio_profile());
    full.time_to_first_media = milliseconds(30);
    const report::Json json = to_json(full, Time(0));
    EXPECT_EQ(json["received"]["loss_pct"], 0.0);
    EXPECT_EQ(json["received"]["delay_p95_us"], 30'000);
    EXPECT_EQ(json["received"]["interruptions"]["count"], 0);
    EXPECT_EQ(json["time_to_first_media_us"], 30'000);
    EXPECT_EQ(json["speech"]["mouth_to_ear_us"], 50'000);
    EXPECT_EQ(json["speech"]["codec"], "G.711 with Appendix I concealment");
}

}  // namespace
}  // namespace portolan::media
