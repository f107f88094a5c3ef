#include <gtest/gtest.h>

#include "probe/discovery/tests/matrix.hpp"
#include "probe/discovery/tests/run.hpp"

// Things that happen while the run goes on: drift, reboots, stragglers, jitter, bursts, slow paths
// (T13, T16, T17 of the scenario list). Right or open, never wrong.
namespace portolan::discovery::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

void expect_not_wrong(const RunResult& result, const Scenario& scenario, std::uint64_t seed,
                      MappingRule mapping, FilteringRule filtering) {
    const std::string what =
        scenario.name + ", seed " + std::to_string(seed) + ": " + describe(result.outcome);
    EXPECT_NE(grade_mapping(result.outcome, mapping), Grade::Wrong) << what;
    EXPECT_NE(grade_filtering(result.outcome, filtering), Grade::Wrong) << what;
    EXPECT_NE(grade_translation(result.outcome, mapping), Grade::Wrong) << what;
}

void expect_exact(const RunResult& result, const Scenario& scenario, std::uint64_t seed,
                  MappingRule mapping, FilteringRule filtering) {
    const std::string what =
        scenario.name + ", seed " + std::to_string(seed) + ": " + describe(result.outcome);
    EXPECT_EQ(grade_mapping(result.outcome, mapping), Grade::Right) << what;
    EXPECT_EQ(grade_filtering(result.outcome, filtering), Grade::Right) << what;
}

/// All fifteen NATs with a few seeds, up to the first failure.
template <typename Prepare, typename Check>
void for_each_nat(std::uint64_t seeds, Prepare&& prepare, Check&& check) {
    for (const MappingRule mapping : kMappings) {
        for (const FilteringRule filtering : kFilterings) {
            for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
                Scenario scenario = behind(mapping, filtering);
                prepare(scenario, seed);
                const RunResult result = run(scenario, seed);
                check(result, scenario, seed, mapping, filtering);
                if (::testing::Test::HasFailure()) return;
            }
        }
    }
}

/// T13, RFC 4787 REQ-11: a NAT that reboots at any moment of the run is not a dependent mapping,
/// nor a filter that it was not.
TEST(DuringTheRun, a_reboot_never_misleads) {
    int unstable = 0;
    for (int at_ms = 0; at_ms <= 600; at_ms += 5) {
        for_each_nat(
            1,
            [&](Scenario& scenario, std::uint64_t) {
                scenario.name += ", reboot at " + std::to_string(at_ms) + " ms";
                scenario.world.nats[0].reboot_at = milliseconds(at_ms);
            },
            [&](const RunResult& result, const Scenario& scenario, std::uint64_t seed,
                MappingRule mapping, FilteringRule filtering) {
                expect_not_wrong(result, scenario, seed, mapping, filtering);
                EXPECT_NE(result.outcome.filtering.reason, "change-request-not-honoured")
                    << scenario.name << ": the server is blamed for the NAT's restart";
                if (result.outcome.stable.value == false) ++unstable;
            });
        if (HasFailure()) return;
    }
    EXPECT_GT(unstable, 0) << "a reboot between two looks at one mapping has to be noticed";
}

/// T13, P14: tailscale 8d1249550, a NAT that keeps old sessions and maps new ones elsewhere.
TEST(DuringTheRun, drift_never_misleads) {
    for (int at_ms = 0; at_ms <= 600; at_ms += 2) {
        for (const PortRule ports : {PortRule::Random, PortRule::Sequential}) {
            Scenario scenario = behind(kEim, kApdf);
            scenario.name = "drift at " + std::to_string(at_ms) + " ms";
            scenario.world.nats[0].drift_at = milliseconds(at_ms);
            scenario.world.nats[0].ports = ports;
            const RunResult result = run(scenario, static_cast<std::uint64_t>(at_ms) + 1);
            expect_not_wrong(result, scenario, static_cast<std::uint64_t>(at_ms) + 1, kEim, kApdf);
        }
    }
}

/// T13 on paths of any length, with loss. Round trips that are multiples of the machine's own
/// intervals make timers and packets meet in one instant, which simulated time cannot leave by
/// itself: a machine that asks to be woken "now" for ever hangs there.
TEST(DuringTheRun, a_reboot_on_any_path_never_misleads) {
    for_each_nat(
        100,
        [](Scenario& scenario, std::uint64_t seed) {
            Random random(seed);
            scenario.world.link.rtt = milliseconds(25 * random.between(1, 12));
            scenario.world.link.loss = 0.05 * random.below(3);
            scenario.world.nats[0].reboot_at = milliseconds(random.between(0, 1500));
            scenario.name +=
                ", reboot at " + std::to_string(scenario.world.nats[0].reboot_at->count() / 1000) +
                " ms, round trip " + std::to_string(scenario.world.link.rtt.count() / 1000) + " ms";
        },
        expect_not_wrong);
}

/// T13, P14 at its worst: the NAT drifts between the first copy of some requests and their second
/// one, so that the destinations fall into two groups that look like a rule.
TEST(DuringTheRun, drift_between_two_copies_never_misleads) {
    const std::vector<TransportAddress> others{kPA, kAP, kAA};
    for (unsigned mask = 1; mask < 7; ++mask) {
        for (int at_ms = 0; at_ms <= 1200; at_ms += 10) {
            Scenario scenario = behind(kEim, kApdf);
            scenario.name = "drift at " + std::to_string(at_ms) + " ms, first copies lost, mask " +
                            std::to_string(mask);
            scenario.world.link.rtt = milliseconds(200);
            scenario.world.nats[0].drift_at = milliseconds(at_ms);
            for (unsigned i = 0; i < 3; ++i) {
                if ((mask >> i & 1U) != 0) scenario.world.swallowed.push_back({others[i], 0, 0});
            }
            const RunResult result = run(scenario);
            expect_not_wrong(result, scenario, 1, kEim, kApdf);
            if (HasFailure()) return;
        }
    }
}

/// RFC 4787 s5 leaves open what state a filter keeps: with one filter for all sockets of a host,
/// what the mapping socket sends opens the door for the filtering sockets.
TEST(DuringTheRun, a_filter_that_is_kept_per_host_never_misleads) {
    for (const double loss : {0.0, 0.05, 0.2}) {
        for_each_nat(
            40,
            [&](Scenario& scenario, std::uint64_t seed) {
                Random random(seed);
                scenario.name += ", filter per host, loss " + std::to_string(loss);
                scenario.world.link.rtt = milliseconds(random.between(5, 300));
                scenario.world.link.loss = loss;
                scenario.world.nats[0].filter_scope = FilterScope::InsideHost;
            },
            expect_not_wrong);
        if (HasFailure()) return;
    }
}

/// A policer or a rate limit drops by position: of two packets sent together always the second. A
/// control that always goes first is answered while the question never is.
TEST(DuringTheRun, a_policer_never_misleads) {
    for (const double rate : {10.0, 20.0, 30.0, 40.0, 50.0, 80.0, 100.0, 200.0, 1000.0}) {
        for (const double burst : {1.0, 2.0, 3.0, 5.0, 10.0}) {
            for_each_nat(
                3,
                [&](Scenario& scenario, std::uint64_t seed) {
                    Random random(seed);
                    scenario.name += ", policed to " + std::to_string(static_cast<int>(rate)) +
                                     " requests a second, burst " +
                                     std::to_string(static_cast<int>(burst));
                    scenario.world.link.rtt = milliseconds(random.between(5, 300));
                    scenario.world.link.jitter = milliseconds(seed % 3);
                    scenario.world.servers[0].requests_per_second = rate;
                    scenario.world.servers[0].burst = burst;
                },
                expect_not_wrong);
            if (HasFailure()) return;
        }
    }
}

/// T13 with either at random and loss on top.
TEST(DuringTheRun, reboot_and_drift_under_loss_never_mislead) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        Random random(seed);
        Scenario scenario = behind(kEim, kApdf);
        scenario.name = "reboot or drift under loss";
        scenario.world.link.loss = 0.1;
        const Duration when = milliseconds(random.between(0, 900));
        if (random.chance(0.5)) {
            scenario.world.nats[0].reboot_at = when;
        } else {
            scenario.world.nats[0].drift_at = when;
        }
        const RunResult result = run(scenario, seed);
        expect_not_wrong(result, scenario, seed, kEim, kApdf);
    }
}

/// A binding that lives shorter than the run expires under the probe's feet.
TEST(DuringTheRun, short_lived_bindings_never_mislead) {
    for (const int lifetime_ms : {20, 50, 100, 200, 400}) {
        for_each_nat(
            2,
            [&](Scenario& scenario, std::uint64_t) {
                scenario.name += ", bindings live " + std::to_string(lifetime_ms) + " ms";
                scenario.world.nats[0].binding_lifetime = milliseconds(lifetime_ms);
            },
            expect_not_wrong);
    }
}

/// T16: duplicates, garbage and reordering change nothing.
TEST(DuringTheRun, duplicates_garbage_and_reordering_change_nothing) {
    for_each_nat(
        5,
        [](Scenario& scenario, std::uint64_t) {
            scenario.world.servers[0].extra_copies = 2;
            scenario.world.servers[0].garbage_first = true;
            scenario.world.link.duplication = 0.5;
            scenario.world.link.jitter = milliseconds(30);
        },
        expect_exact);
}

/// T16, P10: replies that come later than the next copy, or after the verdict on silence would have
/// been taken; from each of the four addresses, the first replies or all of them.
TEST(DuringTheRun, late_replies_never_mislead) {
    for (const TransportAddress& source : {kPP, kPA, kAP, kAA}) {
        for (const int extra_ms : {60, 150, 300, 700, 1500, 4000}) {
            for (const int last : {0, 1, 1000}) {
                for_each_nat(
                    1,
                    [&](Scenario& scenario, std::uint64_t) {
                        scenario.name += ", replies 0-" + std::to_string(last) + " of " +
                                         source.to_string() + " late by " +
                                         std::to_string(extra_ms) + " ms";
                        scenario.world.stragglers = {{source, 0, last, milliseconds(extra_ms)}};
                    },
                    expect_not_wrong);
                if (HasFailure()) return;
            }
        }
    }
}

/// T16: any number of replies late by up to six round trips.
TEST(DuringTheRun, any_number_of_late_replies_never_misleads) {
    for (const TransportAddress& source : {kPA, kAA}) {
        for (const int extra_ms : {60, 150, 240}) {
            for (int last = 0; last < 20; ++last) {
                for_each_nat(
                    1,
                    [&](Scenario& scenario, std::uint64_t) {
                        scenario.name += ", replies 0-" + std::to_string(last) + " of " +
                                         source.to_string() + " late by " +
                                         std::to_string(extra_ms) + " ms";
                        scenario.world.stragglers = {{source, 0, last, milliseconds(extra_ms)}};
                    },
                    expect_not_wrong);
                if (HasFailure()) return;
            }
        }
    }
}

/// The alternate address may be on another continent: its silence must not be measured with the
/// primary address' round trip.
TEST(DuringTheRun, a_slow_alternate_address_never_misleads) {
    for (const int rtt_ms : {80, 150, 300, 600, 1000, 2000}) {
        for (const int primary_ms : {5, 20, 60}) {
            for_each_nat(
                2,
                [&](Scenario& scenario, std::uint64_t) {
                    scenario.name += ", alternate " + std::to_string(rtt_ms) + " ms, primary " +
                                     std::to_string(primary_ms) + " ms";
                    scenario.world.link.rtt = milliseconds(primary_ms);
                    Link slow;
                    slow.rtt = milliseconds(rtt_ms);
                    scenario.world.paths = {{kAA.ip, slow}};
                },
                expect_not_wrong);
            if (HasFailure()) return;
        }
    }
}

/// Up to a factor of five between the two addresses the answer is expected to be exact, not open.
TEST(DuringTheRun, a_moderately_slow_alternate_address_costs_no_verdict) {
    for_each_nat(
        3,
        [](Scenario& scenario, std::uint64_t) {
            scenario.world.link.rtt = milliseconds(40);
            Link slow;
            slow.rtt = milliseconds(200);
            scenario.world.paths = {{kAA.ip, slow}};
        },
        expect_exact);
}

/// A lossy way from the alternate address only: the controls on the primary path know nothing of
/// it.
TEST(DuringTheRun, loss_on_the_alternate_path_only_never_misleads) {
    for (const double loss : {0.1, 0.3, 0.6, 0.9, 1.0}) {
        for_each_nat(
            20,
            [&](Scenario& scenario, std::uint64_t) {
                scenario.name += ", alternate loses " + std::to_string(loss);
                Link lossy;
                lossy.loss = loss;
                scenario.world.paths = {{kAA.ip, lossy}};
            },
            expect_not_wrong);
        if (HasFailure()) return;
    }
}

/// T17: long round trips with heavy jitter, no false filter.
TEST(DuringTheRun, long_round_trips_and_jitter_cost_no_verdict) {
    for_each_nat(
        20,
        [](Scenario& scenario, std::uint64_t) {
            scenario.name += ", 300 ms +- 80 ms";
            scenario.world.link.rtt = milliseconds(300);
            scenario.world.link.jitter = milliseconds(80);
        },
        expect_exact);
}

/// Satellite and worse: still right or open, and in time.
TEST(DuringTheRun, very_long_round_trips_never_mislead) {
    for (const int rtt_ms : {600, 1200, 2500, 5000}) {
        for_each_nat(
            2,
            [&](Scenario& scenario, std::uint64_t) {
                scenario.name += ", " + std::to_string(rtt_ms) + " ms";
                scenario.world.link.rtt = milliseconds(rtt_ms);
                scenario.world.link.jitter = milliseconds(rtt_ms / 4);
            },
            expect_not_wrong);
        if (HasFailure()) return;
    }
}

/// Loss in bursts (Gilbert-Elliott): the independence behind loss^k is gone.
TEST(DuringTheRun, burst_loss_never_misleads) {
    for_each_nat(
        60,
        [](Scenario& scenario, std::uint64_t seed) {
            scenario.name += ", bursts";
            scenario.world.link.burst_end = 0.25;
            scenario.world.link.burst_start = seed % 2 == 0 ? 0.015 : 0.05;
        },
        expect_not_wrong);
}

/// Nothing passes for a while, at any time of the run: the controls are silent as well.
TEST(DuringTheRun, outages_never_mislead) {
    for (const int length_ms : {50, 150, 400, 1000}) {
        for (int from_ms = 0; from_ms <= 600; from_ms += 40) {
            for_each_nat(
                1,
                [&](Scenario& scenario, std::uint64_t) {
                    scenario.name += ", outage of " + std::to_string(length_ms) + " ms at " +
                                     std::to_string(from_ms) + " ms";
                    scenario.world.outages = {
                        {milliseconds(from_ms), milliseconds(from_ms + length_ms)}};
                },
                expect_not_wrong);
            if (HasFailure()) return;
        }
    }
}

/// Whatever the budget, the run ends in it and does not make up for the missing time.
TEST(DuringTheRun, a_small_budget_never_misleads) {
    for (const int budget_ms : {1, 20, 50, 100, 200, 300, 500, 1000}) {
        for_each_nat(
            2,
            [&](Scenario& scenario, std::uint64_t) {
                scenario.name += ", budget " + std::to_string(budget_ms) + " ms";
                scenario.config.budget = milliseconds(budget_ms);
            },
            [&](const RunResult& result, const Scenario& scenario, std::uint64_t seed,
                MappingRule mapping, FilteringRule filtering) {
                expect_not_wrong(result, scenario, seed, mapping, filtering);
                EXPECT_LE(result.elapsed, milliseconds(budget_ms)) << scenario.name;
                EXPECT_NE(result.outcome.udp.verdict, VerdictKind::Fail) << scenario.name;
            });
        if (HasFailure()) return;
    }
}

/// A driver that is late (a busy host) by up to 200 ms for every timer.
TEST(DuringTheRun, late_timers_never_mislead) {
    for_each_nat(
        10,
        [](Scenario& scenario, std::uint64_t) {
            scenario.name += ", late timers";
            scenario.world.timer_slack = milliseconds(200);
            scenario.world.link.loss = 0.05;
        },
        expect_not_wrong);
}

}  // namespace
}  // namespace portolan::discovery::sim
