#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "ice-tests/media/media_session.hpp"
#include "probe/transport/tests/loop.hpp"

namespace portolan::media {
namespace {

using std::chrono::milliseconds;

class MediaSessionTest : public testing::Test {
  protected:
    std::unique_ptr<MediaSession> make(const MediaOptions& options, MediaSession::Send send,
                                       std::uint64_t seed = 1) {
        auto made = MediaSession::create(loop.context(), clock, transport::Random(seed), options,
                                         std::move(send));
        EXPECT_TRUE(made) << made.error().message;
        return std::move(*made);
    }

    transport::Loop loop;
    transport::GlibClock clock;
};

TEST_F(MediaSessionTest, Two_ends_hear_each_other) {
    std::unique_ptr<MediaSession> a;
    std::unique_ptr<MediaSession> b;
    const MediaOptions options{.video = video_profile()};
    a = make(
        options, [&](Bytes bytes) { return b->on_packet(bytes), true; }, 1);
    b = make(
        options, [&](Bytes bytes) { return a->on_packet(bytes), true; }, 2);
    a->start();
    b->start();
    const Time start = clock.now();
    ASSERT_TRUE(loop.until([&] { return clock.now() - start > milliseconds(600); }));
    a->stop();
    b->stop();
    for (const auto& [own, other] : {std::pair(a.get(), b.get()), {b.get(), a.get()}}) {
        const MediaStatistics statistics = own->statistics(other);
        for (const auto& direction : {statistics.audio_received, statistics.video_received}) {
            ASSERT_TRUE(direction);
            ASSERT_TRUE(direction->sent);
            EXPECT_EQ(direction->received.loss.lost_count, 0U);
            EXPECT_EQ(direction->received.loss.received_count, direction->sent->sent_count);
            EXPECT_EQ(direction->received.corrupted_count, 0U);
            EXPECT_TRUE(direction->time_to_first_media);
        }
        EXPECT_EQ(statistics.unknown_count, 0U);
        EXPECT_TRUE(statistics.audio_received->speech);
        EXPECT_FALSE(statistics.video_received->speech);
        // No drift from GLib's milliseconds: 30 frames of 20 ms in 600 ms, the first at once.
        EXPECT_NEAR(static_cast<double>(statistics.audio_sent->sent_count), 31, 1.01);
        const report::Json json = to_json(statistics);
        EXPECT_EQ(json["audio_received"]["received"]["lost_count"], 0);
        EXPECT_EQ(json["video_sent"]["refused_count"], 0);
    }
}

TEST_F(MediaSessionTest, Path_that_loses_damages_and_doubles_is_seen) {
    std::unique_ptr<MediaSession> receiver = make(
        {}, [](Bytes) { return true; }, 2);
    int number = 0;
    auto sender = make({}, [&](Bytes bytes) {
        std::vector<std::byte> copy(bytes.begin(), bytes.end());
        switch (number++ % 10) {
            case 3:
                return true;
            case 5:
                copy.back() ^= std::byte{0x10};
                break;
            case 7:
                receiver->on_packet(copy);
                break;
            case 9:
                return false;
            default:
                break;
        }
        receiver->on_packet(copy);
        return true;
    });
    receiver->start();
    sender->start();
    ASSERT_TRUE(loop.until([&] { return number >= 20; }));
    sender->stop();
    const auto received = receiver->statistics(sender.get()).audio_received;
    ASSERT_TRUE(received);
    EXPECT_EQ(received->sent->sent_count, 20U);
    EXPECT_EQ(received->sent->refused_count, 2U);
    EXPECT_EQ(received->received.loss.lost_count, 6U) << "lost, damaged and refused";
    EXPECT_EQ(received->received.corrupted_count, 2U);
    EXPECT_EQ(received->received.loss.duplicate_count, 2U);
}

TEST_F(MediaSessionTest, Path_that_ends_is_interrupted_until_the_sender_stops) {
    std::unique_ptr<MediaSession> receiver = make(
        {}, [](Bytes) { return true; }, 2);
    int number = 0;
    auto sender = make({}, [&](Bytes bytes) {
        if (number++ < 3) receiver->on_packet(bytes);
        return true;
    });
    receiver->start();
    sender->start();
    ASSERT_TRUE(loop.until([&] { return number >= 20; }));
    receiver->stop();
    sender->stop();
    for (int i = 0; i < 2; ++i) {
        const auto received = receiver->statistics(sender.get()).audio_received->received;
        EXPECT_EQ(received.interruption_count, 1U);
        EXPECT_GE(received.interrupted, milliseconds(300));
        EXPECT_LE(received.interrupted, milliseconds(600)) << "and no longer";
        EXPECT_EQ(received.silent_since, received.last_packet_at);
        EXPECT_FALSE(loop.until([] { return false; }, milliseconds(300)));
    }
}

TEST_F(MediaSessionTest, Stopped_session_sends_nothing_and_goes_on_as_the_same_stream) {
    int sent = 0;
    std::uint32_t ssrc = 0;
    auto session = make({}, [&](Bytes bytes) {
        ++sent;
        const std::uint32_t now = parse_rtp(bytes)->header.ssrc;
        EXPECT_TRUE(ssrc == 0 || ssrc == now);
        ssrc = now;
        return true;
    });
    loop.settle();
    EXPECT_EQ(sent, 0);
    session->start();
    session->start();
    ASSERT_TRUE(loop.until([&] { return sent == 3; }));
    session->stop();
    EXPECT_FALSE(loop.until([&] { return sent != 3; }, milliseconds(100)));
    session->start();
    ASSERT_TRUE(loop.until([&] { return sent == 5; }));
    EXPECT_EQ(session->statistics().audio_sent->skipped_frame_count, 0U);
    EXPECT_FALSE(session->statistics().audio_received->sent);
}

TEST_F(MediaSessionTest, Session_may_stop_itself_while_it_sends) {
    int sent = 0;
    std::unique_ptr<MediaSession> session;
    session = make({}, [&](Bytes) {
        ++sent;
        session->stop();
        return true;
    });
    session->start();
    ASSERT_TRUE(loop.until([&] { return sent == 1; }));
    EXPECT_FALSE(loop.until([&] { return sent != 1; }, milliseconds(60)));
}

TEST_F(MediaSessionTest, Datagrams_of_others_are_unknown) {
    auto session = make({}, [](Bytes) { return true; });
    const std::vector<std::byte> zeros(200);
    session->on_packet(zeros);
    session->on_packet({});
    std::vector<std::byte> video(172);
    write_rtp_header({.payload_type = 96}, video);
    session->on_packet(video);
    EXPECT_EQ(session->statistics().unknown_count, 3U);
    EXPECT_EQ(session->statistics().audio_received->received.corrupted_count, 0U);
}

TEST_F(MediaSessionTest, Impossible_streams_are_refused) {
    std::vector<MediaOptions> bad;
    bad.push_back({.audio = false});
    const auto with = [&](const auto& change) {
        StreamProfile profile = video_profile();
        change(profile);
        bad.push_back({.video = profile});
    };
    with([](auto& profile) { profile.payload_type = 128; });
    with([](auto& profile) { profile.payload_type = 0; });
    with([](auto& profile) { profile.payload_type = 72; });
    with([](auto& profile) { profile.clock_rate_hz = 0; });
    with([](auto& profile) { profile.frame_interval = Duration(0); });
    with([](auto& profile) { profile.max_payload_bytes = 23; });
    with([](auto& profile) { profile.max_payload_bytes = 1489; });
    with([](auto& profile) { profile.frame_bytes = 23; });
    with([](auto& profile) { profile.frame_size_spread_pct = 101; });
    for (const MediaOptions& options : bad) {
        const auto made = MediaSession::create(loop.context(), clock, transport::Random(1), options,
                                               [](Bytes) { return true; });
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().code, "media.profile");
    }
}

}  // namespace
}  // namespace portolan::media
