#include "nat-sim/behavior/tests/lab.hpp"

namespace portolan::nat::test {
namespace {

const Address kHost = "192.168.1.2:5000";
const Address kServer = "203.0.113.9:3478";
const Address kOutside = "198.51.100.1:5000";

TEST(NatIcmp, queries_get_an_id_of_their_own_and_answers_find_back) {
    Lab lab;
    const Fate first = lab.out(echo("192.168.1.2", kServer, true, 77));
    const Fate second = lab.out(echo("192.168.1.3", kServer, true, 77));
    ASSERT_TRUE(first.passed() && second.passed());
    EXPECT_NE(first.view.from.port, second.view.from.port);
    const Fate answer = lab.in(echo(kServer, "198.51.100.1", false, second.view.from.port));
    ASSERT_TRUE(answer.passed());
    EXPECT_EQ(answer.view.to, Address("192.168.1.3", 77));
    EXPECT_EQ(lab.in(echo(kServer, "198.51.100.1", true, 5)).outcome.reason, Reason::Local);
    EXPECT_EQ(lab.broken, 0);
}

/// RFC 5508 REQ-4: the quoted packet is as the host sent it, whole or cut after eight bytes.
TEST(NatIcmp, errors_from_outside_quote_what_the_host_sent) {
    for (const bool is_tcp : {false, true}) {
        for (const std::size_t quote : {28U, 40U, 1000U}) {
            Lab lab;
            const Bytes original = is_tcp ? tcp(kHost, kServer, kSyn) : udp(kHost, kServer);
            const Fate sent = lab.out(original);
            const Fate error =
                lab.in(icmp_error("203.0.113.1", "198.51.100.1", 11, 0, sent.bytes, quote));
            ASSERT_TRUE(error.passed());
            EXPECT_EQ(error.view.from.ip, "203.0.113.1");
            EXPECT_EQ(error.view.to.ip, "192.168.1.2");
            EXPECT_EQ(error.view.icmp_type, 11);
            const bool whole = quote >= original.size();
            const View quoted = view(error.view.payload, whole);
            EXPECT_TRUE(quoted.valid) << quoted.problem;
            EXPECT_EQ(quoted.from, kHost);
            EXPECT_EQ(quoted.to, kServer);
            EXPECT_EQ(lab.broken, 0);
        }
    }
}

TEST(NatIcmp, errors_about_queries_are_translated) {
    Lab lab;
    lab.out(echo("192.168.1.3", kServer, true, 77));
    const Fate sent = lab.out(echo("192.168.1.2", kServer, true, 77));
    const Fate error = lab.in(icmp_error("203.0.113.1", "198.51.100.1", 11, 0, sent.bytes));
    ASSERT_TRUE(error.passed());
    EXPECT_EQ(error.view.to.ip, "192.168.1.2");
    const View quoted = view(error.view.payload);
    EXPECT_TRUE(quoted.valid) << quoted.problem;
    EXPECT_EQ(quoted.from, Address("192.168.1.2", 77));
}

/// RFC 5508 REQ-3: what cannot be trusted is dropped; REQ-6: nothing happens to the session.
TEST(NatIcmp, errors_with_wrong_checksums_or_unknown_packets_are_dropped) {
    Lab lab;
    const Fate sent = lab.out(udp(kHost, kServer));
    Bytes bad = icmp_error("203.0.113.1", "198.51.100.1", 3, 3, sent.bytes);
    bad.back() ^= std::byte{1};
    EXPECT_EQ(lab.in(bad).outcome.reason, Reason::BadChecksum);
    Bytes quoted = sent.bytes;
    quoted[10] ^= std::byte{1};
    EXPECT_EQ(lab.in(icmp_error("203.0.113.1", "198.51.100.1", 3, 3, quoted)).outcome.reason,
              Reason::BadChecksum);
    EXPECT_EQ(
        lab.in(icmp_error("203.0.113.1", "198.51.100.1", 3, 3, udp("198.51.100.1:9", kServer)))
            .outcome.reason,
        Reason::IcmpUnmatched);
    EXPECT_EQ(lab.in(icmp_error("203.0.113.1", "198.51.100.1", 5, 0, sent.bytes)).outcome.reason,
              Reason::ProtocolUnsupported);
    EXPECT_TRUE(lab.reach(kServer, kOutside));
}

TEST(NatIcmp, errors_do_not_refresh) {
    Lab lab;
    const Fate sent = lab.out(udp(kHost, kServer));
    lab.wait(4min);
    lab.in(icmp_error("203.0.113.1", "198.51.100.1", 3, 3, sent.bytes));
    lab.wait(1min);
    EXPECT_FALSE(lab.reach(kServer, kOutside));
}

/// RFC 5508 REQ-5.
TEST(NatIcmp, errors_from_inside_come_from_the_outside_address) {
    Lab lab;
    lab.map(kHost, kServer);
    const Fate answer = lab.in(udp(kServer, kOutside));
    const Fate error = lab.out(icmp_error("192.168.1.2", kServer, 3, 3, answer.bytes));
    ASSERT_TRUE(error.passed());
    EXPECT_EQ(error.view.from.ip, "198.51.100.1");
    const View quoted = view(error.view.payload);
    EXPECT_TRUE(quoted.valid) << quoted.problem;
    EXPECT_EQ(quoted.to, kOutside);
}

/// RFC 5508 REQ-7: the host that hairpinned learns that the other's port is closed.
TEST(NatIcmp, errors_about_hairpinned_packets_turn_round) {
    Parameters p;
    p.filtering.udp = FilteringRule::EndpointIndependent;
    Lab lab(p);
    lab.map("192.168.1.3:6000", kServer);
    const Fate turned = lab.out(udp(kHost, "198.51.100.1:6000"));
    ASSERT_TRUE(turned.passed());
    const Fate error = lab.out(icmp_error("192.168.1.3", "198.51.100.1", 3, 3, turned.bytes));
    ASSERT_TRUE(error.passed()) << to_string(error.outcome.reason);
    EXPECT_EQ(error.outcome.out, Side::Inside);
    EXPECT_TRUE(error.outcome.hairpinned);
    EXPECT_EQ(error.view.to.ip, "192.168.1.2");
    const View quoted = view(error.view.payload);
    EXPECT_TRUE(quoted.valid) << quoted.problem;
    EXPECT_EQ(quoted.from, kHost);
    EXPECT_EQ(quoted.to, Address("198.51.100.1:6000"));
    EXPECT_EQ(lab.broken, 0);
}

}  // namespace
}  // namespace portolan::nat::test
