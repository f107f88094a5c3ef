#include <gtest/gtest.h>

#include "ice-tests/precall/outside.hpp"

namespace portolan::precall {
namespace {

std::optional<TransportAddress> way(const char* relay, const char* server, const char* mapped) {
    return way_to_relay({*IpAddress::parse(relay), 50'000}, *IpAddress::parse(server),
                        *IpAddress::parse(mapped));
}

TEST(WayToRelay, is_the_relay_itself_within_a_family) {
    EXPECT_EQ(way("192.0.2.9", "192.0.2.10", "198.51.100.1")->to_string(), "192.0.2.9:50000");
    EXPECT_EQ(way("2001:db8::9", "2001:db8::1", "2001:db8::2")->to_string(), "[2001:db8::9]:50000");
}

/// RFC 6052 s2.2: an IPv4 relay cannot be sent to by a host that has IPv6 alone.
TEST(WayToRelay, is_its_translation_behind_a_nat64) {
    EXPECT_EQ(way("192.0.2.9", "64:ff9b::c000:20a", "198.51.100.1")->to_string(),
              "[64:ff9b::c000:209]:50000");
    EXPECT_EQ(way("192.0.2.10", "2001:db8:64::c000:20a", "198.51.100.1")->to_string(),
              "[2001:db8:64::c000:20a]:50000");
    EXPECT_FALSE(way("192.0.2.9", "2001:db8:64::c000:20a", "198.51.100.1"))
        << "where the IPv4 address stands in another prefix is not known";
}

TEST(WayToRelay, is_unknown_where_a_server_of_both_families_gives_another_one) {
    EXPECT_FALSE(way("192.0.2.9", "2001:db8::1", "2001:db8::2"));
    EXPECT_FALSE(way("2001:db8::9", "192.0.2.10", "198.51.100.1"));
}

}  // namespace
}  // namespace portolan::precall
