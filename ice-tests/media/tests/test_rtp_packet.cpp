#include <gtest/gtest.h>

#include <array>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "ice-tests/media/payload.hpp"
#include "ice-tests/media/rtp_packet.hpp"

namespace portolan::media {
namespace {

std::vector<std::byte> bytes(std::initializer_list<unsigned> values) {
    std::vector<std::byte> result;
    for (const unsigned value : values)
        result.push_back(static_cast<std::byte>(value));
    return result;
}

// RFC 3550 s5.1.
TEST(RtpPacket, Header_is_written_as_the_rfc_draws_it) {
    const RtpHeader header{.marker = true,
                           .payload_type = 96,
                           .sequence_number = 0x1234,
                           .timestamp = 0x56789ABC,
                           .ssrc = 0xDEF01234};
    std::vector<std::byte> out(kRtpHeaderBytes);
    write_rtp_header(header, out);
    EXPECT_EQ(out, bytes({0x80, 0xE0, 0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF0, 0x12, 0x34}));
    const auto packet = parse_rtp(out);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->header, header);
    EXPECT_TRUE(packet->payload.empty());
}

TEST(RtpPacket, Csrc_extension_and_padding_are_no_payload) {
    auto data = bytes({0xB1, 0x00, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3,  // P, X, one CSRC
                       9,    9,    9, 9,                          // CSRC
                       0xBE, 0xDE, 0, 1, 7, 7, 7, 7,              // extension of one word
                       5,    6,    0, 0, 3});                     // payload, padding of three
    const auto packet = parse_rtp(data);
    ASSERT_TRUE(packet);
    ASSERT_EQ(packet->payload.size(), 2U);
    EXPECT_EQ(packet->payload[0], std::byte{5});
}

TEST(RtpPacket, What_is_no_rtp_is_refused) {
    const auto header = bytes({0x80, 0x00, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3});
    for (std::size_t length = 0; length < header.size(); ++length)
        EXPECT_FALSE(parse_rtp(Bytes(header).first(length))) << length;
    const auto with = [&](std::size_t at, unsigned value) {
        auto changed = header;
        changed[at] = static_cast<std::byte>(value);
        return changed;
    };
    EXPECT_FALSE(parse_rtp(with(0, 0x40))) << "version 1";
    EXPECT_FALSE(parse_rtp(with(0, 0x00))) << "STUN";
    EXPECT_FALSE(parse_rtp(with(1, 200))) << "RTCP sender report";
    EXPECT_FALSE(parse_rtp(with(0, 0x81))) << "a CSRC that is not there";
    EXPECT_FALSE(parse_rtp(with(0, 0x90))) << "an extension that is not there";
    EXPECT_FALSE(parse_rtp(with(0, 0xA0))) << "padding without a byte";
    auto padded = with(0, 0xA0);
    padded.push_back(std::byte{2});
    EXPECT_FALSE(parse_rtp(padded)) << "more padding than bytes";
    padded.back() = std::byte{0};
    EXPECT_FALSE(parse_rtp(padded)) << "no padding at all";
}

TEST(Payload, Checksum_is_the_crc_of_the_published_check_value) {
    constexpr std::string_view kDigits = "123456789";
    EXPECT_EQ(crc32(std::as_bytes(std::span(kDigits))), 0xCBF43926U);
}

TEST(Payload, Every_changed_bit_is_noticed) {
    std::array<std::byte, kRtpHeaderBytes + 40> packet{};
    write_rtp_header({.payload_type = 0, .sequence_number = 9, .timestamp = 160, .ssrc = 5},
                     packet);
    const PayloadStamp stamp{.packet_index = 0x0102030405060708,
                             .sent_at = transport::Time(123456)};
    write_payload(stamp, packet);
    const auto read = read_payload(packet);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->packet_index, stamp.packet_index);
    EXPECT_EQ(read->sent_at, stamp.sent_at);
    for (std::size_t bit = 0; bit < packet.size() * 8; ++bit) {
        auto damaged = packet;
        damaged[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
        EXPECT_FALSE(read_payload(damaged)) << "bit " << bit;
    }
    for (std::size_t length = 0; length < packet.size(); ++length)
        EXPECT_FALSE(read_payload(Bytes(packet).first(length))) << length;
}

}  // namespace
}  // namespace portolan::media
