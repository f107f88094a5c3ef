#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ice-tests/server/layout.hpp"

namespace portolan::server {
namespace {

IpAddress ip(const char* text) {
    return *IpAddress::parse(text);
}
TransportAddress at(const char* text) {
    return *TransportAddress::parse(text);
}

TEST(Layout, other_endpoint_changes_both_within_the_family) {
    const auto layout = Layout::make(
        {ip("127.0.0.1"), ip("2001:db8::1"), ip("127.0.0.2"), ip("2001:db8::2")}, 3478, 3479);
    ASSERT_TRUE(layout);
    EXPECT_EQ(layout->other(at("127.0.0.1:3478")), at("127.0.0.2:3479"));
    EXPECT_EQ(layout->other(at("127.0.0.2:3479")), at("127.0.0.1:3478"));
    EXPECT_EQ(layout->other(at("[2001:db8::2]:3478")), at("[2001:db8::1]:3479"));
    EXPECT_EQ(layout->endpoints().size(), 8U);
}

TEST(Layout, one_address_or_one_port_has_no_other) {
    EXPECT_FALSE(Layout::make({ip("127.0.0.1")}, 1, 2)->other(at("127.0.0.1:1")));
    EXPECT_FALSE(Layout::make({ip("127.0.0.1"), ip("127.0.0.2")}, 1, std::nullopt)
                     ->other(at("127.0.0.1:1")));
    EXPECT_FALSE(Layout::make({ip("127.0.0.1"), ip("::1")}, 1, 2)->other(at("127.0.0.1:1")));
}

TEST(Layout, impossible_layouts_are_usage_errors) {
    const std::vector<std::vector<IpAddress>> wrong = {
        {},
        {ip("127.0.0.1"), ip("127.0.0.1")},
        {ip("127.0.0.1"), ip("127.0.0.2"), ip("127.0.0.3")},
        {ip("0.0.0.0")},
        {ip("::")},
        {ip("224.0.0.1")}};
    for (const auto& ips : wrong) {
        const auto layout = Layout::make(ips, 1, 2);
        ASSERT_FALSE(layout);
        EXPECT_EQ(full_code(layout.error()), "usage.server.addresses");
    }
    EXPECT_FALSE(Layout::make({ip("127.0.0.1")}, 3478, 3478));
    EXPECT_TRUE(Layout::make({ip("127.0.0.1")}, 0, 0)) << "both are still to be chosen";
}

}  // namespace
}  // namespace portolan::server
