#include "nat-sim/behavior/nat64.hpp"
#include "nat-sim/behavior/nptv6.hpp"
#include "nat-sim/behavior/tests/lab.hpp"

namespace portolan::nat::test {
namespace {

const Address kHost = "[2001:db8:5::2]:5000";
const Address kServer6 = "[2001:db8:9::1]:3478";
const Address kStranger6 = "[2001:db8:9::2]:3478";

Parameters mode(Ipv6Mode ipv6) {
    Parameters p;
    p.kind.ipv6 = ipv6;
    return p;
}

TEST(Ipv6, off_drops_it) {
    Lab lab;
    EXPECT_EQ(lab.out(udp(kHost, kServer6)).outcome.reason, Reason::Ipv6Off);
}

TEST(Ipv6Firewall, lets_out_lets_answers_in_and_keeps_strangers_out) {
    Lab lab(mode(Ipv6Mode::Firewall));
    const Fate sent = lab.out(udp(kHost, kServer6));
    ASSERT_TRUE(sent.passed());
    EXPECT_EQ(sent.view.from, kHost);
    EXPECT_EQ(sent.view.ttl, 63);
    EXPECT_TRUE(lab.in(udp(kServer6, kHost)).passed());
    EXPECT_EQ(lab.in(udp(kStranger6, kHost)).outcome.reason, Reason::Filtered);
    EXPECT_EQ(lab.in(udp(kServer6, "[2001:db8:5::3]:1")).outcome.reason, Reason::NoMapping);
    EXPECT_TRUE(lab.out(echo("2001:db8:5::2", "2001:db8:9::1", true, 7)).passed());
    EXPECT_TRUE(lab.in(echo("2001:db8:9::1", "2001:db8:5::2", false, 7)).passed());
    EXPECT_EQ(lab.in(tcp(kServer6, kHost, kSyn)).outcome.reason, Reason::NoMapping);
    EXPECT_TRUE(lab.out(tcp(kHost, kServer6, kSyn)).passed());
    EXPECT_TRUE(lab.in(tcp(kServer6, kHost, kSyn | kAck)).passed());
    EXPECT_TRUE(lab.nat.invariants_hold());
    EXPECT_EQ(lab.broken, 0);
    lab.wait(3h);
    lab.nat.advance(lab.now);
    EXPECT_EQ(lab.nat.statistics().sessions_count, 0U);
}

TEST(Ipv6Firewall, errors_about_sessions_pass_and_others_do_not) {
    Lab lab(mode(Ipv6Mode::Firewall));
    const Fate sent = lab.out(udp(kHost, kServer6));
    EXPECT_TRUE(lab.in(icmp_error("2001:db8:7::1", "2001:db8:5::2", 1, 4, sent.bytes)).passed());
    EXPECT_EQ(lab.in(icmp_error("2001:db8:7::1", "2001:db8:5::2", 1, 4, udp(kHost, kStranger6)))
                  .outcome.reason,
              Reason::IcmpUnmatched);
}

TEST(Ipv6Firewall, tells_of_old_and_big_packets) {
    Lab lab(mode(Ipv6Mode::Firewall));
    const Fate old = lab.out(udp(kHost, kServer6, bytes_of("x"), {.ttl = 1}));
    EXPECT_EQ(old.outcome.reason, Reason::TtlExceeded);
    ASSERT_EQ(old.outcome.extra.size(), 1U);
    EXPECT_EQ(view(old.outcome.extra[0].bytes).icmp_type, 3);
    const Fate big = lab.out(udp(kHost, kServer6, Bytes(1500)));
    EXPECT_EQ(big.outcome.reason, Reason::TooBig);
    ASSERT_EQ(big.outcome.extra.size(), 1U);
    EXPECT_EQ(view(big.outcome.extra[0].bytes).icmp_rest, 1500U);
    EXPECT_EQ(lab.broken, 0);
}

/// The example of RFC 6296 s3.1 and its way back.
TEST(Nptv6, translates_as_the_example_of_the_rfc) {
    const Ipv6Prefix internal{*parse_ipv6("fd01:203:405::"), 48};
    const Ipv6Prefix external{*parse_ipv6("2001:db8:1::"), 48};
    const auto out = translate_prefix(*parse_ipv6("fd01:203:405:1::1234"), internal, external);
    ASSERT_TRUE(out);
    EXPECT_EQ(to_string(*out), "2001:db8:1:d550::1234");
    EXPECT_EQ(translate_prefix(*out, external, internal),
              parse_ipv6("fd01:203:405:1::1234").value());
    EXPECT_FALSE(translate_prefix(*parse_ipv6("fd01:203:405:ffff::1"), internal, external));
}

TEST(Nptv6, checksums_stay_right_both_ways_and_there_is_no_state) {
    Parameters open = mode(Ipv6Mode::Nptv6);
    open.policy.open_inbound = true;
    Lab lab(open);
    const Fate sent = lab.out(udp("[fd01:203:405:1::1234]:5000", kServer6));
    ASSERT_TRUE(sent.passed());
    EXPECT_EQ(sent.view.from, Address("[2001:db8:1:d550::1234]:5000"));
    const Fate back = lab.in(udp(kStranger6, "[2001:db8:1:d550::1234]:5000"));
    ASSERT_TRUE(back.passed());
    EXPECT_EQ(back.view.to, Address("[fd01:203:405:1::1234]:5000"));
    const Fate error =
        lab.in(icmp_error("2001:db8:7::1", "2001:db8:1:d550::1234", 1, 4, sent.bytes));
    ASSERT_TRUE(error.passed());
    EXPECT_EQ(view(error.view.payload).from, Address("[fd01:203:405:1::1234]:5000"));
    const Fate turned = lab.out(udp("[fd01:203:405:1::9]:1", "[2001:db8:1:d550::1234]:5000"));
    EXPECT_TRUE(turned.outcome.hairpinned);
    EXPECT_EQ(turned.view.to, Address("[fd01:203:405:1::1234]:5000"));
    EXPECT_EQ(lab.out(udp(kHost, kServer6)).outcome.reason, Reason::NotOurs);
    EXPECT_EQ(lab.nat.statistics().sessions_count, 0U);
    EXPECT_EQ(lab.broken, 0);
}

/// RFC 6296 s5: "A firewall can, of course, be used in conjunction with an NPTv6 Translator".
TEST(Nptv6, has_a_firewall_beside_it_unless_the_policy_is_open) {
    const Address inside = "[fd01:203:405:1::1234]:5000";
    const Address outside = "[2001:db8:1:d550::1234]:5000";
    const Address neighbour = "[fd01:203:405:1::9]:1";
    const Address neighbour_outside = "[2001:db8:1:d550::9]:1";
    Parameters p = mode(Ipv6Mode::Nptv6);
    p.filtering.udp = FilteringRule::AddressAndPortDependent;
    Lab lab(p);
    EXPECT_EQ(lab.in(udp(kServer6, outside)).outcome.reason, Reason::NoMapping);
    const Fate sent = lab.out(udp(inside, kServer6));
    EXPECT_EQ(sent.view.from, outside);
    EXPECT_EQ(sent.view.ttl, 63);
    const Fate answer = lab.in(udp(kServer6, outside));
    EXPECT_EQ(answer.outcome.reason, Reason::PrefixTranslated);
    EXPECT_EQ(answer.view.to, inside);
    EXPECT_EQ(lab.in(udp(kStranger6, outside)).outcome.reason, Reason::Filtered);
    EXPECT_EQ(lab.in(udp(Address("2001:db8:9::1", 1), outside)).outcome.reason, Reason::Filtered);

    const Fate error =
        lab.in(icmp_error("2001:db8:7::1", "2001:db8:1:d550::1234", 1, 4, sent.bytes));
    ASSERT_TRUE(error.passed());
    EXPECT_EQ(view(error.view.payload).from, inside);
    EXPECT_EQ(
        lab.in(icmp_error("2001:db8:7::1", "2001:db8:1:d550::1234", 1, 4, udp(outside, kStranger6)))
            .outcome.reason,
        Reason::IcmpUnmatched);

    // Turned around, a packet leaves by one session and needs another to come in.
    EXPECT_FALSE(lab.out(udp(neighbour, outside)).passed());
    lab.out(udp(inside, neighbour_outside));
    const Fate turned = lab.out(udp(neighbour, outside));
    EXPECT_TRUE(turned.outcome.hairpinned);
    EXPECT_EQ(turned.view.from, neighbour_outside);
    EXPECT_EQ(turned.view.to, inside);
    EXPECT_EQ(turned.view.ttl, 63);

    p.policy.udp = false;
    Lab blocked(p);
    EXPECT_EQ(blocked.out(udp(inside, kServer6)).outcome.reason, Reason::UdpBlocked);
    p.policy.web_only = true;
    Lab web(p);
    EXPECT_EQ(web.out(tcp(inside, kServer6, kSyn)).outcome.reason, Reason::WebOnly);
    EXPECT_TRUE(web.out(tcp(inside, "[2001:db8:9::1]:443", kSyn)).passed());
    EXPECT_EQ(lab.broken + web.broken, 0);
    EXPECT_TRUE(lab.nat.invariants_hold());
}

/// RFC 6052 s2.4, table 2.
TEST(Nat64Addresses, embeds_addresses_as_the_table_of_the_rfc) {
    const auto embedded = [](const char* prefix, std::uint8_t bits) {
        const Ipv6Prefix p{*parse_ipv6(prefix), bits};
        const Ipv6 address = embed_ipv4(p, *parse_ipv4("192.0.2.33"));
        EXPECT_EQ(to_string(extract_ipv4(p, address)), "192.0.2.33");
        return to_string(address);
    };
    EXPECT_EQ(embedded("2001:db8::", 32), "2001:db8:c000:221::");
    EXPECT_EQ(embedded("2001:db8:100::", 40), "2001:db8:1c0:2:21::");
    EXPECT_EQ(embedded("2001:db8:122::", 48), "2001:db8:122:c000:2:2100::");
    EXPECT_EQ(embedded("2001:db8:122:300::", 56), "2001:db8:122:3c0:0:221::");
    EXPECT_EQ(embedded("2001:db8:122:344::", 64), "2001:db8:122:344:c0:2:2100:0");
    EXPECT_EQ(embedded("2001:db8:122:344::", 96), "2001:db8:122:344::c000:221");
}

class Nat64 : public ::testing::Test {
  protected:
    const Address server6{"64:ff9b::cb00:7109", 3478};
    const Address server4{"203.0.113.9", 3478};
    const Address outside{"198.51.100.1", 5000};
    Lab lab{mode(Ipv6Mode::Nat64)};
};

TEST_F(Nat64, translates_udp_and_its_answer) {
    const Fate sent = lab.out(udp(kHost, server6));
    ASSERT_TRUE(sent.passed());
    EXPECT_EQ(sent.view.version, 4);
    EXPECT_EQ(sent.view.from, outside);
    EXPECT_EQ(sent.view.to, server4);
    EXPECT_EQ(sent.view.ttl, 63);
    const Fate answer = lab.in(udp(server4, outside));
    ASSERT_TRUE(answer.passed());
    EXPECT_EQ(answer.view.version, 6);
    EXPECT_EQ(answer.view.from, server6);
    EXPECT_EQ(answer.view.to, kHost);
    // RFC 7915 s4.5: UDP without a checksum gets one.
    const Fate bare = lab.in(udp(server4, outside, bytes_of("x"), {.udp_checksum = false}));
    ASSERT_TRUE(bare.passed());
    EXPECT_NE(bare.view.udp_checksum, 0);
    EXPECT_EQ(lab.broken, 0);
    EXPECT_TRUE(lab.nat.invariants_hold());
    ASSERT_EQ(lab.nat.mappings().size(), 1U);
    EXPECT_TRUE(lab.nat.mappings()[0].ipv6_inside);
    EXPECT_EQ(to_string(lab.nat.mappings()[0].inside6), "2001:db8:5::2");
}

TEST_F(Nat64, translates_tcp_and_echo) {
    EXPECT_EQ(lab.out(tcp(kHost, server6, kSyn)).view.tcp_flags, kSyn);
    EXPECT_EQ(lab.in(tcp(server4, outside, kSyn | kAck)).view.to, kHost);
    const Fate ping = lab.out(echo(kHost, server6, true, 77));
    ASSERT_TRUE(ping.passed());
    EXPECT_EQ(ping.view.icmp_type, 8);
    const Fate pong = lab.in(echo(server4, outside, false, ping.view.from.port));
    ASSERT_TRUE(pong.passed());
    EXPECT_EQ(pong.view.icmp_type, 129);
    EXPECT_EQ(pong.view.to, Address("2001:db8:5::2", 77));
    EXPECT_EQ(lab.broken, 0);
}

TEST_F(Nat64, translates_errors_both_ways) {
    const Fate sent = lab.out(udp(kHost, server6));
    const Fate error = lab.in(icmp_error("203.0.113.254", "198.51.100.1", 3, 4, sent.bytes));
    ASSERT_TRUE(error.passed());
    EXPECT_EQ(error.view.icmp_type, 2);
    EXPECT_GE(error.view.icmp_rest, 1280U);
    EXPECT_EQ(error.view.from.ip, "64:ff9b::cb00:71fe");
    const View quoted = view(error.view.payload);
    EXPECT_TRUE(quoted.valid) << quoted.problem;
    EXPECT_EQ(quoted.from, kHost);
    EXPECT_EQ(quoted.to, server6);
    const Fate answer = lab.in(udp(server4, outside));
    const Fate refusal = lab.out(icmp_error("2001:db8:5::2", server6, 1, 4, answer.bytes));
    ASSERT_TRUE(refusal.passed());
    EXPECT_EQ(refusal.view.icmp_type, 3);
    EXPECT_EQ(refusal.view.icmp_code, 3);
    const View again = view(refusal.view.payload);
    EXPECT_TRUE(again.valid) << again.problem;
    EXPECT_EQ(again.to, outside);
    EXPECT_EQ(lab.broken, 0);
}

TEST_F(Nat64, hairpins_between_ipv6_hosts) {
    lab.out(udp("[2001:db8:5::3]:6000", server6));
    // The filter is address-dependent: the second host has to know the first.
    lab.out(udp("[2001:db8:5::3]:6000", "[64:ff9b::c633:6401]:5000"));
    const Fate turned = lab.out(udp(kHost, "[64:ff9b::c633:6401]:6000"));
    ASSERT_TRUE(turned.passed()) << to_string(turned.outcome.reason);
    EXPECT_TRUE(turned.outcome.hairpinned);
    EXPECT_EQ(turned.view.from, Address("[64:ff9b::c633:6401]:5000"));
    EXPECT_EQ(turned.view.to, Address("[2001:db8:5::3]:6000"));
    EXPECT_EQ(lab.broken, 0);
}

TEST_F(Nat64, big_answers_are_fragmented_and_big_requests_refused) {
    lab.out(udp(kHost, server6));
    const Fate answer = lab.in(udp(server4, outside, Bytes(1470)));
    ASSERT_TRUE(answer.passed());
    EXPECT_TRUE(answer.view.more_fragments);
    EXPECT_EQ(answer.outcome.extra.size(), 1U);
    const Fate refused = lab.in(udp(server4, outside, Bytes(1470), {.dont_fragment = true}));
    EXPECT_EQ(refused.outcome.reason, Reason::TooBig);
    EXPECT_EQ(refused.outcome.extra.size(), 1U);
    EXPECT_EQ(lab.broken, 0);
}

/// The policy that lets IPv4 pass without a memory is not NAT64's.
TEST_F(Nat64, answers_are_translated_beside_open_ipv4) {
    for (const auto ipv4 : {Translation::None, Translation::OneToOne}) {
        Parameters p = mode(Ipv6Mode::Nat64);
        p.kind.ipv4 = ipv4;
        p.policy.open_inbound = true;
        Lab open(p);
        const Fate sent = open.out(udp(kHost, server6));
        ASSERT_TRUE(sent.passed());
        const Fate answer = open.in(udp(server4, outside));
        ASSERT_TRUE(answer.passed()) << to_string(answer.outcome.reason);
        EXPECT_EQ(answer.view.version, 6);
        EXPECT_EQ(answer.view.to, kHost);
        const Fate error = open.in(icmp_error("203.0.113.254", outside, 3, 3, sent.bytes));
        EXPECT_EQ(error.view.version, 6);
        EXPECT_EQ(open.broken, 0);
    }
    Parameters routed = mode(Ipv6Mode::Nat64);
    routed.kind.ipv4 = Translation::None;
    routed.policy.open_inbound = true;
    Lab open(routed);
    EXPECT_EQ(open.in(udp(server4, outside)).outcome.reason, Reason::NoMapping)
        << "the box's own address is nobody's behind it";
    EXPECT_EQ(open.reach("203.0.113.9:3478", "192.168.1.2:777"), Address("192.168.1.2:777"));
}

TEST_F(Nat64, what_is_not_in_the_prefix_is_dropped) {
    EXPECT_EQ(lab.out(udp(kHost, kServer6)).outcome.reason, Reason::NotOurs);
    EXPECT_EQ(lab.in(udp(kServer6, kHost)).outcome.reason, Reason::NotOurs);
    EXPECT_EQ(lab.out(udp("[fe80::1]:1", server6)).outcome.reason, Reason::BadAddress);
}

}  // namespace
}  // namespace portolan::nat::test
