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

}  // namespace
}  // namespace portolan::scenario::test
