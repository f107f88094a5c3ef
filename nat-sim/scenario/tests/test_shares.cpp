#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "nat-sim/scenario/tests/calls.hpp"

// NATs that number their inside hosts: RFC 7422 blocks of ports, one-to-one addresses.
namespace portolan::scenario::test {
namespace {

using ::testing::HasSubstr;

CallResult from_behind(const std::string& nat, const std::string& inside, const std::string& a) {
    return call_of_text(R"({"networks": [{"name": "o", "nat": ")" + nat + "\"}" + inside +
                        R"(], "parties": {"a": {)" + a + R"(}, "b": {}}})");
}

TEST(Shares, are_only_for_addresses_of_the_inside_network) {
    for (const char* nat : {"cgn-rfc6888", "fortigate-fpr"}) {
        const CallResult router =
            from_behind(nat, R"(, {"name": "r", "behind": "o"})", R"("network": "r")");
        EXPECT_FALSE(router.is_connected());
        EXPECT_EQ(router.accordance(), Accordance::NoForecast) << router.why;
        EXPECT_THAT(router.why, HasSubstr("has no block of ports for 203.0.113.1"));
        const CallResult behind = from_behind(nat,
                                              R"(, {"name": "r", "behind": "o"},
                             {"name": "i", "behind": "r", "nat": "home-generic"})",
                                              R"("network": "i")");
        EXPECT_EQ(behind.accordance(), Accordance::NoForecast) << behind.why;
        const CallResult late = from_behind(nat, "", R"("network": "o", "ipv4": "192.168.1.77")");
        EXPECT_FALSE(late.is_connected());
        EXPECT_THAT(late.why, HasSubstr("has no block of ports for 192.168.1.77"));
        EXPECT_THAT(late.why, HasSubstr("first 16 addresses of 192.168.1.0/24"));
        const CallResult home = from_behind(
            nat, R"(, {"name": "i", "behind": "o", "nat": "home-generic"})", R"("network": "i")");
        EXPECT_TRUE(home.is_connected()) << home.why;
        EXPECT_TRUE(home.as_forecast()) << home.why;
    }
    const CallResult router =
        from_behind("ec2-1to1", R"(, {"name": "r", "behind": "o"})", R"("network": "r")");
    EXPECT_FALSE(router.is_connected());
    EXPECT_THAT(router.why, HasSubstr("has no outside address for 203.0.113.1"));
}

}  // namespace
}  // namespace portolan::scenario::test
