#include "nat-sim/behavior/tests/lab.hpp"

namespace portolan::nat::test {
namespace {

const Address kHost = "192.168.1.2:5000";
const Address kServer = "203.0.113.9:443";
const Address kOutside = "198.51.100.1:5000";

/// RFC 7857 s2: whether an idle connection outlives the four minutes of the transitory states.
bool is_established(Lab& lab) {
    lab.wait(5min);
    return lab.in(tcp(kServer, kOutside, kAck)).passed();
}

void open(Lab& lab) {
    lab.out(tcp(kHost, kServer, kSyn));
    lab.in(tcp(kServer, kOutside, kSyn | kAck));
    lab.out(tcp(kHost, kServer, kAck));
}

TEST(NatTcp, a_connection_is_established_by_the_servers_syn) {
    Lab lab;
    lab.out(tcp(kHost, kServer, kSyn));
    Lab opened;
    open(opened);
    EXPECT_FALSE(is_established(lab));
    EXPECT_TRUE(is_established(opened));
}

TEST(NatTcp, one_fin_does_not_close_and_two_do) {
    for (const bool client_first : {true, false}) {
        Lab lab;
        open(lab);
        client_first ? lab.out(tcp(kHost, kServer, kFin | kAck))
                     : lab.in(tcp(kServer, kOutside, kFin | kAck));
        EXPECT_TRUE(is_established(lab));
        client_first ? lab.in(tcp(kServer, kOutside, kFin | kAck))
                     : lab.out(tcp(kHost, kServer, kFin | kAck));
        EXPECT_FALSE(is_established(lab));
    }
}

/// RFC 7857 s2.2: the RST is translated, the state stays for four minutes; data revives it.
TEST(NatTcp, rst_makes_it_transitory_and_data_makes_it_established_again) {
    Lab lab;
    open(lab);
    EXPECT_TRUE(lab.in(tcp(kServer, kOutside, kRst)).passed());
    lab.wait(3min);
    EXPECT_TRUE(lab.out(tcp(kHost, kServer, kAck)).passed());
    EXPECT_TRUE(is_established(lab));
    EXPECT_TRUE(lab.in(tcp(kServer, kOutside, kRst)).passed());
    EXPECT_FALSE(is_established(lab));
}

/// RFC 7857 s7.1: an outgoing RST does not keep a session alive, but ends an open connection.
TEST(NatTcp, an_outgoing_rst_is_no_refresh) {
    Lab lab;
    lab.out(tcp(kHost, kServer, kSyn));
    lab.wait(3min);
    EXPECT_EQ(lab.out(tcp(kHost, kServer, kRst)).outcome.reason, Reason::Passed);
    lab.wait(2min);
    EXPECT_FALSE(lab.in(tcp(kServer, kOutside, kSyn | kAck)).passed());
    Lab opened;
    open(opened);
    opened.out(tcp(kHost, kServer, kRst));
    EXPECT_FALSE(is_established(opened));
}

TEST(NatTcp, segments_without_a_connection_make_no_state) {
    Lab lab;
    EXPECT_EQ(lab.out(tcp(kHost, kServer, kAck)).outcome.reason, Reason::TcpWithoutSession);
    EXPECT_EQ(lab.nat.statistics().mappings_count, 0U);
}

/// RFC 5382 REQ-4: silence for six seconds, then ICMP; no ICMP when inside opens meanwhile.
TEST(NatTcp, a_refused_syn_is_answered_late_and_a_simultaneous_open_is_not) {
    Lab lab;
    lab.out(tcp(kHost, kServer, kSyn));
    const Fate refused = lab.in(tcp("203.0.113.10:9", kOutside, kSyn));
    EXPECT_EQ(refused.outcome.reason, Reason::UnsolicitedSynHeld);
    EXPECT_TRUE(refused.outcome.extra.empty());
    const Fate early = lab.in(tcp("203.0.113.11:9", kOutside, kSyn));
    EXPECT_EQ(early.outcome.reason, Reason::UnsolicitedSynHeld);
    lab.wait(5999ms);
    EXPECT_TRUE(lab.nat.take_due(lab.now).empty());
    EXPECT_TRUE(lab.out(tcp(kHost, "203.0.113.11:9", kSyn)).passed());
    lab.wait(1ms);
    const auto due = lab.nat.take_due(lab.now);
    ASSERT_EQ(due.size(), 1U);
    const View error = view(due[0].bytes);
    EXPECT_TRUE(error.valid) << error.problem;
    EXPECT_EQ(error.icmp_type, 3);
    EXPECT_EQ(error.icmp_code, 3);
    EXPECT_EQ(error.to.ip, "203.0.113.10");
    EXPECT_TRUE(lab.in(tcp("203.0.113.11:9", kOutside, kSyn)).passed());
}

/// RFC 9293 s3.10.7.1: an RST has the number that the segment acknowledges; without one it
/// acknowledges all that the segment occupies.
TEST(NatTcp, a_reset_fits_the_segment_that_it_refuses) {
    Parameters p;
    p.unsolicited.tcp_answer = TcpAnswer::Reset;
    p.timers.tcp_unsolicited_syn = 0s;
    Lab lab(p);
    const auto number_of = [](const Bytes& packet, std::size_t at) {
        std::uint32_t out = 0;
        for (std::size_t i = 0; i < 4; ++i)
            out = out << 8 | std::to_integer<std::uint32_t>(packet[20 + at + i]);
        return out;
    };
    // tcp() sends with sequence number 1 and acknowledgement 0.
    struct Case {
        std::uint8_t flags;
        Bytes payload;
        std::uint32_t sequence;
        std::uint32_t acknowledgement;
    };
    const std::vector<Case> cases = {{kSyn, {}, 0, 2},
                                     {kSyn | kFin, bytes_of("hello"), 0, 8},
                                     {kAck, bytes_of("hello"), 0, 0},
                                     {kSyn | kAck, {}, 0, 0}};
    for (const Case& each : cases) {
        const Fate fate = lab.in(tcp(kServer, kOutside, each.flags, each.payload));
        ASSERT_EQ(fate.outcome.extra.size(), 1U);
        const Bytes& reset = fate.outcome.extra[0].bytes;
        EXPECT_EQ(number_of(reset, 4), each.sequence) << int{each.flags};
        EXPECT_EQ(number_of(reset, 8), each.acknowledgement) << int{each.flags};
        EXPECT_EQ(view(reset).tcp_flags, (each.flags & kAck) != 0 ? kRst : kRst | kAck);
    }
    EXPECT_EQ(lab.broken, 0);
}

/// RFC 5382 REQ-2a: inside opens, and the peer's SYN, not its SYN-ACK, comes next.
TEST(NatTcp, a_simultaneous_open_is_established) {
    Lab lab;
    lab.out(tcp(kHost, kServer, kSyn));
    EXPECT_TRUE(lab.in(tcp(kServer, kOutside, kSyn)).passed());
    EXPECT_TRUE(lab.out(tcp(kHost, kServer, kSyn | kAck)).passed());
    EXPECT_TRUE(lab.in(tcp(kServer, kOutside, kSyn | kAck)).passed());
    EXPECT_TRUE(is_established(lab));
    EXPECT_EQ(lab.broken, 0);
}

}  // namespace
}  // namespace portolan::nat::test
