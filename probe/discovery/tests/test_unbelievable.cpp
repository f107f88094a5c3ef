#include <gtest/gtest.h>

#include "probe/discovery/observations.hpp"
#include "probe/discovery/tests/matrix.hpp"
#include "probe/discovery/tests/run.hpp"

// Replies that come from the right address with the right transaction id and still must not be
// believed: what they say cannot be, or RFC 8489 has them discarded.
namespace portolan::discovery::sim {
namespace {

Scenario behind_liar(MappingRule mapping, FilteringRule filtering, LieRule lie) {
    Scenario scenario = behind(mapping, filtering);
    ServerRules server = rfc5780_server(kPP, kAA);
    server.lie = lie;
    use_servers(scenario, {server});
    scenario.name += ", lie " + std::to_string(static_cast<int>(lie));
    return scenario;
}

/// The server is named as faulty, and nothing of the NAT is known.
TEST(Unbelievable, replies_leave_everything_but_reachability_open) {
    for (int lie = 1; lie < kLieCount; ++lie) {
        for (const MappingRule mapping : kMappings) {
            for (const FilteringRule filtering : kFilterings) {
                const RunResult result =
                    run(behind_liar(mapping, filtering, static_cast<LieRule>(lie)));
                SCOPED_TRACE("lie " + std::to_string(lie) + ": " + describe(result.outcome));
                EXPECT_EQ(result.outcome.udp.value, UdpReachability::Reachable);
                EXPECT_FALSE(result.outcome.translation.known());
                EXPECT_FALSE(result.outcome.mapping.known());
                EXPECT_FALSE(result.outcome.filtering.known());
                EXPECT_FALSE(result.outcome.pooling.known());
                EXPECT_FALSE(result.outcome.ports.known());
                EXPECT_FALSE(result.outcome.layers.known());
                EXPECT_FALSE(result.outcome.stable.known());
                EXPECT_EQ(result.outcome.mapping.reason, "server-faulty");
                ASSERT_TRUE(result.outcome.servers.at(0).faulty);
                EXPECT_FALSE(result.outcome.servers.at(0).faults.empty());
                if (::testing::Test::HasFailure()) return;
            }
        }
    }
}

/// Deliberate fault: without these checks the same replies make verdicts.
TEST(Unbelievable, replies_that_are_believed_make_wrong_verdicts) {
    for (const LieRule lie : {LieRule::MappedUnspecified, LieRule::MappedMulticast,
                              LieRule::MappedServer, LieRule::TwoAnswers}) {
        Scenario scenario = behind_liar(MappingRule::None, FilteringRule::Open, lie);
        scenario.config.sabotage.believe_all_replies = true;
        World world;
        world.reset(scenario.world, 1);
        world.add(scenario.config);
        world.run();
        const Outcome outcome = world.outcome();
        const bool wrong = grade_translation(outcome, MappingRule::None) == Grade::Wrong ||
                           outcome.stable.value == false;
        EXPECT_TRUE(wrong) << static_cast<int>(lie) << ": " << describe(outcome);
    }
}

/// A good server beside the liar makes it good, also where the lie shows only after it was chosen.
TEST(Unbelievable, replies_do_not_keep_a_good_server_from_being_used) {
    for (int lie = 1; lie < kLieCount; ++lie) {
        for (const FilteringRule filtering : kFilterings) {
            Scenario scenario = behind(MappingRule::EndpointIndependent, filtering);
            ServerRules liar = rfc5780_server(at("45.33.50.1:3478"), at("45.33.50.2:3479"));
            liar.lie = static_cast<LieRule>(lie);
            use_servers(scenario, {liar, rfc5780_server(kPP, kAA)});
            const RunResult result = run(scenario);
            SCOPED_TRACE("lie " + std::to_string(lie) + ": " + describe(result.outcome));
            EXPECT_EQ(grade_mapping(result.outcome, MappingRule::EndpointIndependent),
                      Grade::Right);
            EXPECT_EQ(grade_filtering(result.outcome, filtering), Grade::Right);
        }
    }
}

/// An IPv4 address is believed of an IPv6 socket only where a NAT64 is known (RFC 6052 s2.1).
TEST(Unbelievable, an_ipv4_address_for_an_ipv6_socket_needs_a_nat64) {
    Probe probe;
    probe.destination = at("[2a03:2880:f001::10]:3478");
    Arrival arrival;
    arrival.well_formed = true;
    arrival.source = probe.destination;
    arrival.mapped_xor = at("81.2.69.142:40000");
    Ledger ledger;
    ledger.family = AddressFamily::IPv6;
    EXPECT_NE(reply_flaw(ledger, probe, arrival), "");
    probe.destination = arrival.source = at("[64:ff9b::2d21:200a]:3478");
    EXPECT_EQ(reply_flaw(ledger, probe, arrival), "");
    probe.destination = arrival.source = at("[2a00:1450:64::2d21:200a]:3478");
    EXPECT_NE(reply_flaw(ledger, probe, arrival), "");
    ledger.nat64_prefix = ip("2a00:1450:64::");
    EXPECT_EQ(reply_flaw(ledger, probe, arrival), "");
}

/// Longer than what is read is not silence: the server is there, and useless.
TEST(Oversized, replies_are_an_answer_that_cannot_be_used) {
    for (const std::size_t padding : {std::size_t{16}, std::size_t{20000}}) {
        Scenario scenario = behind(MappingRule::EndpointIndependent, FilteringRule::Open);
        scenario.world.servers.front().padding_bytes = padding;
        const RunResult result = run(scenario);
        EXPECT_EQ(result.outcome.udp.reason, "replies-do-not-match") << describe(result.outcome);
        EXPECT_TRUE(result.outcome.servers.at(0).faulty);
        EXPECT_FALSE(result.outcome.mapping.known());
    }
}

/// What came in after a CHANGE-REQUEST, but could not be read, was not filtered.
TEST(Oversized, replies_to_change_request_are_not_taken_for_a_filter) {
    for (const MappingRule mapping : kMappings) {
        for (const FilteringRule filtering :
             {FilteringRule::Open, FilteringRule::EndpointIndependent}) {
            Scenario scenario = behind(mapping, filtering);
            scenario.world.servers.front().padding_bytes = 20000;
            scenario.world.servers.front().pads_changed_only = true;
            const RunResult result = run(scenario);
            EXPECT_EQ(result.outcome.filtering.reason, "server-faulty") << describe(result.outcome);
            EXPECT_EQ(grade_mapping(result.outcome, mapping), Grade::Right);
        }
    }
}

/// A host with several addresses of its own is neither a pool nor a NAT.
TEST(Multihomed, host_without_nat_is_seen_as_it_is) {
    for (const FilteringRule filtering : kFilterings) {
        Scenario scenario = behind(MappingRule::None, filtering);
        const IpAddress second = ip("81.2.70.20");
        scenario.world.host_ips.push_back(second);
        scenario.world.source_for = {{kAP.ip, second}};
        const RunResult result = run(scenario);
        SCOPED_TRACE(describe(result.outcome));
        EXPECT_EQ(result.outcome.translation.value, Translation::None);
        EXPECT_EQ(grade_mapping(result.outcome, MappingRule::None), Grade::Right);
        EXPECT_NE(result.outcome.pooling.value, Pooling::MultiEgress);
        EXPECT_NE(grade_filtering(result.outcome, filtering), Grade::Wrong);
    }
    Scenario plain = behind(MappingRule::None, FilteringRule::Open);
    plain.world.host_ips.push_back(ip("81.2.70.20"));
    plain.world.source_for = {{kPlain2.ip, ip("81.2.70.20")}};
    use_servers(plain, {plain_server(kPlain1), plain_server(kPlain2)});
    const RunResult result = run(plain);
    EXPECT_NE(result.outcome.pooling.value, Pooling::MultiEgress) << describe(result.outcome);
    EXPECT_NE(grade_mapping(result.outcome, MappingRule::None), Grade::Wrong);
    EXPECT_NE(result.outcome.mapping.reason, "public-address-varies");
}

/// An address that nothing has translated says nothing of a NAT behind it.
TEST(Layers, are_not_read_out_of_an_address_that_is_not_translated) {
    for (const char* own : {"10.0.0.5", "100.64.0.5"}) {
        Scenario scenario = behind(MappingRule::None, FilteringRule::Open);
        scenario.world.host_ips = {ip(own)};
        scenario.config.route_local_ip = ip(own);
        const RunResult result = run(scenario);
        EXPECT_EQ(result.outcome.translation.value, Translation::None);
        EXPECT_EQ(result.outcome.layers.reason, "not-translated") << describe(result.outcome);
    }
}

/// Ports that are kept for the first destination of a socket only are not preserved ports.
TEST(Ports, that_are_kept_in_some_mappings_only_are_not_called_preserved) {
    Scenario scenario =
        behind(MappingRule::AddressAndPortDependent, FilteringRule::AddressAndPortDependent);
    scenario.world.nats[0].ports = PortRule::Preserving;
    const RunResult result = run(scenario);
    EXPECT_EQ(result.outcome.mapping.value, Mapping::AddressAndPortDependent);
    EXPECT_EQ(result.outcome.ports.reason, "preserved-sometimes") << describe(result.outcome);
    EXPECT_FALSE(result.outcome.collision.known());
}

}  // namespace
}  // namespace portolan::discovery::sim
