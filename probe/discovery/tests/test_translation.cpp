#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probe/discovery/tests/matrix.hpp"
#include "probe/discovery/tests/run.hpp"

// What else a NAT does: layers, pools, ports, collisions, payloads, hairpins, and where no NAT is
// (T6, T7, T11, T12, T14, T18, T19 of the scenario list).
namespace portolan::discovery::sim {
namespace {

using ::testing::HasSubstr;

/// T6: a public host without firewall.
TEST(Translation, a_public_host_without_firewall_is_open_and_untranslated) {
    const RunResult result = run(behind(MappingRule::None, FilteringRule::Open));
    EXPECT_EQ(result.outcome.translation.value, Translation::None);
    EXPECT_EQ(result.outcome.filtering.value, Filtering::EndpointIndependent);
    EXPECT_EQ(result.outcome.layers.value, Layers::NoSign);
}

/// T7, P7: stunserver #61, a public host behind a stateful firewall is not "no NAT, so open".
TEST(Translation, a_public_host_with_a_stateful_firewall_is_filtered_without_nat) {
    const RunResult result = run(behind(MappingRule::None, kApdf));
    EXPECT_EQ(result.outcome.translation.value, Translation::None);
    EXPECT_EQ(result.outcome.filtering.value, Filtering::AddressAndPortDependent);
    EXPECT_THAT(result.outcome.filtering.sentence, HasSubstr("firewall"));
}

/// T19, P16: the filter may be this host's own; nobody can tell from here, so the sentence says so.
TEST(Translation, a_host_firewall_before_an_open_nat_is_not_blamed_on_the_nat) {
    for (const MappingRule mapping : kMappings) {
        if (mapping == MappingRule::None) continue;
        Scenario scenario = behind(mapping, kEif);
        scenario.name = "host firewall, " + scenario.name;
        scenario.world.nats.insert(scenario.world.nats.begin(),
                                   nat_rules(MappingRule::None, kApdf));
        const RunResult result = run(scenario);
        EXPECT_EQ(grade_mapping(result.outcome, mapping), Grade::Right) << describe(result.outcome);
        EXPECT_EQ(result.outcome.filtering.value, Filtering::AddressAndPortDependent)
            << describe(result.outcome);
        EXPECT_THAT(result.outcome.filtering.sentence, HasSubstr("firewall"));
        EXPECT_THAT(result.outcome.filtering.sentence, HasSubstr("host"));
    }
}

/// T11: two NATs behave like the stricter of both; what cannot be seen from outside is not claimed.
TEST(Layers, of_two_nats_the_stricter_shows) {
    for (const MappingRule inner : kMappings) {
        for (const MappingRule outer : kMappings) {
            if (inner == MappingRule::None || outer == MappingRule::None) continue;
            for (const FilteringRule filtering : kFilterings) {
                Scenario scenario = behind(inner, kEif);
                scenario.world.nats[0].public_ips = {ip("10.9.0.2")};
                scenario.world.nats.push_back(nat_rules(outer, filtering));
                const RunResult result = run(scenario);
                const std::string what = std::string(to_string(inner)) + " in " +
                                         std::string(to_string(outer)) + ": " +
                                         describe(result.outcome);
                EXPECT_EQ(grade_filtering(result.outcome, filtering), Grade::Right) << what;
                // Equal mappings stay what they are, an endpoint-independent one takes the other's
                // kind, and all remaining pairs vary with address and port.
                MappingRule truth = kApdm;
                if (inner == outer || outer == kEim) truth = inner;
                if (inner == kEim) truth = outer;
                EXPECT_EQ(grade_mapping(result.outcome, truth), Grade::Right) << what;
                EXPECT_NE(result.outcome.layers.value, Layers::CarrierGrade);
            }
        }
    }
}

/// T11: 100.64.0.0/10 on the host's side (RFC 6598).
TEST(Layers, a_shared_address_on_the_host_is_carrier_grade) {
    Scenario scenario = behind(kEim, kApdf);
    scenario.world.host_ips = {ip("100.64.3.7")};
    scenario.config.route_local_ip = ip("100.64.3.7");
    EXPECT_EQ(run(scenario).outcome.layers.value, Layers::CarrierGrade);
}

/// T11: a server inside the provider's network sees the CPE's shared address.
TEST(Layers, a_shared_mapped_address_is_carrier_grade) {
    Scenario scenario = behind(kEim, kApdf);
    scenario.world.nats[0].public_ips = {ip("100.72.1.1")};
    EXPECT_EQ(run(scenario).outcome.layers.value, Layers::CarrierGrade);
}

/// T11: a public server that sees a private address is behind another NAT of the same path.
TEST(Layers, a_private_mapped_address_means_several_nats) {
    Scenario scenario = behind(kEim, kApdf);
    scenario.world.nats[0].public_ips = {ip("10.20.30.40")};
    EXPECT_EQ(run(scenario).outcome.layers.value, Layers::Multiple);
}

/// T11: one NAT with a global address shows no second layer.
TEST(Layers, a_global_mapped_address_shows_one_nat) {
    EXPECT_EQ(run(behind(kEim, kApdf)).outcome.layers.value, Layers::NoSign);
}

/// T12, RFC 4787 REQ-2: arbitrary pooling shows as soon as two sockets differ; one pool address or
/// pairing is paired.
TEST(Pooling, is_read_from_the_sockets) {
    int arbitrary = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        Scenario scenario = behind(kEim, kApdf);
        scenario.name = "arbitrary pool";
        scenario.world.nats[0].public_ips = {kPublicIp, kSecondPublicIp};
        scenario.world.nats[0].pool = PoolRule::Arbitrary;
        const RunResult result = run(scenario, seed);
        EXPECT_NE(grade_mapping(result.outcome, kEim), Grade::Wrong) << describe(result.outcome);
        EXPECT_NE(grade_filtering(result.outcome, kApdf), Grade::Wrong) << describe(result.outcome);
        EXPECT_NE(result.outcome.pooling.value, Pooling::MultiEgress) << describe(result.outcome);
        if (result.outcome.pooling.value == Pooling::Arbitrary) ++arbitrary;

        scenario.name = "paired pool";
        scenario.world.nats[0].pool = PoolRule::Paired;
        const RunResult paired = run(scenario, seed);
        EXPECT_EQ(paired.outcome.pooling.value, Pooling::Paired) << describe(paired.outcome);
        EXPECT_EQ(grade_mapping(paired.outcome, kEim), Grade::Right);
    }
    // Three sockets share one of two addresses by chance in a quarter of the runs.
    EXPECT_GE(arbitrary, 35);
}

/// T12 with an endpoint-dependent mapping: the pool is dealt for each mapping, and the NAT is still
/// endpoint-dependent, or nothing is said; never independent.
TEST(Pooling, an_arbitrary_pool_behind_a_dependent_mapping_never_misleads) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        for (const MappingRule mapping :
             {MappingRule::AddressDependent, kApdm, MappingRule::PortDependent}) {
            Scenario scenario = behind(mapping, kApdf);
            scenario.world.nats[0].public_ips = {kPublicIp, kSecondPublicIp};
            scenario.world.nats[0].pool = PoolRule::Arbitrary;
            const RunResult result = run(scenario, seed);
            EXPECT_NE(grade_mapping(result.outcome, mapping), Grade::Wrong)
                << scenario.name << " seed " << seed << ": " << describe(result.outcome);
            EXPECT_NE(grade_filtering(result.outcome, kApdf), Grade::Wrong)
                << scenario.name << " seed " << seed << ": " << describe(result.outcome);
        }
    }
}

/// T12, P20: tailscale #2255, with several uplinks the public *address* depends on the destination,
/// which is not a symmetric NAT.
TEST(Pooling, several_uplinks_are_not_a_symmetric_nat) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        for (const PortRule ports : {PortRule::Preserving, PortRule::Random}) {
            Scenario scenario = behind(kEim, kApdf);
            scenario.name = "multi-WAN";
            scenario.world.nats[0].public_ips = {kPublicIp, kSecondPublicIp};
            scenario.world.nats[0].pool = PoolRule::ByDestination;
            scenario.world.nats[0].ports = ports;
            const RunResult result = run(scenario, seed);
            EXPECT_EQ(result.outcome.pooling.value, Pooling::MultiEgress)
                << describe(result.outcome);
            EXPECT_TRUE(!result.outcome.mapping.known() ||
                        result.outcome.mapping.value == Mapping::EndpointIndependent)
                << describe(result.outcome);
            EXPECT_NE(grade_filtering(result.outcome, kApdf), Grade::Wrong)
                << describe(result.outcome);
        }
    }
}

/// RFC 4787 s4.2.1, REQ-3: preservation, steps and randomness of an endpoint-dependent NAT.
TEST(Ports, allocation_is_recognised) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Scenario scenario = behind(kApdm, kApdf);
        scenario.world.nats[0] = linux_masquerade();
        const RunResult preserving = run(scenario, seed);
        ASSERT_TRUE(preserving.outcome.ports.known()) << describe(preserving.outcome);
        EXPECT_EQ(preserving.outcome.ports.value->allocation, PortAllocation::Preserving);
        EXPECT_EQ(preserving.outcome.mapping.value, Mapping::EndpointIndependent)
            << "Linux masquerading looks endpoint-independent";

        for (const int step : {1, 2}) {
            scenario.world.nats[0] = nat_rules(kApdm, kApdf);
            scenario.world.nats[0].ports = PortRule::Sequential;
            scenario.world.nats[0].port_step = step;
            const RunResult sequential = run(scenario, seed);
            ASSERT_TRUE(sequential.outcome.ports.known()) << describe(sequential.outcome);
            EXPECT_EQ(sequential.outcome.ports.value->allocation, PortAllocation::Sequential)
                << describe(sequential.outcome);
            EXPECT_EQ(sequential.outcome.ports.value->step, step) << describe(sequential.outcome);
        }

        scenario.world.nats[0].ports = PortRule::Random;
        const RunResult random = run(scenario, seed);
        ASSERT_TRUE(random.outcome.ports.known()) << describe(random.outcome);
        EXPECT_EQ(random.outcome.ports.value->allocation, PortAllocation::NonSequential)
            << describe(random.outcome);
    }
}

/// RFC 4787 s4.2.2, REQ-4: kept parity is always reported; parity that is not kept is found out.
TEST(Ports, parity_is_reported_when_kept) {
    int claimed = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        Scenario scenario = behind(kApdm, kApdf);
        scenario.world.nats[0].ports = PortRule::Parity;
        const RunResult kept = run(scenario, seed);
        ASSERT_TRUE(kept.outcome.ports.known());
        EXPECT_TRUE(kept.outcome.ports.value->parity_kept) << describe(kept.outcome);
        scenario.world.nats[0].ports = PortRule::Random;
        const RunResult random = run(scenario, seed);
        if (random.outcome.ports.known() && random.outcome.ports.value->parity_kept) ++claimed;
    }
    EXPECT_LE(claimed, 10) << "a quarter by chance with two samples would be guessing";
}

/// T14, P15: another host on the same source port toward one destination changes one mapping of
/// four.
TEST(Collision, of_a_port_preserving_nat_is_seen_and_not_called_symmetric) {
    for (const TransportAddress& destination : {kPP, kPA, kAP, kAA}) {
        for (std::uint64_t seed = 1; seed <= 10; ++seed) {
            Scenario scenario = behind(kApdm, kApdf);
            scenario.name = "collision toward " + destination.to_string();
            scenario.world.nats[0] = linux_masquerade();
            scenario.world.nats[0].held_by_others = {{40000, destination}};
            scenario.config.mapping_port = 40000;
            const RunResult result = run(scenario, seed);
            EXPECT_EQ(result.outcome.mapping.value, Mapping::EndpointIndependent)
                << scenario.name << ": " << describe(result.outcome);
            EXPECT_EQ(result.outcome.collision.value, Collision::Observed)
                << scenario.name << ": " << describe(result.outcome);
            EXPECT_EQ(grade_filtering(result.outcome, kApdf), Grade::Right)
                << scenario.name << ": " << describe(result.outcome);
        }
    }
}

/// T14: a port-preserving NAT without a collision is fragile all the same; of one that does not
/// preserve ports a few sockets do not show whether it has enough of them.
TEST(Collision, is_possible_only_where_ports_are_preserved) {
    Scenario scenario = behind(kApdm, kApdf);
    scenario.world.nats[0] = linux_masquerade();
    EXPECT_EQ(run(scenario).outcome.collision.value, Collision::Possible);
    scenario.world.nats[0] = nat_rules(kEim, kApdf);
    const Outcome other = run(scenario).outcome;
    EXPECT_EQ(other.collision.verdict, VerdictKind::Inconclusive) << describe(other);
    EXPECT_EQ(other.collision.reason, "not-preserved");
}

/// T14 at its worst: the port is taken toward two destinations, or three, which looks like any
/// rule. Taken toward all four there is no preserved port left to suspect anything by.
TEST(Collision, toward_several_destinations_never_misleads) {
    const std::vector<TransportAddress> all{kPP, kPA, kAP, kAA};
    for (unsigned mask = 1; mask < 15; ++mask) {
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
            Scenario scenario = behind(kApdm, kApdf);
            scenario.name = "collision mask " + std::to_string(mask);
            scenario.world.nats[0] = linux_masquerade();
            scenario.config.mapping_port = 40000;
            for (unsigned i = 0; i < 4; ++i) {
                if ((mask >> i & 1U) != 0) {
                    scenario.world.nats[0].held_by_others.push_back({40000, all[i]});
                }
            }
            const RunResult result = run(scenario, seed);
            EXPECT_NE(grade_mapping(result.outcome, kEim), Grade::Wrong)
                << scenario.name << ": " << describe(result.outcome);
            EXPECT_NE(grade_filtering(result.outcome, kApdf), Grade::Wrong)
                << scenario.name << ": " << describe(result.outcome);
        }
    }
}

/// Linux gives all mappings of a socket the port of its first: one taken toward the server's own
/// address shows in none of them, but the other sockets keep theirs.
TEST(Collision, of_a_whole_socket_is_not_called_robust) {
    Scenario scenario = behind(kEim, kApdf);
    scenario.world.nats[0].ports = PortRule::Preserving;
    scenario.config.mapping_port = 40000;
    for (const TransportAddress& destination : {kPP, kPA, kAP, kAA})
        scenario.world.nats[0].held_by_others.push_back({40000, destination});
    const Outcome outcome = run(scenario).outcome;
    EXPECT_EQ(outcome.mapping.value, Mapping::EndpointIndependent) << describe(outcome);
    EXPECT_EQ(outcome.ports.reason, "preserved-sometimes") << describe(outcome);
    EXPECT_NE(outcome.collision.value, Collision::Robust) << describe(outcome);
}

/// T18: a generic ALG rewrites MAPPED-ADDRESS; XOR-MAPPED-ADDRESS is used (RFC 5780 s3.6).
TEST(Alg, is_flagged_and_does_not_disturb) {
    for (const MappingRule mapping : kMappings) {
        if (mapping == MappingRule::None) continue;
        Scenario scenario = behind(mapping, kApdf);
        scenario.world.nats[0].rewrites_payload = true;
        const RunResult result = run(scenario);
        EXPECT_EQ(result.outcome.alg.value, AlgRewriting::Rewrites) << describe(result.outcome);
        EXPECT_EQ(grade_mapping(result.outcome, mapping), Grade::Right);
        EXPECT_EQ(grade_filtering(result.outcome, kApdf), Grade::Right);
        ASSERT_TRUE(result.outcome.mapped);
        EXPECT_EQ(result.outcome.mapped->ip, kPublicIp);
        scenario.world.nats[0].rewrites_payload = false;
        EXPECT_EQ(run(scenario).outcome.alg.value, AlgRewriting::None);
    }
}

TEST(Alg, is_not_judged_without_the_plain_attribute) {
    Scenario scenario = behind(kEim, kApdf);
    scenario.world.servers[0].sends_mapped = false;
    const RunResult result = run(scenario);
    EXPECT_FALSE(result.outcome.alg.known());
    EXPECT_EQ(grade_mapping(result.outcome, kEim), Grade::Right);
    EXPECT_EQ(grade_filtering(result.outcome, kApdf), Grade::Right);
}

/// RFC 4787 REQ-9, P23: hairpin behaviour, only when asked for, with each mapping and filtering.
TEST(Hairpin, is_tested_only_when_asked_for) {
    struct Row {
        HairpinRule rule;
        std::optional<Hairpinning> expected;
    };
    // Silence may be a packet with our own address as its source, which the host itself drops.
    for (const Row& row :
         {Row{HairpinRule::None, std::nullopt}, Row{HairpinRule::External, Hairpinning::External},
          Row{HairpinRule::Internal, Hairpinning::Internal},
          Row{HairpinRule::RouterAddress, Hairpinning::Other}}) {
        for (const FilteringRule filtering : kFilterings) {
            Scenario scenario = behind(kEim, filtering);
            scenario.name = "hairpin";
            scenario.world.nats[0].hairpin = row.rule;
            const RunResult unasked = run(scenario);
            EXPECT_EQ(unasked.outcome.hairpin.verdict, VerdictKind::NotTested);
            for (const TransportAddress& to : unasked.trace.destinations) {
                EXPECT_NE(to.ip, kPublicIp) << "RFC 4787 hairpinning is opt-in: LAND alarms";
            }
            scenario.config.hairpin = true;
            const RunResult asked = run(scenario);
            EXPECT_EQ(asked.outcome.hairpin.value, row.expected)
                << static_cast<int>(row.rule) << " " << describe(asked.outcome);
            EXPECT_EQ(grade_mapping(asked.outcome, kEim), Grade::Right);
            EXPECT_EQ(grade_filtering(asked.outcome, filtering), Grade::Right);
        }
    }
}

/// RFC 4787 REQ-9a: the router's own address is neither the internal nor the external one.
TEST(Hairpin, from_the_routers_inside_address_fails) {
    Scenario scenario = behind(kEim, FilteringRule::Open);
    scenario.world.nats[0].hairpin = HairpinRule::RouterAddress;
    scenario.config.hairpin = true;
    const Outcome outcome = run(scenario).outcome;
    EXPECT_EQ(outcome.hairpin.verdict, VerdictKind::Fail) << describe(outcome);
    EXPECT_EQ(outcome.hairpin.reason, "hairpin-other-source");
    EXPECT_NE(outcome.hairpin.sentence.find("192.168.1.1:"), std::string::npos);
}

/// Without a NAT there is nothing to turn around: the host's stack delivers to itself.
TEST(Hairpin, is_not_tested_without_a_nat) {
    Scenario scenario = behind(MappingRule::None, FilteringRule::Open);
    scenario.config.hairpin = true;
    const RunResult result = run(scenario);
    EXPECT_EQ(result.outcome.hairpin.verdict, VerdictKind::NotTested) << describe(result.outcome);
    EXPECT_EQ(result.outcome.hairpin.reason, "no-nat");
}

/// P23: netcheck's hairpin result flapped; under loss it is right or open.
TEST(Hairpin, under_loss_is_right_or_open) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        for (const HairpinRule rule :
             {HairpinRule::None, HairpinRule::External, HairpinRule::Internal}) {
            Scenario scenario = behind(kEim, kApdf);
            scenario.world.nats[0].hairpin = rule;
            scenario.world.link.loss = 0.1;
            scenario.config.hairpin = true;
            const RunResult result = run(scenario, seed);
            if (!result.outcome.hairpin.known()) continue;
            const Hairpinning expected = rule == HairpinRule::None       ? Hairpinning::None
                                         : rule == HairpinRule::External ? Hairpinning::External
                                                                         : Hairpinning::Internal;
            EXPECT_EQ(*result.outcome.hairpin.value, expected)
                << "seed " << seed << ": " << describe(result.outcome);
        }
    }
}

}  // namespace
}  // namespace portolan::discovery::sim
