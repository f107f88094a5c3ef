#include <gtest/gtest.h>

#include "nat-sim/conformance/bench.hpp"

namespace portolan::nat::conformance {
namespace {

TransportAddress v6_host() {
    return {*IpAddress::parse("2001:db8::10"), 5000};
}
TransportAddress v6_server() {
    return {*IpAddress::parse("2001:db8::20"), 7000};
}

void expect_round_trip(const Packet& packet) {
    const Bytes bytes = encode(packet);
    const auto back = dissect(bytes);
    ASSERT_TRUE(back) << to_text(packet);
    EXPECT_TRUE(back->ip_checksum_ok) << to_text(packet);
    EXPECT_TRUE(back->transport_checksum_ok) << to_text(packet);
    EXPECT_EQ(encode(back->packet), bytes) << to_text(packet);
}

TEST(Packet, every_kind_survives_encoding_with_good_checksums) {
    expect_round_trip(udp_packet(host_a(), server_1(), 5));
    expect_round_trip(tcp_packet(host_a(), server_1(), kSyn));
    expect_round_trip(echo_packet(host_a(77), server_1()));
    expect_round_trip(udp_packet(v6_host(), v6_server()));
    expect_round_trip(tcp_packet(v6_host(), v6_server(), kAck));
    expect_round_trip(echo_packet(v6_host(), v6_server(), true));
    expect_round_trip(icmp_error(server_1().ip, host_a().ip, kDestinationUnreachable, 3,
                                 udp_packet(host_a(), server_1())));
    Packet options = udp_packet(host_a(), server_1());
    options.ip_options.assign(4, std::byte{1});
    expect_round_trip(options);
}

TEST(Packet, every_flipped_bit_of_a_whole_datagram_is_noticed) {
    for (const Packet& packet :
         {udp_packet(host_a(), server_1()), tcp_packet(host_a(), server_1(), kSyn),
          echo_packet(host_a(77), server_1())}) {
        const Bytes good = encode(packet);
        for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
            Bytes bad = good;
            bad[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
            const auto read = dissect(bad);
            EXPECT_TRUE(!read || !read->ip_checksum_ok || !read->transport_checksum_ok)
                << to_text(packet) << " bit " << bit;
        }
    }
}

TEST(Packet, cut_datagrams_are_read_as_far_as_they_go_or_refused) {
    for (const Packet& packet :
         {udp_packet(host_a(), server_1()), tcp_packet(host_a(), server_1(), kSyn),
          udp_packet(v6_host(), v6_server())}) {
        const Bytes whole = encode(packet);
        for (std::size_t length = 0; length < whole.size(); ++length) {
            const auto read = dissect(std::span(whole).first(length));
            if (length >= (packet.is_ipv6() ? 48U : 28U)) {
                ASSERT_TRUE(read) << length;
                EXPECT_EQ(read->packet.source, packet.source);
            } else {
                EXPECT_FALSE(read) << length;
            }
        }
    }
}

TEST(Packet, texts_say_what_matters) {
    EXPECT_EQ(to_text(udp_packet(host_a(), server_1())),
              "UDP 192.168.1.10:5000 > 198.51.100.1:7000, 4 bytes");
    EXPECT_EQ(to_text(tcp_packet(host_a(), server_1(), kSyn | kAck)),
              "TCP 192.168.1.10:5000 > 198.51.100.1:7000, SYN+ACK");
    EXPECT_EQ(
        to_text(icmp_error(server_1().ip, host_a().ip, 3, 3, udp_packet(host_a(), server_1()))),
        "ICMP 198.51.100.1 > 192.168.1.10, type 3/3, about (UDP 192.168.1.10:5000 > "
        "198.51.100.1:7000)");
}

TEST(Packet, checksum_is_that_of_the_example_in_rfc_1071) {
    // RFC 1071 s3: the sum of 00 01 f2 03 f4 f5 f6 f7 is ddf2.
    const Bytes bytes = {std::byte{0x00}, std::byte{0x01}, std::byte{0xf2}, std::byte{0x03},
                         std::byte{0xf4}, std::byte{0xf5}, std::byte{0xf6}, std::byte{0xf7}};
    EXPECT_EQ(internet_checksum(bytes), static_cast<std::uint16_t>(~0xddf2U));
}

}  // namespace
}  // namespace portolan::nat::conformance
