#include <gtest/gtest.h>

#include "probe/discovery/tests/matrix.hpp"
#include "probe/discovery/tests/run.hpp"

// The table of stuntman's testcode/testclientlogic.cpp: four mappings by three filterings, with its
// addresses.
namespace portolan::discovery::sim {
namespace {

const TransportAddress kServerPP = at("170.170.170.170:1001");
const TransportAddress kServerAA = at("187.187.187.187:1002");
const TransportAddress kLocal = at("51.51.51.51:7000");
const TransportAddress kMapped = at("34.34.34.34:6000");

constexpr std::array kStuntmanMappings{MappingRule::None, MappingRule::EndpointIndependent,
                                       MappingRule::AddressDependent,
                                       MappingRule::AddressAndPortDependent};

Scenario stuntman(MappingRule mapping, FilteringRule filtering) {
    Scenario scenario = behind(mapping, filtering);
    scenario.world.host_ips = {kLocal.ip};
    scenario.config.route_local_ip = kLocal.ip;
    scenario.config.mapping_port = kLocal.port;
    NatRules& nat = scenario.world.nats.front();
    if (mapping != MappingRule::None) nat.public_ips = {kMapped.ip};
    nat.ports = PortRule::Sequential;
    nat.first_port = kMapped.port;
    use_servers(scenario, {rfc5780_server(kServerPP, kServerAA)});
    return scenario;
}

class StuntmanTable : public ::testing::TestWithParam<std::tuple<MappingRule, FilteringRule>> {};

/// stuntman TestAllCombinations: each of the twelve is reported exactly.
TEST_P(StuntmanTable, is_reported_exactly) {
    const auto [mapping, filtering] = GetParam();
    const RunResult result = run(stuntman(mapping, filtering));
    EXPECT_EQ(grade_mapping(result.outcome, mapping), Grade::Right) << describe(result.outcome);
    EXPECT_EQ(grade_filtering(result.outcome, filtering), Grade::Right) << describe(result.outcome);
    EXPECT_EQ(grade_translation(result.outcome, mapping), Grade::Right);
    EXPECT_EQ(result.outcome.udp.value, UdpReachability::Reachable);
    ASSERT_TRUE(result.outcome.local);
    EXPECT_EQ(*result.outcome.local, kLocal);
    ASSERT_TRUE(result.outcome.mapped);
    EXPECT_EQ(result.outcome.mapped->ip, mapping == MappingRule::None ? kLocal.ip : kMapped.ip);
}

INSTANTIATE_TEST_SUITE_P(All, StuntmanTable,
                         ::testing::Combine(::testing::ValuesIn(kStuntmanMappings),
                                            ::testing::ValuesIn(kFilterings)),
                         [](const auto& row) {
                             return std::string(to_string(std::get<0>(row.param))) + "_" +
                                    std::string(to_string(std::get<1>(row.param)));
                         });

class StuntmanMappingOnly : public ::testing::TestWithParam<MappingRule> {};

/// stuntman's four mapping-only runs: mapping stands alone when the server cannot show filtering.
TEST_P(StuntmanMappingOnly, needs_no_change_request) {
    for (const FilteringRule filtering : kFilterings) {
        Scenario scenario = stuntman(GetParam(), filtering);
        scenario.world.servers.front().change_request = ChangeRequestRule::Rejected;
        const RunResult result = run(scenario);
        EXPECT_EQ(grade_mapping(result.outcome, GetParam()), Grade::Right)
            << describe(result.outcome);
        EXPECT_EQ(result.outcome.filtering.verdict, VerdictKind::Unsupported)
            << describe(result.outcome);
    }
}

INSTANTIATE_TEST_SUITE_P(All, StuntmanMappingOnly, ::testing::ValuesIn(kStuntmanMappings),
                         [](const auto& row) { return std::string(to_string(row.param)); });

class StuntmanFilteringOnly : public ::testing::TestWithParam<FilteringRule> {};

/// stuntman's three filtering-only runs: the filtering verdict is the same whatever the mapping.
TEST_P(StuntmanFilteringOnly, does_not_depend_on_the_mapping) {
    for (const MappingRule mapping : kMappings) {
        const RunResult result = run(stuntman(mapping, GetParam()));
        EXPECT_EQ(grade_filtering(result.outcome, GetParam()), Grade::Right)
            << to_string(mapping) << ": " << describe(result.outcome);
    }
}

INSTANTIATE_TEST_SUITE_P(All, StuntmanFilteringOnly, ::testing::ValuesIn(kFilterings),
                         [](const auto& row) { return std::string(to_string(row.param)); });

}  // namespace
}  // namespace portolan::discovery::sim
