#include <gtest/gtest.h>

#include "probe/discovery/tests/run.hpp"

// How long a binding lives that nobody uses (RFC 5780 s4.6, RFC 4787 REQ-5 and REQ-6).
namespace portolan::discovery::sim {
namespace {

using std::chrono::seconds;

const std::vector<Duration> kSteps{seconds(1), seconds(2), seconds(4), seconds(6)};

struct Measured {
    Judgement<Lifetime> lifetime;
    Ledger ledger;
};

Measured measure(std::optional<Duration> binding_lifetime, bool inbound_refreshes,
                 int places_taken) {
    Scenario scenario =
        behind(MappingRule::EndpointIndependent, FilteringRule::AddressAndPortDependent);
    scenario.world.nats.front().binding_lifetime = binding_lifetime;
    scenario.world.nats.front().inbound_refreshes = inbound_refreshes;
    World world;
    world.reset(scenario.world, 1);
    LifetimeConfig config;
    config.server_name = "stun:server";
    config.server = kPP;
    config.rungs = kSteps;
    config.pacer = std::make_shared<TransactionPacer>();
    EXPECT_TRUE(config.pacer->try_take(World::kEpoch, places_taken));
    world.add(std::move(config));
    world.run();
    expect_good_manners(world, "lifetime");
    return {infer_lifetime(world.ledger()), world.ledger()};
}

/// --lifetime follows a classification, which has used up this second's transactions.
TEST(BindingLifetime, waits_for_its_turn) {
    for (int taken = 0; taken <= 10; ++taken) {
        const Measured run = measure(seconds(3), true, taken);
        ASSERT_TRUE(run.lifetime.value) << taken << ": " << run.lifetime.sentence;
        EXPECT_GE(run.lifetime.value->alive_for, seconds(2)) << taken;
        EXPECT_LT(run.lifetime.value->alive_for, seconds(3)) << taken;
        ASSERT_TRUE(run.lifetime.value->dead_after) << taken;
        EXPECT_GT(*run.lifetime.value->dead_after, seconds(3)) << taken;
    }
}

TEST(BindingLifetime, lies_between_the_steps) {
    struct Row {
        int lifetime_s, alive_s, dead_s;
    };
    for (const Row& row : {Row{3, 2, 4}, Row{5, 4, 6}}) {
        const Measured run = measure(seconds(row.lifetime_s), true, 0);
        ASSERT_TRUE(run.lifetime.value) << run.lifetime.sentence;
        EXPECT_GE(run.lifetime.value->alive_for, seconds(row.alive_s));
        EXPECT_LT(run.lifetime.value->alive_for, seconds(row.lifetime_s));
        ASSERT_TRUE(run.lifetime.value->dead_after);
        EXPECT_GE(*run.lifetime.value->dead_after, seconds(row.dead_s));
        EXPECT_EQ(run.lifetime.verdict, VerdictKind::Fail);
        EXPECT_EQ(run.lifetime.reason, "lifetime-short");
    }
    const Measured longer = measure(seconds(60), true, 0);
    ASSERT_TRUE(longer.lifetime.value) << longer.lifetime.sentence;
    EXPECT_FALSE(longer.lifetime.value->dead_after);
    EXPECT_EQ(longer.lifetime.verdict, VerdictKind::Pass);
}

/// A binding that dies before the first step dies between two refreshes too: only that is said.
TEST(BindingLifetime, below_the_first_step_blames_no_refresh) {
    const Measured run = measure(std::chrono::milliseconds(500), true, 0);
    ASSERT_TRUE(run.lifetime.value) << run.lifetime.sentence;
    EXPECT_NE(run.lifetime.sentence.find("lives shorter than"), std::string::npos)
        << run.lifetime.sentence;
    EXPECT_FALSE(run.lifetime.value->outbound_refreshes);
    EXPECT_FALSE(run.lifetime.value->inbound_refreshes);
}

/// Cut off before the first step was over, the run shows that bindings are made, and no lifetime.
TEST(BindingLifetime, is_open_when_the_first_step_was_not_over) {
    Ledger ledger = measure(seconds(60), true, 0).ledger;
    for (Probe& probe : ledger.probes) {
        if (probe.role != Role::LifetimeCheck || probe.attempt == 0) continue;
        probe.sent.clear();
        probe.arrivals.clear();
    }
    ledger.cut_off = true;
    const Judgement<Lifetime> lifetime = infer_lifetime(ledger);
    EXPECT_FALSE(lifetime.value);
    EXPECT_EQ(lifetime.reason, "cut-off");
}

/// Without UDP it is not the server that is short of something.
TEST(BindingLifetime, that_cannot_be_asked_for_says_what_stands_in_the_way) {
    Scenario scenario =
        behind(MappingRule::EndpointIndependent, FilteringRule::AddressAndPortDependent);
    scenario.world.udp = UdpPolicy::Dropped;
    EXPECT_EQ(lifetime_without_server(run(scenario).outcome).reason, "no-udp");
    scenario.world.udp = UdpPolicy::Allowed;
    use_servers(scenario, {plain_server(kPlain1)});
    EXPECT_EQ(lifetime_without_server(run(scenario).outcome).reason, "no-rfc5780-server");
}

Ledger ladder(const NatRules& rules, std::uint64_t seed) {
    Scenario scenario =
        behind(MappingRule::EndpointIndependent, FilteringRule::AddressAndPortDependent);
    scenario.world.nats.front() = rules;
    World world;
    world.reset(scenario.world, seed);
    LifetimeConfig config;
    config.server_name = "stun:server";
    config.server = kPP;
    config.rungs = kSteps;
    config.seed = seed;
    world.add(std::move(config));
    world.run();
    expect_good_manners(world, "lifetime");
    return world.ledger();
}

/// A socket that is seen with another public address than the asking one is of no use to the
/// ladder, and nothing to wait for.
TEST(BindingLifetime, ends_where_sockets_have_different_public_addresses) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        NatRules rules =
            behind(MappingRule::EndpointIndependent, FilteringRule::AddressAndPortDependent)
                .world.nats.front();
        rules.pool = PoolRule::Arbitrary;
        rules.public_ips.push_back(*IpAddress::parse("203.0.113.77"));
        rules.binding_lifetime = seconds(3);
        const Ledger ledger = ladder(rules, seed);
        EXPECT_LT(ledger.ended - ledger.started, seconds(60)) << seed;
        const Judgement<Lifetime> lifetime = infer_lifetime(ledger);
        if (!lifetime.value) continue;
        EXPECT_LT(lifetime.value->alive_for, seconds(3)) << seed << ": " << lifetime.sentence;
        if (lifetime.value->dead_after) {
            EXPECT_GT(*lifetime.value->dead_after, seconds(3)) << seed;
        }
    }
}

/// All bindings die at one moment, the busy ones too; a new one lives for as long all the same.
TEST(BindingLifetime, is_open_when_the_nat_lost_its_mappings) {
    NatRules rules =
        behind(MappingRule::EndpointIndependent, FilteringRule::AddressAndPortDependent)
            .world.nats.front();
    rules.binding_lifetime = seconds(60);
    rules.reboot_at = seconds(3);
    const Judgement<Lifetime> lifetime = infer_lifetime(ladder(rules, 1));
    EXPECT_FALSE(lifetime.value) << lifetime.sentence;
    EXPECT_EQ(lifetime.reason, "contradiction");
}

TEST(BindingLifetime, is_refreshed_as_the_nat_does) {
    for (const bool inbound : {false, true}) {
        const Measured run = measure(seconds(3), inbound, 0);
        ASSERT_TRUE(run.lifetime.value) << run.lifetime.sentence;
        EXPECT_EQ(run.lifetime.value->outbound_refreshes, true);
        EXPECT_EQ(run.lifetime.value->inbound_refreshes, inbound);
    }
}

}  // namespace
}  // namespace portolan::discovery::sim
