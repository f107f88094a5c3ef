#include <gtest/gtest.h>

#include "ice-tests/server/challenge_limit.hpp"
#include "ice-tests/server/tests/turn_world.hpp"

namespace portolan::server {
namespace {

using namespace test;
using std::chrono::milliseconds;

const IpAddress kOne = IpAddress::v4({192, 0, 2, 1});
const IpAddress kOther = IpAddress::v4({192, 0, 2, 2});

TEST(ChallengeLimit, counts_by_address_and_second) {
    ChallengeLimit limit(2);
    const transport::Time now = seconds(7);
    EXPECT_TRUE(limit.admits(now, kOne));
    EXPECT_TRUE(limit.admits(now + milliseconds(500), kOne));
    EXPECT_FALSE(limit.admits(now + milliseconds(999), kOne));
    EXPECT_TRUE(limit.admits(now + milliseconds(999), kOther));
    EXPECT_TRUE(limit.admits(now + seconds(1), kOne));
}

TEST(ChallengeLimit, zero_is_none) {
    ChallengeLimit limit(0);
    for (int i = 0; i < 1000; ++i)
        EXPECT_TRUE(limit.admits(seconds(7), kOne));
}

// Who proves something is served whatever others ask, and who does not on a stream too.
TEST(ChallengeLimit, is_about_challenges_over_datagrams_alone) {
    World world({}, [](TurnCoreConfig& config) { config.quotas.challenge_count = 1; });
    Client alice = World::client(1001);
    EXPECT_EQ(world.learn(alice).code(), 401);
    EXPECT_TRUE(world.ask(World::client(1002), Method::Allocate, add_udp).bytes.empty());
    EXPECT_EQ(world.allocate(alice).code(), 0);
    EXPECT_EQ(world.ask(World::client(1003, Arrival::Tcp), Method::Allocate, add_udp).code(), 401);
    world.now += seconds(1);
    EXPECT_EQ(world.ask(World::client(1002), Method::Allocate, add_udp).code(), 401);
}

}  // namespace
}  // namespace portolan::server
