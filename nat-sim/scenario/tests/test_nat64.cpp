#include <gtest/gtest.h>

#include "nat-sim/scenario/tests/calls.hpp"

namespace portolan::scenario::test {
namespace {

/// B is behind a NAT64 too and sees A's relay as an address in 64:ff9b::/96: A's agent takes that
/// for a peer-reflexive candidate, and it is A's relay all the same.
TEST(Nat64, makes_no_direct_path_of_a_relay) {
    const CallResult result = call_of_text(R"({
        "networks": [{"name": "x", "nat": {"preset": "nat64-mobile", "parameters":
                      {"filtering": {"udp": "endpoint-independent"}}}},
                     {"name": "y", "nat": {"preset": "nat64-mobile", "parameters":
                      {"filtering": {"udp": "endpoint-independent"}}}}],
        "parties": {"a": {"network": "x", "families": ["ipv6"], "turn": ["udp"]},
                    "b": {"network": "y", "families": ["ipv6"]}},
        "media": {"duration_ms": 2000}})");
    EXPECT_EQ(result.reach, oracle::Reach::Relayed) << result.why;
    EXPECT_EQ(result.legs, (oracle::Legs{true, false})) << result.why;
    EXPECT_EQ(result.family, AddressFamily::IPv4);
    ASSERT_TRUE(result.wire.was_checked);
    EXPECT_TRUE(result.wire.agrees());
}

/// A router that carries no IPv6 keeps its hosts from the NAT64 beyond it.
TEST(Nat64, is_out_of_reach_behind_a_router_without_ipv6) {
    const CallResult result = call_of_text(R"({
        "networks": [{"name": "m", "nat": "nat64-mobile"},
                     {"name": "h", "behind": "m", "nat": "home-generic"}],
        "parties": {"a": {"network": "h", "families": ["ipv6"], "turn": ["udp"]},
                    "b": {"turn": ["udp"]}}})");
    EXPECT_FALSE(result.is_connected());
    EXPECT_TRUE(result.as_forecast()) << result.why;
    EXPECT_NE(result.why.find("A's network carries no IPv6"), std::string::npos) << result.why;
    const CallResult other = call_of_text(R"({
        "networks": [{"name": "h", "nat": "home-generic"},
                     {"name": "m", "behind": "h", "nat": "nat64-mobile"}],
        "parties": {"a": {"network": "m", "families": ["ipv6"], "turn": ["udp"]}, "b": {}}})");
    EXPECT_EQ(other.reach, oracle::Reach::Relayed) << other.why;
    EXPECT_TRUE(other.as_forecast()) << other.why;
}

}  // namespace
}  // namespace portolan::scenario::test
