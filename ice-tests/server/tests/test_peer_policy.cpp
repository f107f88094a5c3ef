#include <gtest/gtest.h>

#include "ice-tests/server/peer_policy.hpp"

namespace portolan::server {
namespace {

IpAddress ip(const char* text) {
    return *IpAddress::parse(text);
}

IpRange range(const char* text) {
    return *IpRange::parse(text);
}

TEST(IpRange, contains_what_shares_its_first_bits) {
    EXPECT_TRUE(range("10.0.0.0/8").contains(ip("10.255.1.2")));
    EXPECT_FALSE(range("10.0.0.0/8").contains(ip("11.0.0.0")));
    EXPECT_TRUE(range("192.0.2.128/25").contains(ip("192.0.2.129")));
    EXPECT_FALSE(range("192.0.2.128/25").contains(ip("192.0.2.127")));
    EXPECT_TRUE(range("192.0.2.1").contains(ip("192.0.2.1")));
    EXPECT_FALSE(range("192.0.2.1").contains(ip("192.0.2.2")));
    EXPECT_TRUE(range("0.0.0.0/0").contains(ip("203.0.113.1")));
    EXPECT_FALSE(range("0.0.0.0/0").contains(ip("2001:db8::1")));
    EXPECT_TRUE(range("2001:db8::/33").contains(ip("2001:db8:7fff::1")));
    EXPECT_FALSE(range("2001:db8::/33").contains(ip("2001:db8:8000::1")));
}

TEST(IpRange, nonsense_is_a_usage_error) {
    for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x",
                             "::1/129", "example.org/8"}) {
        const auto parsed = IpRange::parse(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(full_code(parsed.error()), "usage.server.range");
    }
}

TEST(PeerPolicy, hosts_are_permitted_and_other_addresses_never) {
    PeerPolicy policy{.denied = {}, .allowed = {range("0.0.0.0/0")}, .loopback = true};
    for (const char* good :
         {"203.0.113.1", "10.0.0.1", "169.254.1.1", "2001:db8::1", "127.0.0.1"}) {
        EXPECT_TRUE(policy.permits(ip(good))) << good;
    }
    for (const char* bad : {"0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255"}) {
        EXPECT_FALSE(policy.permits(ip(bad))) << bad;
    }
}

TEST(PeerPolicy, loopback_is_refused_unless_wanted) {
    EXPECT_FALSE(PeerPolicy{}.permits(ip("127.0.0.1")));
    EXPECT_FALSE(PeerPolicy{}.permits(ip("::1")));
    EXPECT_FALSE((PeerPolicy{.loopback = false}.permits(ip("127.0.0.1"))));
    EXPECT_TRUE((PeerPolicy{.loopback = true}.permits(ip("::1"))));
    EXPECT_TRUE((PeerPolicy{.allowed = {range("127.0.0.1")}}.permits(ip("127.0.0.1"))));
}

TEST(PeerPolicy, ipv4_in_ipv6_is_judged_as_ipv4_and_tunnels_never_pass) {
    const PeerPolicy policy{.denied = {range("10.0.0.0/8")}, .loopback = false};
    for (const char* bad : {"::ffff:10.0.0.1", "::10.0.0.1", "64:ff9b::10.0.0.1",
                            "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2001::1", "2002:c000:201::1"}) {
        EXPECT_FALSE(policy.permits(ip(bad))) << bad;
    }
    for (const char* good : {"64:ff9b::c633:6401", "2001:db8::1", "2003::1"}) {
        EXPECT_TRUE(policy.permits(ip(good))) << good;
    }
}

TEST(PeerPolicy, allowed_is_taken_out_of_denied) {
    const PeerPolicy policy{.denied = {range("10.0.0.0/8")}, .allowed = {range("10.1.0.0/16")}};
    EXPECT_FALSE(policy.permits(ip("10.2.0.1")));
    EXPECT_TRUE(policy.permits(ip("10.1.0.1")));
    EXPECT_TRUE(policy.permits(ip("192.0.2.1")));
}

}  // namespace
}  // namespace portolan::server
