#include <gtest/gtest.h>

#include "probe/transport/route.hpp"

namespace portolan::transport {
namespace {

const IpAddress kLoopback = IpAddress::v4({127, 0, 0, 1});

TEST(Route, to_this_host_leads_by_the_loopback_interface) {
    const auto found = route_interface({.to = kLoopback});
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(*found, "lo");
    const auto bound = route_interface({.to = kLoopback, .from = kLoopback});
    ASSERT_TRUE(bound) << bound.error().message;
    EXPECT_EQ(*bound, "lo");
}

TEST(Route, by_an_interface_without_a_match_is_none) {
    // 198.18.0.0/15 is for benchmarks (RFC 2544); the loopback interface has no route for it.
    const auto found = route_interface({.to = IpAddress::v4({198, 18, 0, 1}), .by = "lo"});
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_FALSE(found->has_value());
}

TEST(Route, from_an_address_that_is_not_local_is_none) {
    // Some kernels say that there is no route, others that the question is wrong.
    const auto found = route_interface({.to = kLoopback, .from = IpAddress::v4({203, 0, 113, 1})});
    EXPECT_FALSE(found && found->has_value());
}

}  // namespace
}  // namespace portolan::transport
