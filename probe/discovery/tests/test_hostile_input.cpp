#include <gtest/gtest.h>

#include "probe/discovery/tests/matrix.hpp"
#include "probe/discovery/tests/run.hpp"

// Garbage, truncated, oversized, duplicate, late and forged datagrams, and forged ICMP, thrown at
// every socket at random times. An attacker who can only do that may spoil a verdict, never turn
// it.
namespace portolan::discovery::sim {
namespace {

void expect_never_wrong(double rate, double icmp_rate, double loss, std::uint64_t seeds,
                        std::uint64_t seed_base) {
    for (const MappingRule mapping : kMappings) {
        for (const FilteringRule filtering : kFilterings) {
            for (std::uint64_t i = 0; i < seeds; ++i) {
                const std::uint64_t seed = seed_base + i;
                Scenario scenario = cell_scenario({mapping, filtering, loss}, seed);
                scenario.name += ", hostile";
                scenario.world.hostility.rate = rate;
                scenario.world.hostility.icmp_rate = icmp_rate;
                const RunResult result = run(scenario, seed);
                const std::string what = scenario.name + ", seed " + std::to_string(seed) + ": " +
                                         describe(result.outcome);
                EXPECT_NE(grade_mapping(result.outcome, mapping), Grade::Wrong) << what;
                EXPECT_NE(grade_filtering(result.outcome, filtering), Grade::Wrong) << what;
                EXPECT_NE(grade_translation(result.outcome, mapping), Grade::Wrong) << what;
                EXPECT_NE(result.outcome.udp.verdict, VerdictKind::Fail) << what;
                EXPECT_NE(result.outcome.stable.value, false) << what;
                if (::testing::Test::HasFailure()) return;
            }
        }
    }
}

TEST(HostileInput, never_turns_a_verdict) {
    expect_never_wrong(0.5, 0.0, 0.0, 40, 1);
}

TEST(HostileInput, never_turns_a_verdict_under_loss) {
    expect_never_wrong(0.5, 0.0, 0.1, 40, 1000);
}

TEST(HostileInput, in_floods_never_turns_a_verdict) {
    expect_never_wrong(1.0, 0.5, 0.05, 40, 2000);
}

TEST(HostileInput, of_icmp_alone_never_turns_a_verdict) {
    expect_never_wrong(0.0, 1.0, 0.0, 40, 3000);
}

/// What carries no right transaction id, garbage and replays, does not even cost a verdict: only a
/// forger who has seen the requests may.
TEST(HostileInput, from_somebody_who_has_not_seen_the_requests_costs_nothing) {
    for (const MappingRule mapping : kMappings) {
        for (const FilteringRule filtering : kFilterings) {
            for (std::uint64_t seed = 4000; seed < 4040; ++seed) {
                Scenario scenario = cell_scenario({mapping, filtering, 0.0}, seed);
                scenario.name += ", blind attacker";
                scenario.world.hostility.rate = 1.0;
                scenario.world.hostility.knows_transaction_ids = false;
                const RunResult result = run(scenario, seed);
                ASSERT_EQ(grade_mapping(result.outcome, mapping), Grade::Right)
                    << scenario.name << ", seed " << seed << ": " << describe(result.outcome);
                ASSERT_EQ(grade_filtering(result.outcome, filtering), Grade::Right)
                    << scenario.name << ", seed " << seed << ": " << describe(result.outcome);
            }
        }
    }
}

/// The ledger keeps what belongs to a transaction, in bounds, and counts the rest.
TEST(HostileInput, that_matches_no_transaction_is_counted_and_not_kept) {
    Scenario scenario =
        behind(MappingRule::EndpointIndependent, FilteringRule::AddressAndPortDependent);
    scenario.world.hostility.rate = 1.0;
    std::size_t strays = 0;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        const RunResult result = run(scenario, seed);
        strays += result.ledger.stray_count;
        EXPECT_LE(result.ledger.strays.size(), 64U);
        for (const Probe& probe : result.ledger.probes) {
            EXPECT_LE(probe.arrivals.size(), kMaxArrivals);
            EXPECT_LE(probe.arrivals.size(), probe.arrival_count);
        }
    }
    EXPECT_GT(strays, 0U);
}

/// A flood on one transaction is bounded in memory and does not hide the genuine reply that came
/// first.
TEST(HostileInput, floods_are_bounded_in_memory) {
    Scenario scenario =
        behind(MappingRule::EndpointIndependent, FilteringRule::EndpointIndependent);
    scenario.world.servers[0].extra_copies = 2;
    scenario.world.link.duplication = 1.0;
    const RunResult result = run(scenario);
    EXPECT_EQ(grade_mapping(result.outcome, MappingRule::EndpointIndependent), Grade::Right);
    EXPECT_EQ(grade_filtering(result.outcome, FilteringRule::EndpointIndependent), Grade::Right);
}

}  // namespace
}  // namespace portolan::discovery::sim
