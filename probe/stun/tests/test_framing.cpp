#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "probe/stun/framing.hpp"
#include "probe/stun/raw_message.hpp"
#include "probe/stun/tests/support.hpp"
#include "probe/stun/tests/vectors.hpp"

namespace portolan::stun {
namespace {

using test::bytes_of;
using test::copy_of;
using test::from_hex;
using test::sample_id;

// RFC 7983 s7, figure 3, every octet.
TEST(Demultiplex, every_first_octet) {
    for (unsigned octet = 0; octet < 256; ++octet) {
        const std::array datagram{static_cast<std::byte>(octet), std::byte{0}};
        const auto expected = octet <= 3                     ? Protocol::Stun
                              : octet >= 16 && octet <= 19   ? Protocol::Zrtp
                              : octet >= 20 && octet <= 63   ? Protocol::Dtls
                              : octet >= 64 && octet <= 79   ? Protocol::TurnChannel
                              : octet >= 128 && octet <= 191 ? Protocol::Rtp
                                                             : Protocol::Unknown;
        EXPECT_EQ(demultiplex(datagram), expected) << octet;
    }
    EXPECT_EQ(demultiplex({}), Protocol::Unknown);
}

TEST(ChannelData, writes_and_reads_with_and_without_padding) {
    std::array<std::byte, 16> buffer{};
    buffer.fill(std::byte{0xFF});
    const auto datagram =
        write_channel_data(buffer, 0x4001, bytes_of("hello"), ChannelPadding::Datagram);
    EXPECT_EQ(copy_of(datagram), from_hex("4001000568656c6c6f"));
    EXPECT_EQ(ChannelData::parse(datagram)->trailing_bytes, 0U);
    const auto stream =
        write_channel_data(buffer, 0x4FFF, bytes_of("hello"), ChannelPadding::Stream);
    EXPECT_EQ(copy_of(stream), from_hex("4fff000568656c6c6f000000"));
    const auto view = ChannelData::parse(stream);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->channel, 0x4FFF);
    EXPECT_EQ(copy_of(view->data), copy_of(bytes_of("hello")));
    EXPECT_EQ(view->trailing_bytes, 3U);
    const std::array<std::byte, 13> too_much{};
    EXPECT_TRUE(write_channel_data(buffer, 0x4000, too_much, ChannelPadding::Datagram).empty());
    EXPECT_FALSE(write_channel_data(buffer, 0x4000, {}, ChannelPadding::Datagram).empty());
}

TEST(ChannelData, malformed_names_the_rule) {
    const auto code = [](std::string_view hex) {
        const auto bytes = from_hex(hex);
        const auto result = ChannelData::parse(bytes);
        return result ? "" : result.error().code;
    };
    EXPECT_EQ(code("40010000"), "");
    EXPECT_EQ(code(""), "stun.channel_short");
    EXPECT_EQ(code("400100"), "stun.channel_short");
    EXPECT_EQ(code("3fff0000"), "stun.channel_number");
    EXPECT_EQ(code("50000000"), "stun.channel_number");
    EXPECT_EQ(code("4001000100"), "");
    EXPECT_EQ(code("40010001"), "stun.channel_overrun");
    EXPECT_EQ(code("4001ffff00"), "stun.channel_overrun");
}

struct Stream {
    std::vector<std::byte> bytes;
    std::vector<std::vector<std::byte>> frames;
};

Stream sample_stream() {
    Stream out;
    const auto add = [&](std::vector<std::byte> frame, std::size_t padding = 0) {
        out.bytes.insert(out.bytes.end(), frame.begin(), frame.end());
        out.bytes.resize(out.bytes.size() + padding);
        out.frames.push_back(std::move(frame));
    };
    add(from_hex(vectors::kRfc5769Request));
    add(from_hex("40010000"));
    add(from_hex("4001000568656c6c6f"), 3);
    add(RawMessage(MessageClass::Indication, Method::Send, sample_id()).build());
    add(from_hex("7fff0001aa"), 3);
    add(from_hex(vectors::kRfc5769ResponseIpv6));
    return out;
}

// Feeds in pieces and collects copies; an error ends the collection.
std::vector<std::vector<std::byte>> collect(StreamReader& reader, Bytes stream,
                                            const std::function<std::size_t()>& piece,
                                            std::string* error = nullptr) {
    std::vector<std::vector<std::byte>> frames;
    while (!stream.empty()) {
        const std::size_t size = std::min(stream.size(), piece());
        // A copy that dies after its use, so that a frame pointing into it shows under ASan.
        const auto chunk = copy_of(stream.first(size));
        Bytes input = chunk;
        stream = stream.subspan(size);
        while (true) {
            const auto frame = reader.next(input);
            if (!frame) {
                if (error != nullptr) *error = frame.error().code;
                return frames;
            }
            if (!*frame) break;
            frames.push_back(copy_of((*frame)->bytes));
        }
        EXPECT_TRUE(input.empty());
    }
    return frames;
}

TEST(StreamReader, any_cut_gives_the_same_frames) {
    const auto sample = sample_stream();
    for (std::size_t size = 1; size <= sample.bytes.size(); ++size) {
        StreamReader reader;
        EXPECT_EQ(collect(reader, sample.bytes, [&] { return size; }), sample.frames) << size;
        EXPECT_EQ(reader.buffered_bytes() > 0, size == 0);
    }
}

TEST(StreamReader, random_cuts_give_the_same_frames) {
    const auto sample = sample_stream();
    for (unsigned seed = 0; seed < 500; ++seed) {
        std::mt19937 random(seed);
        std::uniform_int_distribution<std::size_t> size(1, 40);
        StreamReader reader;
        EXPECT_EQ(collect(reader, sample.bytes, [&] { return size(random); }), sample.frames)
            << "seed " << seed;
    }
}

TEST(StreamReader, whole_frames_are_not_copied) {
    const auto sample = sample_stream();
    StreamReader reader;
    Bytes input = sample.bytes;
    const auto frame = reader.next(input);
    ASSERT_TRUE(frame && *frame);
    EXPECT_EQ((*frame)->bytes.data(), sample.bytes.data());
    EXPECT_EQ((*frame)->protocol, Protocol::Stun);
    EXPECT_EQ(reader.buffered_bytes(), 0U);
}

TEST(StreamReader, what_cannot_be_framed_is_a_final_error_with_its_offset) {
    for (const auto* hex : {"16030100", "04000000", "80000000", "ff000000"}) {
        auto bytes = from_hex(vectors::kRfc5769Request);
        const std::size_t start = bytes.size();
        const auto bad = from_hex(hex);
        bytes.insert(bytes.end(), bad.begin(), bad.end());
        StreamReader reader;
        Bytes input = bytes;
        ASSERT_TRUE(reader.next(input));
        const auto result = reader.next(input);
        ASSERT_FALSE(result) << hex;
        EXPECT_EQ(result.error().code, "stun.stream_not_stun");
        EXPECT_EQ(result.error().byte_offset, start);
        Bytes good = bytes;
        EXPECT_FALSE(reader.next(good));
    }
}

TEST(StreamReader, unaligned_and_overlong_frames_are_errors) {
    std::string error;
    StreamReader unaligned;
    collect(
        unaligned, from_hex("000100020000"), [] { return 1U; }, &error);
    EXPECT_EQ(error, "stun.length_unaligned");
    StreamReader bounded(100);
    collect(
        bounded, from_hex("00010054"), [] { return 4U; }, &error);
    EXPECT_EQ(error, "stun.frame_too_long");
    StreamReader exact(104);
    error.clear();
    collect(
        exact, from_hex("00010054"), [] { return 4U; }, &error);
    EXPECT_EQ(error, "");
}

TEST(StreamReader, holds_no_more_than_one_frame) {
    StreamReader reader;
    const std::vector<std::byte> zeros(1'000'000);  // 20-byte frames of type 0
    std::size_t frames = 0;
    Bytes rest = zeros;
    while (!rest.empty()) {
        Bytes input = rest.first(std::min<std::size_t>(rest.size(), 9'999));
        rest = rest.subspan(input.size());
        for (auto frame = reader.next(input); frame && *frame; frame = reader.next(input))
            ++frames;
        EXPECT_LE(reader.buffered_bytes(), 20U);
    }
    EXPECT_EQ(frames, 50'000U);
}

}  // namespace
}  // namespace portolan::stun
