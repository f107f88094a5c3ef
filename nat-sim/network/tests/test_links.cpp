#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "nat-sim/network/tests/net_support.hpp"

namespace portolan::sim::test {
namespace {

std::uint64_t dropped(const World& world, DropReason reason) {
    return world.packet_counts().dropped_by_reason.at(static_cast<std::size_t>(reason));
}

TEST(Link, PlainDelay_ArrivesExactlyThen) {
    Line line({.delay = 10ms});
    line.send(3, 1ms);
    line.world.run(1s);
    ASSERT_EQ(line.to.got.size(), 3U);
    EXPECT_EQ(line.to.got[0].at, 10ms);
    EXPECT_EQ(line.to.got[2].at, 12ms);
    EXPECT_TRUE(line.world.packet_counts().conserved());
    EXPECT_EQ(line.world.packet_counts().in_flight, 0U);
}

TEST(Link, Rate_AddsSerialisationAndQueueing) {
    // 128 octets of IP at 1 Mbit/s take 1.024 ms.
    Line line({.delay = 10ms, .rate_bits_per_s = 1'000'000});
    line.send(3, 0ms);
    line.world.run(1s);
    ASSERT_EQ(line.to.got.size(), 3U);
    EXPECT_EQ(line.to.got[0].at, 11024us);
    EXPECT_EQ(line.to.got[2].at, 13072us);
}

TEST(Link, QueueOfPackets_DropsTheTail) {
    Line line({.rate_bits_per_s = 1'000'000, .queue_packets = 4});
    line.send(10, 0ms);
    line.world.run(1s);
    EXPECT_EQ(line.arrived(), (std::vector<int>{0, 1, 2, 3}));
    EXPECT_EQ(dropped(line.world, DropReason::QueueFull), 6U);
    line.start = line.world.now();
    line.send(1, 0ms);
    line.world.run(1s);
    EXPECT_EQ(line.to.got.size(), 5U);  // it has drained
}

TEST(Link, QueueOfBytes_DropsWhatDoesNotFit) {
    Line line({.rate_bits_per_s = 1'000'000, .queue_bytes = 300, .queue_packets = {}});
    line.send(10, 0ms);  // 128 octets each
    line.world.run(1s);
    EXPECT_EQ(line.to.got.size(), 2U);
}

TEST(Link, Jitter_KeepsOrderAndStaysWithinBounds) {
    Line line({.delay = 10ms, .jitter = 30ms});
    line.send(2000, 5ms);
    line.world.run(1s);
    ASSERT_EQ(line.to.got.size(), 2000U);
    const auto order = line.arrived();
    EXPECT_TRUE(std::ranges::is_sorted(order));
    for (std::size_t i = 0; i < order.size(); ++i) {
        const SimDuration delay = line.to.got[i].at - static_cast<int>(i) * 5ms;
        EXPECT_GE(delay, 10ms);
        EXPECT_LE(delay, 40ms);
    }
}

TEST(Link, JitterThatReorders_IsUniform) {
    Line line({.delay = 10ms, .jitter = 30ms, .jitter_reorders = true});
    line.send(20000, 1ms);
    line.world.run(1s);
    ASSERT_EQ(line.to.got.size(), 20000U);
    EXPECT_FALSE(std::ranges::is_sorted(line.arrived()));
    double sum = 0;
    double squares = 0;
    const auto order = line.arrived();
    for (std::size_t i = 0; i < order.size(); ++i) {
        const double ms =
            std::chrono::duration<double, std::milli>(line.to.got[i].at - order[i] * 1ms - 10ms)
                .count();
        sum += ms;
        squares += ms * ms;
    }
    const double mean = sum / 20000;
    // Uniform on [0, 30]: mean 15, variance 75; five standard errors.
    EXPECT_NEAR(mean, 15.0, 5 * std::sqrt(75.0 / 20000));
    EXPECT_NEAR(squares / 20000 - mean * mean, 75.0, 5 * 75.0 * std::sqrt(0.8 / 20000));
}

TEST(Link, Loss_IsTheProbabilityThatWasAskedFor) {
    Line line({.loss = 0.1});
    line.send(20000, 1ms);
    line.world.run(1s);
    const double lost = static_cast<double>(dropped(line.world, DropReason::Loss));
    EXPECT_NEAR(lost / 20000, 0.1, 5 * std::sqrt(0.1 * 0.9 / 20000));
    EXPECT_EQ(line.to.got.size() + static_cast<std::size_t>(lost), 20000U);
}

TEST(Link, GilbertElliott_HasItsRateAndItsBursts) {
    // Stationary share of the bad state p / (p + r) = 1/11; a burst lasts 1 / r = 10 packets.
    Line line({.burst_loss = GilbertElliott{.good_to_bad = 0.01, .bad_to_good = 0.1}});
    line.send(100000, 1ms);
    line.world.run(1s);
    const double lost = static_cast<double>(dropped(line.world, DropReason::BurstLoss));
    EXPECT_NEAR(lost / 100000, 1.0 / 11, 0.01);
    int bursts = 0;
    int expected = 0;
    for (const int number : line.arrived()) {
        if (number != expected) ++bursts;
        expected = number + 1;
    }
    EXPECT_NEAR(lost / bursts, 10.0, 1.0);
}

TEST(Link, Duplicates_ArriveTwice) {
    Line line({.duplicate = 0.2});
    line.send(10000, 1ms);
    line.world.run(1s);
    const auto doubled = static_cast<double>(line.world.packet_counts().duplicated);
    EXPECT_NEAR(doubled / 10000, 0.2, 5 * std::sqrt(0.2 * 0.8 / 10000));
    EXPECT_EQ(line.to.got.size(), 10000U + line.world.packet_counts().duplicated);
    EXPECT_TRUE(line.world.packet_counts().conserved());
}

TEST(Link, Reordering_HoldsSomeBack) {
    Line line({.delay = 10ms, .reorder = 0.1, .reorder_delay = 5ms});
    line.send(5000, 2ms);
    line.world.run(1s);
    const auto order = line.arrived();
    ASSERT_EQ(order.size(), 5000U);
    int overtaken = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (line.to.got[i].at - order[i] * 2ms == 15ms) ++overtaken;
    }
    EXPECT_NEAR(overtaken / 5000.0, 0.1, 5 * std::sqrt(0.1 * 0.9 / 5000));
    EXPECT_FALSE(std::ranges::is_sorted(order));
}

TEST(Link, TakenDown_LosesWhatIsSentAndWhatIsUnderWay) {
    Line line({.delay = 10ms});
    line.send(1, 0ms);
    line.world.schedule(5ms, [&] { line.link.set_up(false); });
    line.world.schedule(6ms, [&] { line.link.set_up(true); });
    line.world.schedule(20ms, [&] { line.link.set_up(false); });
    line.world.run_until(21ms);
    line.from.send("192.0.2.2", 2000, "lost");
    line.world.run(1s);
    EXPECT_TRUE(line.to.got.empty());
    EXPECT_EQ(dropped(line.world, DropReason::LinkDown), 2U);
    line.link.set_up(true);
    line.from.send("192.0.2.2", 2000, "there");
    line.world.run(1s);
    EXPECT_EQ(line.to.got.size(), 1U);
}

TEST(Link, SameSeed_SameFate_AndOtherLinksDoNotMatter) {
    const LinkOptions lossy{.delay = 5ms, .jitter = 20ms, .jitter_reorders = true, .loss = 0.2};
    std::vector<std::vector<int>> results;
    for (const bool has_more : {false, false, true}) {
        Line line(lossy, 7);
        if (has_more) {
            Host& c = line.world.add_host("0 sorted before all");
            line.world.connect(c, at("10.0.0.1/24"), line.a, at("10.0.0.2/24"), lossy);
            Sink other(line.world, c, "10.0.0.1", 1);
            for (int i = 0; i < 50; ++i)
                other.send("10.0.0.2", 5, "noise");
        }
        line.start = 1s;
        line.send(500, 1ms);
        line.world.run(1s);
        results.push_back(line.arrived());
    }
    EXPECT_EQ(results[0], results[1]);
    EXPECT_EQ(results[0], results[2]);
    Line other(lossy, 8);
    other.start = 1s;
    other.send(500, 1ms);
    other.world.run(1s);
    EXPECT_NE(results[0], other.arrived());
}

TEST(Lan, Members_ReachEachOtherDirectly) {
    World world;
    Lan& lan = world.add_lan("lan", {.delay = 1ms});
    Host& a = world.add_host("a");
    Host& b = world.add_host("b");
    Host& c = world.add_host("c");
    world.attach(a, lan, at("10.0.0.1/24"));
    world.attach(b, lan, at("10.0.0.2/24"));
    world.attach(c, lan, at("10.0.0.3/24"));
    Sink from(world, a, "10.0.0.1", 1);
    Sink to_b(world, b, "10.0.0.2", 2);
    Sink to_c(world, c, "10.0.0.3", 2);
    from.send("10.0.0.2", 2, "for b");
    world.run(1s);
    ASSERT_EQ(to_b.got.size(), 1U);
    EXPECT_EQ(to_b.got[0].at, 1ms);
    EXPECT_TRUE(to_c.got.empty());
}

TEST(Lan, NobodyThere_IsToldAfterThreeTries) {
    World world;
    Lan& lan = world.add_lan("lan");
    Host& a = world.add_host("a");
    world.attach(a, lan, at("10.0.0.1/24"));
    Sink from(world, a, "10.0.0.1", 1);
    from.send("10.0.0.9", 2, "hello?");
    world.run_until(2999ms);
    EXPECT_TRUE(from.errors.empty());
    world.run(1s);
    ASSERT_EQ(from.errors.size(), 1U);
    EXPECT_EQ(from.errors[0].type, 3);
    EXPECT_EQ(from.errors[0].code, 1);
    EXPECT_EQ(dropped(world, DropReason::NoNeighbour), 1U);
}

TEST(Lan, NeighbourComesUpInTime_GetsThePacket) {
    World world;
    Lan& lan = world.add_lan("lan");
    Host& a = world.add_host("a");
    Host& b = world.add_host("b");
    world.attach(a, lan, at("10.0.0.1/24"));
    Interface& late = world.attach(b, lan, at("10.0.0.2/24"));
    late.set_up(false);
    Sink from(world, a, "10.0.0.1", 1);
    Sink to(world, b, "10.0.0.2", 2);
    world.schedule(1500ms, [&] { late.set_up(true); });
    from.send("10.0.0.2", 2, "patience");
    world.run(5s);
    EXPECT_EQ(to.got.size(), 1U);
}

}  // namespace
}  // namespace portolan::sim::test
