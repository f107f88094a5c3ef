#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "probe/discovery/tests/matrix.hpp"
#include "probe/discovery/tests/run.hpp"

// Mistakes that other NAT probes made in public, one test each. Several are also covered, NAT by
// NAT, in test_bad_servers.cpp and test_time.cpp; here each has the evidence it comes from.
namespace portolan::discovery::sim {
namespace {

using std::chrono::milliseconds;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// P1: proxystore PR #776, miniupnp PR #825: a reply from the address asked is not "full cone".
TEST(Pitfall, P1_a_server_that_ignores_change_request_is_not_an_open_nat) {
    Scenario scenario = behind(kEim, kApdf);
    scenario.world.servers[0].change_request = ChangeRequestRule::Ignored;
    const RunResult result = run(scenario);
    EXPECT_EQ(result.outcome.filtering.verdict, VerdictKind::Unsupported);
    EXPECT_THAT(result.outcome.filtering.reason, HasSubstr("ignores"));
}

/// Two uplinks that share flows out: four destinations may meet the same one by chance, and where
/// other sockets have shown another, one socket is not believed.
TEST(Pitfall, flows_over_two_uplinks_are_not_one_mapping) {
    int several_count = 0;
    int wrong_count = 0;
    constexpr int kRuns = 200;
    for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
        Scenario scenario = behind(kApdm, kApdf);
        NatRules& nat = scenario.world.nats.front();
        nat.ports = PortRule::Preserving;
        nat.ports_shared_between_destinations = true;
        nat.pool = PoolRule::Arbitrary;
        nat.public_ips.push_back(*IpAddress::parse("203.0.113.77"));
        World world;
        world.reset(scenario.world, seed);
        Config config = scenario.config;
        config.seed = seed;
        world.add(config);
        world.run();
        const Outcome outcome = infer(world.ledger());
        if (outcome.pooling.value == Pooling::Paired) continue;
        ++several_count;
        if (outcome.mapping.value == Mapping::EndpointIndependent) ++wrong_count;
    }
    EXPECT_GT(several_count, kRuns / 2);
    // Three sockets that each meet one of two addresses four times: once in 512.
    EXPECT_LE(wrong_count, 1);
}

/// The server's other address is far: what is still on its way when the verdict is there is no
/// loss.
TEST(Pitfall, requests_on_their_way_are_not_lost) {
    Scenario scenario = behind(MappingRule::None, FilteringRule::Open);
    for (const IpAddress& ip : {kAP.ip}) {
        scenario.world.paths.push_back({.remote = ip, .link = {.rtt = milliseconds(300)}});
    }
    const RunResult result = run(scenario);
    ASSERT_TRUE(result.outcome.loss);
    EXPECT_GT(result.outcome.loss->sent, 0);
    EXPECT_EQ(result.outcome.loss->unanswered, 0) << "of " << result.outcome.loss->sent;
}

/// P2: always-online-stun #16: OTHER-ADDRESS on the same IP is not a second vantage point.
TEST(Pitfall, P2_an_other_address_on_the_same_ip_is_refused) {
    Scenario scenario = behind(MappingRule::AddressDependent, kAdf);
    scenario.world.servers[0].other_address = OtherAddressRule::SameIp;
    const RunResult result = run(scenario);
    EXPECT_EQ(result.outcome.filtering.verdict, VerdictKind::Unsupported);
    EXPECT_FALSE(result.outcome.mapping.known());
}

/// P3: coturn #667: OTHER-ADDRESS is compared from both sides.
TEST(Pitfall, P3_an_other_address_that_differs_by_side_is_noted) {
    Scenario scenario = behind(kEim, kApdf);
    scenario.world.servers[0].other_address = OtherAddressRule::OwnFromAlternate;
    const RunResult result = run(scenario);
    EXPECT_FALSE(result.outcome.servers.at(0).faults.empty());
}

/// P4: stunserver #18: mapping tests must not open the filter that is tested afterwards.
/// P6: jtriley/pystun #14: before a filtering test, its reply address was never a destination of
/// that socket.
TEST(Pitfall, P4_P6_filtering_sockets_send_to_nothing_but_the_server_itself) {
    for (const MappingRule mapping : kMappings) {
        for (const FilteringRule filtering : kFilterings) {
            Scenario scenario = behind(mapping, filtering);
            scenario.world.link.loss = 0.2;
            const RunResult result = run(scenario, 7);
            std::set<SocketId> filtering_sockets;
            for (const Probe& probe : result.ledger.probes) {
                if (probe.role == Role::FilterIpPort || probe.role == Role::FilterPort) {
                    filtering_sockets.insert(probe.socket);
                }
            }
            EXPECT_FALSE(filtering_sockets.empty());
            for (const Probe& probe : result.ledger.probes) {
                if (filtering_sockets.contains(probe.socket)) {
                    EXPECT_EQ(probe.destination, kPP) << to_string(probe.role);
                }
            }
        }
    }
}

/// P5: netfilter-full-cone-nat #42: an unsolicited reply that reaches a Linux router holds the
/// tuple; the mapping socket must not be the one that drew it.
TEST(Pitfall, P5_a_linux_router_that_remembers_unsolicited_packets_stays_endpoint_independent) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Scenario scenario = behind(kApdm, kApdf);
        scenario.name = "P5";
        scenario.world.nats[0] = linux_masquerade();
        scenario.world.nats[0].unsolicited_occupies_tuple = true;
        const RunResult result = run(scenario, seed);
        EXPECT_EQ(result.outcome.mapping.value, Mapping::EndpointIndependent)
            << describe(result.outcome);
        EXPECT_EQ(result.outcome.filtering.value, Filtering::AddressAndPortDependent);
    }
}

/// P7: stunserver #61: no NAT does not mean no filter.
TEST(Pitfall, P7_no_nat_does_not_mean_no_filter) {
    for (const FilteringRule filtering : kFilterings) {
        const RunResult result = run(behind(MappingRule::None, filtering));
        EXPECT_EQ(result.outcome.translation.value, Translation::None);
        EXPECT_EQ(grade_filtering(result.outcome, filtering), Grade::Right);
    }
}

/// P8: a socket bound to the wildcard never equals its mapped address, unless the driver or the
/// route knows better; where neither does, nothing is claimed.
TEST(Pitfall, P8_wildcard_sockets_are_compared_by_their_real_address) {
    for (const MappingRule mapping : {MappingRule::None, kEim}) {
        const IpAddress own = mapping == MappingRule::None ? kPublicHostIp : kHostIp;
        Scenario scenario = behind(mapping, kApdf);
        scenario.name = "P8";
        scenario.world.driver_knows_local_ip = false;
        EXPECT_EQ(grade_translation(run(scenario).outcome, mapping), Grade::Right) << "by route";
        scenario.config.route_local_ip = std::nullopt;
        EXPECT_EQ(run(scenario).outcome.translation.verdict, VerdictKind::Inconclusive);
        scenario.world.driver_knows_local_ip = true;
        EXPECT_EQ(grade_translation(run(scenario).outcome, mapping), Grade::Right)
            << "by IP_PKTINFO";
        scenario.world.driver_knows_local_ip = false;
        scenario.config.bind_ip = own;
        EXPECT_EQ(grade_translation(run(scenario).outcome, mapping), Grade::Right) << "by bind";
    }
}

/// P9: one lost packet is not a filter: everything in the first 10 ms is lost.
TEST(Pitfall, P9_a_lost_first_copy_changes_nothing) {
    for (const MappingRule mapping : kMappings) {
        for (const FilteringRule filtering : kFilterings) {
            Scenario scenario = behind(mapping, filtering);
            scenario.name += ", first copies lost";
            scenario.world.outages = {{milliseconds(0), milliseconds(10)}};
            const RunResult result = run(scenario);
            EXPECT_EQ(grade_mapping(result.outcome, mapping), Grade::Right)
                << scenario.name << ": " << describe(result.outcome);
            EXPECT_EQ(grade_filtering(result.outcome, filtering), Grade::Right)
                << scenario.name << ": " << describe(result.outcome);
        }
    }
}

/// P10: pion takes a late answer to one test for the answer to the next: here the answer from the
/// other address is late, the one from the other port is not.
TEST(Pitfall, P10_a_late_answer_is_not_taken_for_another_one) {
    for (int late_ms = 50; late_ms <= 3000; late_ms += 50) {
        Scenario scenario = behind(kEim, kEif);
        scenario.name = "answers of the other address late by " + std::to_string(late_ms) + " ms";
        scenario.world.stragglers = {{kAA, 0, 1000, milliseconds(late_ms)}};
        const RunResult result = run(scenario);
        EXPECT_NE(grade_filtering(result.outcome, kEif), Grade::Wrong)
            << scenario.name << ": " << describe(result.outcome);
    }
}

/// P11: libjuice #69: two names, one address.
TEST(Pitfall, P11_two_names_of_one_address_are_one_vantage_point) {
    Scenario scenario = behind(kApdm, kApdf);
    use_servers(scenario, {plain_server(kPlain1)});
    scenario.config.servers.push_back(scenario.config.servers.front());
    EXPECT_FALSE(run(scenario).outcome.mapping.known());
}

/// P12: pear-desktop PR #4570: one vantage point gives no verdict.
TEST(Pitfall, P12_one_vantage_point_gives_no_mapping) {
    Scenario scenario = behind(kApdm, kApdf);
    use_servers(scenario, {plain_server(kPlain1)});
    const RunResult result = run(scenario);
    EXPECT_EQ(result.outcome.mapping.verdict, VerdictKind::NotTested) << describe(result.outcome);
}

/// P13: stunner: an alternate address out of reach is not "likely symmetric".
TEST(Pitfall, P13_an_alternate_address_out_of_reach_is_not_symmetric) {
    Scenario scenario = behind(kEim, kApdf);
    scenario.world.servers[0].other_address = OtherAddressRule::Unreachable;
    const RunResult result = run(scenario);
    EXPECT_FALSE(result.outcome.mapping.known()) << describe(result.outcome);
    EXPECT_FALSE(result.outcome.filtering.known()) << describe(result.outcome);
}

/// P14: tailscale 8d1249550: a mapping that moves in the middle is not a dependent one.
TEST(Pitfall, P14_a_mapping_that_moves_is_not_a_dependent_one) {
    for (int at_ms = 1; at_ms < 200; ++at_ms) {
        Scenario scenario = behind(kEim, kEif);
        scenario.name = "P14 at " + std::to_string(at_ms) + " ms";
        scenario.world.nats[0].drift_at = milliseconds(at_ms);
        const RunResult result = run(scenario);
        EXPECT_NE(grade_mapping(result.outcome, kEim), Grade::Wrong)
            << scenario.name << ": " << describe(result.outcome);
    }
}

/// P15: a fixed source port may meet yesterday's state, so ports differ from run to run (RFC 5780
/// s4.1 wants them random and unprivileged).
TEST(Pitfall, P15_source_ports_are_random) {
    std::set<std::uint16_t> ports;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const RunResult result = run(behind(kEim, kEif), seed);
        for (const SocketRecord& socket : result.ledger.sockets) {
            EXPECT_GE(socket.local.port, 1024);
            ports.insert(socket.local.port);
        }
    }
    EXPECT_GE(ports.size(), 50U);
}

/// P16: openwrt/packages #21841: the host's own firewall may be the filter.
TEST(Pitfall, P16_a_filter_may_be_the_hosts_own) {
    Scenario scenario = behind(kEim, kEif);
    scenario.world.nats.insert(scenario.world.nats.begin(), nat_rules(MappingRule::None, kApdf));
    const RunResult result = run(scenario);
    EXPECT_EQ(result.outcome.filtering.value, Filtering::AddressAndPortDependent);
    EXPECT_THAT(result.outcome.filtering.sentence, HasSubstr("firewall"));
}

/// P17: tailscale #5624: an IPv4-mapped source is IPv4.
TEST(Pitfall, P17_mapped_ipv4_addresses_are_ipv4) {
    EXPECT_EQ(ip("::ffff:45.33.32.10"), kPP.ip);
    EXPECT_EQ(ip("::ffff:45.33.32.10").family(), AddressFamily::IPv4);
}

/// P18: tailscale #2993: what was not measured is not false.
TEST(Pitfall, P18_what_was_not_measured_is_not_false) {
    Scenario scenario = behind(kEim, kEif);
    scenario.config.servers.clear();
    const RunResult result = run(scenario);
    EXPECT_EQ(result.outcome.udp.verdict, VerdictKind::NotTested);
    EXPECT_FALSE(result.outcome.udp.value);
    EXPECT_FALSE(result.outcome.mapping.value);
    EXPECT_FALSE(result.outcome.stable.value);
}

/// P25: iroh #3490: a run ends when its verdicts are fixed, and the budget is no waiting time.
TEST(Pitfall, P25_a_run_ends_when_its_verdicts_are_fixed) {
    Scenario scenario = behind(kEim, kEif);
    scenario.config.budget = std::chrono::seconds(60);
    EXPECT_LE(run(scenario).elapsed, milliseconds(200));
}

/// P28: natprobe: nothing came back, hence "firewall enforces destination".
TEST(Pitfall, P28_silence_of_everything_is_not_filtering) {
    for (const bool tcp : {true, false}) {
        Scenario scenario = behind(kEim, kEif);
        scenario.world.servers[0].state = ServerState::Silent;
        if (!tcp) scenario.world.tcp = scenario.world.tls = StreamOutcome::TimedOut;
        const RunResult result = run(scenario);
        EXPECT_FALSE(result.outcome.filtering.known()) << describe(result.outcome);
        EXPECT_FALSE(result.outcome.mapping.known()) << describe(result.outcome);
    }
}

/// P34: coturn prints "No NAT!" and "NAT with Endpoint Independent Mapping!" in one run.
TEST(Pitfall, P34_where_there_is_no_nat_no_sentence_speaks_of_one) {
    for (const FilteringRule filtering : kFilterings) {
        const Outcome outcome = run(behind(MappingRule::None, filtering)).outcome;
        for (const std::string& sentence :
             {outcome.mapping.sentence, outcome.filtering.sentence, outcome.pooling.sentence,
              outcome.ports.sentence, outcome.collision.sentence, outcome.stable.sentence}) {
            EXPECT_THAT(sentence, Not(AnyOf(HasSubstr("the NAT "), HasSubstr("this NAT"))))
                << sentence;
        }
        EXPECT_NE(outcome.collision.value, Collision::Possible)
            << "a host that is not translated keeps its ports, and collides with nobody";
        const auto name =
            classic_name(Translation::None, Mapping::EndpointIndependent, *outcome.filtering.value);
        EXPECT_THAT(std::string(name), Not(HasSubstr("one")));
    }
}

}  // namespace
}  // namespace portolan::discovery::sim
