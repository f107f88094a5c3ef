#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>

#include "nat-sim/network/fabric.hpp"
#include "nat-sim/network/tests/net_support.hpp"

namespace portolan::sim::test {
namespace {

TEST(Checksum, OfRfc1071sExample_AndOddLengths) {
    // RFC 1071 s3: the words 0001 f203 f4f5 f6f7 sum to ddf2.
    const ByteVector words = {std::byte{0x00}, std::byte{0x01}, std::byte{0xF2}, std::byte{0x03},
                              std::byte{0xF4}, std::byte{0xF5}, std::byte{0xF6}, std::byte{0xF7}};
    EXPECT_EQ(fold_checksum(sum_words(words)), static_cast<std::uint16_t>(~0xDDF2));
    // The fast sum against the plain one, at every length.
    DrawSource draws(3);
    ByteVector bytes;
    for (int length = 0; length < 200; ++length) {
        std::uint64_t plain = 0;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            const auto octet = std::to_integer<std::uint64_t>(bytes[i]);
            plain += i % 2 == 0 ? octet << 8U : octet;
        }
        while (plain >> 16U != 0)
            plain = (plain & 0xFFFF) + (plain >> 16U);
        EXPECT_EQ(fold_checksum(sum_words(bytes)), static_cast<std::uint16_t>(~plain));
        bytes.push_back(static_cast<std::byte>(draws.next()));
    }
}

TEST(Ip, DecrementedTtl_KeepsTheChecksumRight) {
    for (unsigned ttl = 2; ttl < 256; ++ttl) {
        ByteVector packet = make_ip({.source = ip("192.0.2.1"),
                                     .destination = ip("198.51.100.255"),
                                     .protocol = 17,
                                     .ttl = static_cast<std::uint8_t>(ttl),
                                     .identification = static_cast<std::uint16_t>(ttl * 257)},
                                    4);
        decrement_ttl(packet);
        const auto header = parse_ip(packet);
        ASSERT_TRUE(header) << ttl;
        EXPECT_EQ(header->ttl, ttl - 1);
    }
}

TEST(Ip, CutAndDamagedPackets_AreRefused) {
    const ByteVector packet =
        make_ip({.source = ip("192.0.2.1"), .destination = ip("198.51.100.1"), .protocol = 17}, 8);
    EXPECT_TRUE(parse_ip(packet));
    for (std::size_t size = 0; size < packet.size(); ++size)
        EXPECT_FALSE(parse_ip(ByteSpan(packet).first(size))) << size;
    for (std::size_t at = 0; at < kIpv4HeaderBytes; ++at) {
        ByteVector damaged = packet;
        damaged[at] ^= std::byte{0x10};
        EXPECT_FALSE(parse_ip(damaged)) << at;
    }
    const ByteVector six =
        make_ip({.source = ip("2001:db8::1"), .destination = ip("2001:db8::2"), .protocol = 17}, 8);
    EXPECT_TRUE(parse_ip(six));
    for (std::size_t size = 0; size < six.size(); ++size)
        EXPECT_FALSE(parse_ip(ByteSpan(six).first(size))) << size;
}

TEST(Ip, RandomBytes_NeverReadBeyondTheEnd) {
    DrawSource draws(11);
    for (int i = 0; i < 20000; ++i) {
        ByteVector bytes(draws.below(120));
        for (std::byte& item : bytes)
            item = static_cast<std::byte>(draws.next());
        if (!bytes.empty()) bytes[0] = static_cast<std::byte>(i % 2 == 0 ? 0x45 : 0x60);
        if (const auto header = parse_quoted_ip(bytes)) {
            EXPECT_TRUE(header->header_bytes <= bytes.size());
        }
        if (const auto header = parse_ip(bytes)) {
            EXPECT_LE(header->header_bytes, header->total_bytes);
            EXPECT_LE(header->total_bytes, bytes.size());
        }
    }
}

TEST(DropReason, EachHasAName) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < kDropReasonCount; ++i)
        names.insert(to_string(static_cast<DropReason>(i)));
    EXPECT_EQ(names.size(), kDropReasonCount);
    EXPECT_FALSE(names.contains(""));
    EXPECT_EQ(to_string(DropReason::QueueFull), "queue-full");
    EXPECT_EQ(to_string(DropReason::Translator), "translator");
}

TEST(Conservation, ForgottenEnd_IsNoticed) {
    PacketCounts counts;
    counts.originated = 5;
    counts.delivered = 3;
    counts.dropped_by_reason[0] = 1;
    counts.in_flight = 1;
    EXPECT_TRUE(counts.conserved());
    counts.delivered = 2;  // the deliberate fault: one packet vanished
    EXPECT_FALSE(counts.conserved());
}

TEST(Conservation, EveryPacket_BeginsOnceAndEndsOnce) {
    LinkOptions bad{.delay = 3ms,
                    .jitter = 10ms,
                    .jitter_reorders = true,
                    .loss = 0.1,
                    .burst_loss = GilbertElliott{.good_to_bad = 0.05, .bad_to_good = 0.3},
                    .duplicate = 0.1,
                    .rate_bits_per_s = 2'000'000,
                    .queue_packets = 20,
                    .mtu_bytes = 576};
    Routed net(bad, bad);
    std::map<std::uint64_t, int> alive;
    bool is_wrong = false;
    net.world.set_packet_hook([&](const PacketEvent& event) {
        switch (event.step) {
            case PacketStep::Originated:
            case PacketStep::Duplicated:
            case PacketStep::Fragment:
            case PacketStep::Whole:
                is_wrong = is_wrong || !alive.emplace(event.packet_id, 0).second;
                break;
            case PacketStep::Forwarded:
            case PacketStep::Translated:
                is_wrong = is_wrong || !alive.contains(event.packet_id);
                break;
            default:
                is_wrong = is_wrong || alive.erase(event.packet_id) != 1;
        }
    });
    Sink from(net.world, net.a, "192.0.2.2", 1);
    Sink to(net.world, net.b, "0.0.0.0", 2);
    for (int i = 0; i < 1000; ++i) {
        net.world.run_until(i * 3ms);
        from.send("198.51.100.2", i % 7 == 0 ? 9 : 2, std::string(i % 13 == 0 ? 1300 : 200, 'x'));
    }
    net.world.run(2min);
    EXPECT_FALSE(is_wrong);
    EXPECT_TRUE(alive.empty());
    EXPECT_TRUE(net.world.packet_counts().conserved());
    EXPECT_EQ(net.world.packet_counts().in_flight, 0U);
    EXPECT_GT(to.got.size(), 200U);
}

TEST(Capture, SameSeed_SameBytes_AndOtherSeedOthers) {
    const auto run = [](std::uint64_t seed) {
        Line line({.delay = 3ms, .jitter = 20ms, .jitter_reorders = true, .loss = 0.1}, seed);
        Capture& capture = line.world.capture(*line.b.interfaces()[0]);
        line.send(300, 1ms);
        line.world.run(1s);
        EXPECT_GT(capture.packet_count(), 200U);
        return capture.bytes();
    };
    const auto first = run(5);
    EXPECT_EQ(first, run(5));
    EXPECT_NE(first, run(6));
}

TEST(Capture, File_IsWhatItSays) {
    Routed net({.delay = 3ms});
    Capture& capture = net.world.capture(*net.a.interfaces()[0]);
    Sink from(net.world, net.a, "192.0.2.2", 1000);
    from.send("198.51.100.2", 9, "hello");
    net.world.run(1s);
    EXPECT_EQ(capture.packet_count(), 2U);  // the datagram and the ICMP error that came back
    const auto& bytes = capture.bytes();
    ASSERT_EQ(bytes.size(), 24U + 16 + 33 + 16 + 61);
    EXPECT_EQ(bytes[0], std::byte{0x4D});
    EXPECT_EQ(bytes[20], std::byte{101});
    EXPECT_FALSE(capture.write("/nonexistent/x.pcap").has_value());
    const std::string path = testing::TempDir() + "capture.pcap";
    ASSERT_TRUE(capture.write(path).has_value());
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    EXPECT_EQ(static_cast<std::size_t>(file.tellg()), bytes.size());
}

}  // namespace
}  // namespace portolan::sim::test
