#include <gtest/gtest.h>

#include "probe/discovery/tests/matrix.hpp"
#include "probe/discovery/tests/run.hpp"

// Servers that mislead (T3 to T5 of the scenario list). Whatever the NAT, a bad server may cost the
// verdict, never its truth.
namespace portolan::discovery::sim {
namespace {

/// Up to the first failure: one is precise, sixty are noise.
template <typename Check>
void for_each_nat(Check&& check) {
    for (const MappingRule mapping : kMappings) {
        for (const FilteringRule filtering : kFilterings) {
            for (const std::uint64_t seed : {1, 2, 3, 4}) {
                check(mapping, filtering, seed);
                if (::testing::Test::HasFailure()) return;
            }
        }
    }
}

bool known(Grade grade) {
    return grade == Grade::Right || grade == Grade::Wrong;
}

/// Runs all NATs against one spoilt server.
template <typename Spoil, typename Check>
void for_each_nat_with(Spoil&& spoil, Check&& check) {
    for_each_nat([&](MappingRule mapping, FilteringRule filtering, std::uint64_t seed) {
        Scenario scenario = behind(mapping, filtering);
        ServerRules server = rfc5780_server(kPP, kAA);
        spoil(server);
        use_servers(scenario, {server});
        const RunResult result = run(scenario, seed);
        SCOPED_TRACE(scenario.name + ", seed " + std::to_string(seed) + ": " +
                     describe(result.outcome));
        EXPECT_NE(grade_translation(result.outcome, mapping), Grade::Wrong);
        EXPECT_NE(grade_mapping(result.outcome, mapping), Grade::Wrong);
        EXPECT_NE(grade_filtering(result.outcome, filtering), Grade::Wrong);
        check(result, mapping, filtering);
    });
}

/// T3, P1: proxystore PR #776, every NAT was "full cone" with a server that ignores CHANGE-REQUEST.
TEST(BadServer, that_ignores_change_request_leaves_filtering_unsupported) {
    for_each_nat_with(
        [](ServerRules& server) { server.change_request = ChangeRequestRule::Ignored; },
        [](const RunResult& result, MappingRule mapping, FilteringRule) {
            EXPECT_EQ(result.outcome.filtering.verdict, VerdictKind::Unsupported);
            EXPECT_EQ(grade_mapping(result.outcome, mapping), Grade::Right);
            EXPECT_TRUE(result.outcome.servers.at(0).ignores_change_request);
        });
}

/// T3: RFC 8489 s6.3.1, a server that does not know CHANGE-REQUEST answers 420.
TEST(BadServer, that_rejects_change_request_leaves_filtering_unsupported) {
    for_each_nat_with(
        [](ServerRules& server) { server.change_request = ChangeRequestRule::Rejected; },
        [](const RunResult& result, MappingRule mapping, FilteringRule) {
            EXPECT_EQ(result.outcome.filtering.verdict, VerdictKind::Unsupported);
            EXPECT_EQ(grade_mapping(result.outcome, mapping), Grade::Right);
            EXPECT_TRUE(result.outcome.servers.at(0).rejects_change_request);
        });
}

/// T3, P28: silence of a server that drops CHANGE-REQUEST is not filtering.
TEST(BadServer, that_drops_change_request_never_yields_a_filtering) {
    for_each_nat_with(
        [](ServerRules& server) { server.change_request = ChangeRequestRule::Dropped; },
        [](const RunResult& result, MappingRule mapping, FilteringRule filtering) {
            EXPECT_FALSE(known(grade_filtering(result.outcome, filtering)));
            EXPECT_EQ(grade_mapping(result.outcome, mapping), Grade::Right);
        });
}

/// T3: a reply from a third address proves nothing, whether it gets in or not.
TEST(BadServer, that_answers_change_request_from_elsewhere_never_yields_a_filtering) {
    for_each_nat_with(
        [](ServerRules& server) { server.change_request = ChangeRequestRule::FromThirdAddress; },
        [](const RunResult& result, MappingRule mapping, FilteringRule filtering) {
            EXPECT_FALSE(known(grade_filtering(result.outcome, filtering)));
            EXPECT_EQ(grade_mapping(result.outcome, mapping), Grade::Right);
        });
}

/// A server with one address that changes only the port makes every open NAT look
/// address-dependent.
TEST(BadServer, that_changes_only_the_port_is_not_taken_for_an_address_filter) {
    for_each_nat_with(
        [](ServerRules& server) { server.change_request = ChangeRequestRule::IgnoresIpFlag; },
        [](const RunResult& result, MappingRule, FilteringRule filtering) {
            EXPECT_FALSE(known(grade_filtering(result.outcome, filtering)));
        });
}

TEST(BadServer, that_changes_only_the_address_is_not_believed) {
    for_each_nat_with(
        [](ServerRules& server) { server.change_request = ChangeRequestRule::IgnoresPortFlag; },
        [](const RunResult& result, MappingRule, FilteringRule filtering) {
            EXPECT_FALSE(known(grade_filtering(result.outcome, filtering)));
        });
}

/// T3, P2: always-online-stun #16, OTHER-ADDRESS on the same IP (RFC 5780 s7.4 forbids it).
TEST(BadServer, with_the_same_ip_as_other_address_is_unsupported) {
    for_each_nat_with([](ServerRules& server) { server.other_address = OtherAddressRule::SameIp; },
                      [](const RunResult& result, MappingRule mapping, FilteringRule) {
                          EXPECT_EQ(result.outcome.filtering.verdict, VerdictKind::Unsupported);
                          EXPECT_FALSE(known(grade_mapping(result.outcome, mapping)));
                          EXPECT_FALSE(result.outcome.servers.at(0).other_address_usable);
                      });
}

TEST(BadServer, with_the_same_port_as_other_address_is_unsupported) {
    for_each_nat_with(
        [](ServerRules& server) { server.other_address = OtherAddressRule::SamePort; },
        [](const RunResult& result, MappingRule, FilteringRule) {
            EXPECT_EQ(result.outcome.filtering.verdict, VerdictKind::Unsupported);
            EXPECT_FALSE(result.outcome.servers.at(0).other_address_usable);
        });
}

/// T3: a public server that names a private address; nobody may be probed there.
TEST(BadServer, with_a_private_other_address_is_unsupported_and_nothing_is_sent_there) {
    for_each_nat_with([](ServerRules& server) { server.other_address = OtherAddressRule::Private; },
                      [](const RunResult& result, MappingRule mapping, FilteringRule) {
                          EXPECT_EQ(result.outcome.filtering.verdict, VerdictKind::Unsupported);
                          EXPECT_FALSE(known(grade_mapping(result.outcome, mapping)));
                          for (const TransportAddress& to : result.trace.destinations) {
                              EXPECT_NE(to.ip.address_class(), AddressClass::Private)
                                  << to.to_string();
                          }
                      });
}

/// T3, P13: an alternate address where nobody answers is not a symmetric NAT.
TEST(BadServer, with_an_unreachable_other_address_is_not_taken_for_a_nat) {
    for_each_nat_with(
        [](ServerRules& server) { server.other_address = OtherAddressRule::Unreachable; },
        [](const RunResult& result, MappingRule mapping, FilteringRule filtering) {
            EXPECT_FALSE(known(grade_mapping(result.outcome, mapping)));
            EXPECT_FALSE(known(grade_filtering(result.outcome, filtering)));
        });
}

/// T3, P3: coturn #667, OTHER-ADDRESS right on one address and wrong on the other.
TEST(BadServer, that_names_its_own_address_on_the_other_side_never_misleads) {
    for_each_nat_with(
        [](ServerRules& server) { server.other_address = OtherAddressRule::OwnFromAlternate; },
        [](const RunResult& result, MappingRule, FilteringRule) {
            EXPECT_FALSE(result.outcome.servers.at(0).faults.empty());
        });
}

/// T3: RESPONSE-ORIGIN that differs from the real source shows a server behind a NAT of its own.
TEST(BadServer, with_a_lying_response_origin_is_unsupported) {
    for_each_nat_with([](ServerRules& server) { server.origin = OriginRule::Lies; },
                      [](const RunResult& result, MappingRule, FilteringRule) {
                          EXPECT_EQ(result.outcome.filtering.verdict, VerdictKind::Unsupported);
                          EXPECT_FALSE(result.outcome.servers.at(0).origin_true);
                      });
}

TEST(BadServer, without_response_origin_is_good_enough) {
    for_each_nat_with([](ServerRules& server) { server.origin = OriginRule::Absent; },
                      [](const RunResult& result, MappingRule mapping, FilteringRule filtering) {
                          EXPECT_EQ(grade_mapping(result.outcome, mapping), Grade::Right);
                          EXPECT_EQ(grade_filtering(result.outcome, filtering), Grade::Right);
                      });
}

/// Without XOR-MAPPED-ADDRESS nothing that an ALG could not have changed is known.
TEST(BadServer, without_xor_mapped_address_yields_nothing_but_reachability) {
    for (const bool plain : {false, true}) {
        for_each_nat_with(
            [&](ServerRules& server) {
                server.sends_xor_mapped = false;
                server.sends_mapped = plain;
            },
            [](const RunResult& result, MappingRule mapping, FilteringRule filtering) {
                EXPECT_EQ(result.outcome.udp.value, UdpReachability::Reachable);
                EXPECT_FALSE(known(grade_mapping(result.outcome, mapping)));
                EXPECT_FALSE(known(grade_filtering(result.outcome, filtering)));
            });
    }
}

/// P10: replies with another transaction id are nobody's.
TEST(BadServer, with_wrong_transaction_ids_yields_nothing) {
    for_each_nat_with([](ServerRules& server) { server.wrong_transaction_id = true; },
                      [](const RunResult& result, MappingRule, FilteringRule) {
                          EXPECT_FALSE(result.outcome.mapping.known());
                          EXPECT_FALSE(result.outcome.filtering.known());
                          EXPECT_FALSE(result.outcome.translation.known());
                      });
}

/// Replies from an address that was not asked are not believed.
TEST(BadServer, that_always_answers_from_elsewhere_yields_nothing) {
    for_each_nat_with([](ServerRules& server) { server.wrong_source = WrongSourceRule::Always; },
                      [](const RunResult& result, MappingRule, FilteringRule) {
                          EXPECT_FALSE(result.outcome.mapping.known());
                          EXPECT_FALSE(result.outcome.filtering.known());
                      });
}

/// An error is an answer about the server: UDP gets through, and nothing else is known.
TEST(BadServer, that_answers_with_errors_yields_reachability_only) {
    for (const int code : {401, 500}) {
        for_each_nat_with([&](ServerRules& server) { server.error_code = code; },
                          [](const RunResult& result, MappingRule, FilteringRule) {
                              EXPECT_EQ(result.outcome.udp.value, UdpReachability::Reachable);
                              EXPECT_FALSE(result.outcome.mapping.known());
                              EXPECT_FALSE(result.outcome.filtering.known());
                          });
    }
}

/// RFC 5780 s7.5 makes RESPONSE-PORT optional: without it, behind an endpoint-dependent mapping,
/// nothing shows that the server honours CHANGE-REQUEST at all, so silence stays silence.
TEST(BadServer, without_response_port_leaves_silence_open_behind_dependent_mappings) {
    for (const ResponsePortRule rule : {ResponsePortRule::Ignored, ResponsePortRule::Rejected}) {
        for_each_nat_with(
            [&](ServerRules& server) { server.response_port = rule; },
            [](const RunResult& result, MappingRule mapping, FilteringRule filtering) {
                EXPECT_EQ(grade_mapping(result.outcome, mapping), Grade::Right);
                const Grade grade = grade_filtering(result.outcome, filtering);
                if (mapping == MappingRule::None || mapping == MappingRule::EndpointIndependent ||
                    filtering == FilteringRule::EndpointIndependent) {
                    EXPECT_EQ(grade, Grade::Right);
                } else {
                    EXPECT_TRUE(grade == Grade::Inconclusive || grade == Grade::Unsupported ||
                                grade == Grade::Right);
                }
            });
    }
}

/// P13: each of the three other addresses deaf, alone and together.
TEST(BadServer, with_deaf_addresses_never_misleads) {
    const std::vector<TransportAddress> all{kPA, kAP, kAA};
    for (unsigned mask = 1; mask < 8; ++mask) {
        for_each_nat_with(
            [&](ServerRules& server) {
                for (unsigned i = 0; i < 3; ++i) {
                    if ((mask >> i & 1U) != 0) server.deaf.push_back(all[i]);
                }
            },
            [](const RunResult&, MappingRule, FilteringRule) {});
    }
}

/// A second, good server makes good what the first cannot show.
TEST(BadServer, does_not_stop_a_good_one_from_being_used) {
    using Spoil = void (*)(ServerRules&);
    const Spoil spoils[] = {
        [](ServerRules& server) { server.state = ServerState::Silent; },
        [](ServerRules& server) { server.state = ServerState::PortClosed; },
        [](ServerRules& server) { server = plain_server(server.primary); },
        [](ServerRules& server) { server.change_request = ChangeRequestRule::Rejected; },
        [](ServerRules& server) { server.change_request = ChangeRequestRule::Ignored; },
        [](ServerRules& server) { server.other_address = OtherAddressRule::SameIp; },
        [](ServerRules& server) { server.other_address = OtherAddressRule::Private; },
        [](ServerRules& server) { server.origin = OriginRule::Lies; },
        [](ServerRules& server) { server.error_code = 500; },
        [](ServerRules& server) { server.sends_xor_mapped = false; },
    };
    int index = 0;
    for (const Spoil spoil : spoils) {
        for_each_nat([&](MappingRule mapping, FilteringRule filtering, std::uint64_t seed) {
            Scenario scenario = behind(mapping, filtering);
            ServerRules bad = rfc5780_server(at("45.33.50.1:3478"), at("45.33.50.2:3479"));
            spoil(bad);
            use_servers(scenario, {bad, rfc5780_server(kPP, kAA)});
            const RunResult result = run(scenario, seed);
            SCOPED_TRACE("fault " + std::to_string(index) + ", " + scenario.name + ", seed " +
                         std::to_string(seed) + ": " + describe(result.outcome));
            EXPECT_EQ(grade_mapping(result.outcome, mapping), Grade::Right);
            EXPECT_EQ(grade_filtering(result.outcome, filtering), Grade::Right);
        });
        ++index;
    }
}

/// T4, P11: libjuice #69, two names that lead to one address are one server.
TEST(FewServers, two_names_for_one_address_show_no_mapping) {
    for (const MappingRule mapping : kMappings) {
        Scenario scenario = behind(mapping, FilteringRule::EndpointIndependent);
        use_servers(scenario, {plain_server(kPlain1)});
        scenario.config.servers.push_back(scenario.config.servers.front());
        scenario.config.servers.back().name = "stun:other-name.example.org";
        const RunResult result = run(scenario);
        EXPECT_FALSE(result.outcome.mapping.known()) << describe(result.outcome);
        EXPECT_FALSE(result.outcome.filtering.known()) << describe(result.outcome);
    }
}

/// T4: two ports of one address vary the port only: an endpoint-independent mapping is not shown.
TEST(FewServers, two_ports_of_one_address_show_no_endpoint_independence) {
    for (const MappingRule mapping : kMappings) {
        Scenario scenario = behind(mapping, FilteringRule::EndpointIndependent);
        use_servers(scenario, {plain_server(kPlain1)});
        ServerTarget second = scenario.config.servers.front();
        second.address.port = 3479;
        scenario.config.servers.push_back(second);
        scenario.world.servers.front().alternate.port = 3479;  // it listens there too
        const RunResult result = run(scenario);
        const Grade grade = grade_mapping(result.outcome, mapping);
        EXPECT_TRUE(grade != Grade::Wrong && grade != Grade::Right)
            << to_string(mapping) << ": " << describe(result.outcome);
    }
}

/// P12: pear-desktop PR #4570, one answer is no verdict about mapping.
TEST(FewServers, one_plain_server_shows_translation_only) {
    for_each_nat([](MappingRule mapping, FilteringRule filtering, std::uint64_t seed) {
        Scenario scenario = behind(mapping, filtering);
        use_servers(scenario, {plain_server(kPlain1)});
        const RunResult result = run(scenario, seed);
        EXPECT_EQ(grade_translation(result.outcome, mapping), Grade::Right);
        EXPECT_FALSE(result.outcome.mapping.known()) << describe(result.outcome);
        EXPECT_EQ(result.outcome.filtering.verdict, VerdictKind::Unsupported);
    });
}

/// T5: two plain servers on distinct addresses tell an endpoint-independent mapping from a
/// dependent one and say nothing of filtering.
TEST(FewServers, two_plain_servers_show_mapping_as_far_as_they_can) {
    for_each_nat([](MappingRule mapping, FilteringRule filtering, std::uint64_t seed) {
        Scenario scenario = behind(mapping, filtering);
        use_servers(scenario, {plain_server(kPlain1), plain_server(kPlain2)});
        const RunResult result = run(scenario, seed);
        SCOPED_TRACE(scenario.name + ": " + describe(result.outcome));
        EXPECT_EQ(result.outcome.filtering.verdict, VerdictKind::Unsupported);
        const bool same = mapping == MappingRule::None || mapping == MappingRule::PortDependent ||
                          mapping == MappingRule::EndpointIndependent;
        EXPECT_EQ(result.outcome.mapping.value,
                  same ? Mapping::AddressIndependent : Mapping::EndpointDependent);
    });
}

/// T5 with other ports too: then the port was varied, and the same mapping is endpoint-independent.
TEST(FewServers, two_plain_servers_with_different_ports_show_endpoint_independence) {
    for_each_nat([](MappingRule mapping, FilteringRule filtering, std::uint64_t seed) {
        Scenario scenario = behind(mapping, filtering);
        use_servers(scenario, {plain_server(kPlain1), plain_server({kPlain2.ip, 19302})});
        const RunResult result = run(scenario, seed);
        const Grade grade = grade_mapping(result.outcome, mapping);
        EXPECT_TRUE(grade == Grade::Right || grade == Grade::Weaker)
            << scenario.name << ": " << describe(result.outcome);
    });
}

/// T5 when one of the two does not answer: P12 again.
TEST(FewServers, two_plain_servers_of_which_one_is_dead_show_no_mapping) {
    for_each_nat([](MappingRule mapping, FilteringRule filtering, std::uint64_t seed) {
        Scenario scenario = behind(mapping, filtering);
        use_servers(scenario, {plain_server(kPlain1), plain_server(kPlain2)});
        scenario.world.servers[seed % 2].state = ServerState::Silent;
        const RunResult result = run(scenario, seed);
        EXPECT_EQ(result.outcome.udp.value, UdpReachability::Reachable) << describe(result.outcome);
        EXPECT_FALSE(result.outcome.mapping.known()) << describe(result.outcome);
    });
}

}  // namespace
}  // namespace portolan::discovery::sim
