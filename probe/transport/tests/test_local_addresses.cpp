#include <gtest/gtest.h>

#include <algorithm>

#include "probe/transport/local_addresses.hpp"

namespace portolan::transport {
namespace {

TEST(LocalAddresses, loopback_interface_is_listed_with_its_network) {
    const auto interfaces = local_interfaces();
    ASSERT_TRUE(interfaces);
    const auto lo = std::ranges::find_if(*interfaces, &LocalInterface::is_loopback);
    ASSERT_NE(lo, interfaces->end());
    EXPECT_TRUE(lo->is_up);
    EXPECT_FALSE(lo->is_likely_tunnel);
    const auto v4 =
        std::ranges::find(lo->addresses, IpAddress::v4({127, 0, 0, 1}), &LocalAddress::ip);
    ASSERT_NE(v4, lo->addresses.end());
    EXPECT_EQ(v4->prefix_bits, 8U);
    const auto v6 = std::ranges::find(lo->addresses, *IpAddress::parse("::1"), &LocalAddress::ip);
    if (v6 != lo->addresses.end()) {
        EXPECT_EQ(v6->prefix_bits, 128U);
    }
}

TEST(LocalAddresses, each_interface_is_listed_once) {
    auto interfaces = *local_interfaces();
    std::ranges::sort(interfaces, {}, &LocalInterface::name);
    EXPECT_EQ(std::ranges::adjacent_find(interfaces, {}, &LocalInterface::name), interfaces.end());
}

TEST(LocalAddresses, tunnels_are_guessed_by_name) {
    for (const char* name : {"tun0", "tap1", "wg0", "ppp0", "utun3", "tailscale0"}) {
        EXPECT_TRUE(is_tunnel_name(name)) << name;
    }
    for (const char* name : {"lo", "eth0", "wlan0", "enp3s0", "docker0", "br-lan", ""}) {
        EXPECT_FALSE(is_tunnel_name(name)) << name;
    }
}

TEST(LocalAddresses, source_for_loopback_is_loopback) {
    EXPECT_EQ(*source_address_for(*TransportAddress::parse("127.0.0.1:9")),
              IpAddress::v4({127, 0, 0, 1}));
    EXPECT_EQ(*source_address_for(*TransportAddress::parse("[::1]:9")), *IpAddress::parse("::1"));
}

TEST(LocalAddresses, source_through_unknown_interface_is_an_error) {
    const auto source = source_address_for(*TransportAddress::parse("127.0.0.1:9"), "nosuchif0");
    ASSERT_FALSE(source);
}

}  // namespace
}  // namespace portolan::transport
