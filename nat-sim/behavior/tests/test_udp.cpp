#include "nat-sim/behavior/tests/lab.hpp"

namespace portolan::nat::test {
namespace {

const Address kHost = "192.168.1.2:5000";
const Address kServer = "203.0.113.9:3478";

TEST(NatUdp, a_packet_leaves_with_the_outside_address_and_its_answer_comes_back) {
    Lab lab;
    const Fate sent = lab.out(udp(kHost, kServer));
    ASSERT_TRUE(sent.passed());
    EXPECT_EQ(sent.outcome.reason, Reason::Created);
    EXPECT_TRUE(sent.outcome.mapping_created);
    EXPECT_EQ(sent.outcome.out, Side::Outside);
    EXPECT_EQ(sent.view.from, Address("198.51.100.1:5000"));
    EXPECT_EQ(sent.view.to, kServer);
    EXPECT_EQ(sent.view.ttl, 63);
    EXPECT_EQ(sent.view.payload, bytes_of("hello"));

    const Fate answer = lab.in(udp(kServer, sent.view.from));
    ASSERT_TRUE(answer.passed());
    EXPECT_EQ(answer.outcome.out, Side::Inside);
    EXPECT_EQ(answer.view.to, kHost);
    EXPECT_EQ(answer.view.from, kServer);
    EXPECT_EQ(answer.outcome.mapping, sent.outcome.mapping);
    EXPECT_EQ(lab.broken, 0);
    EXPECT_TRUE(lab.nat.invariants_hold());
    ASSERT_EQ(lab.nat.mappings().size(), 1U);
    EXPECT_EQ(lab.nat.mappings()[0].inside_port, 5000);
}

TEST(NatUdp, no_checksum_stays_no_checksum) {
    Lab lab;
    const Fate sent = lab.out(udp(kHost, kServer, bytes_of("x"), {.udp_checksum = false}));
    ASSERT_TRUE(sent.passed());
    EXPECT_EQ(sent.view.udp_checksum, 0);
}

/// RFC 768: a computed zero is sent as all ones. Some payload gives it; all have to be right.
TEST(NatUdp, a_computed_zero_is_sent_as_all_ones) {
    Lab lab;
    bool seen = false;
    for (unsigned value = 0; value < 65536; ++value) {
        const Bytes payload = {static_cast<std::byte>(value >> 8), static_cast<std::byte>(value)};
        const Fate sent = lab.out(udp(kHost, kServer, payload));
        ASSERT_TRUE(sent.passed());
        ASSERT_NE(sent.view.udp_checksum, 0);
        seen = seen || sent.view.udp_checksum == 0xFFFF;
    }
    EXPECT_TRUE(seen);
    EXPECT_EQ(lab.broken, 0);
}

TEST(NatUdp, ip_options_stay) {
    Lab lab;
    const Bytes router_alert = {std::byte{0x94}, std::byte{4}, std::byte{0}, std::byte{0}};
    const Fate sent = lab.out(udp(kHost, kServer, bytes_of("x"), {.ip_options = router_alert}));
    ASSERT_TRUE(sent.passed());
    EXPECT_EQ(sent.view.header_size, 24U);
    EXPECT_EQ(Bytes(sent.bytes.begin() + 20, sent.bytes.begin() + 24), router_alert);
    EXPECT_EQ(lab.broken, 0);
}

TEST(NatUdp, what_is_no_packet_is_dropped) {
    Lab lab;
    Bytes packet = udp(kHost, kServer);
    EXPECT_EQ(lab.out({}).outcome.reason, Reason::Malformed);
    EXPECT_EQ(lab.out(Bytes(packet.begin(), packet.begin() + 19)).outcome.reason,
              Reason::Malformed);
    EXPECT_EQ(lab.out(Bytes(packet.begin(), packet.begin() + 30)).outcome.reason,
              Reason::Malformed);
    packet[10] ^= std::byte{1};
    EXPECT_EQ(lab.out(packet).outcome.reason, Reason::BadChecksum);
    EXPECT_EQ(lab.out(udp("127.0.0.1:1", kServer)).outcome.reason, Reason::BadAddress);
    EXPECT_EQ(lab.out(udp(kHost, "224.0.0.1:1")).outcome.reason, Reason::BadAddress);
    EXPECT_EQ(lab.in(udp(kServer, "198.51.100.77:1")).outcome.reason, Reason::NotOurs);
    EXPECT_EQ(lab.in(udp(kServer, "198.51.100.1:1")).outcome.reason, Reason::NoMapping);
    EXPECT_EQ(lab.out(udp(kHost, "192.168.1.1:53")).outcome.reason, Reason::Local);
    EXPECT_EQ(lab.nat.statistics().mappings_count, 0U);
}

TEST(NatUdp, bytes_behind_the_datagram_are_cut_off) {
    Lab lab;
    Bytes packet = udp(kHost, kServer);
    const std::size_t size = packet.size();
    packet.resize(64);  // padding of Ethernet
    const Fate sent = lab.out(packet);
    ASSERT_TRUE(sent.passed());
    EXPECT_EQ(sent.bytes.size(), size);
    EXPECT_EQ(lab.broken, 0);
}

}  // namespace
}  // namespace portolan::nat::test
