#include <gtest/gtest.h>

#include <algorithm>

#include "probe/discovery/tests/run.hpp"

// The 35 cases of NatTypeTester's Stun5389NatBehaviorDiscoveryTest, with its addresses. Its tests
// hand replies to three separate tests; here each case is a world in which those replies would be
// seen, and one run has to say everything. The translation:
//
//   NatTypeTester                  here
//   BindingTest Success            udp reachable, translation known
//   BindingTest Fail               udp silent or no answer; mapping, filtering not known
//   BindingTest UnsupportedServer  udp reachable all the same; mapping, filtering unsupported or
//   not tested Mapping UnsupportedServer      mapping not known exactly; "address-independent" may
//   be said when two
//                                  addresses answered
//   Mapping Direct                 translation none
//   Mapping Fail                   mapping not wrong: not tested, inconclusive or
//   "endpoint-dependent" Mapping Unknown (not asked)    known: one run asks everything Filtering
//   UnsupportedServer    filtering unsupported Filtering Unknown (not asked)  known
namespace portolan::discovery::sim {
namespace {

const TransportAddress kServer = at("2.2.2.2:1919");
const TransportAddress kOther = at("3.3.3.3:23333");
const TransportAddress kOtherServerPort = at("3.3.3.3:1919");
const IpAddress kMapped = ip("1.1.1.1");

using Spoil = void (*)(ServerRules&);
using Grades = std::vector<Grade>;

const Grades kRight{Grade::Right};
const Grades kUnsupported{Grade::Unsupported};
const Grades kUnknown{Grade::Inconclusive, Grade::Unsupported, Grade::NotTested};
const Grades kNotExact{Grade::Inconclusive, Grade::Unsupported, Grade::NotTested, Grade::Weaker};
const Grades kNotWrong{Grade::Right, Grade::Inconclusive, Grade::Unsupported, Grade::NotTested,
                       Grade::Weaker};

void nothing(ServerRules&) {}
void silent(ServerRules& server) {
    server.state = ServerState::Silent;
}
void no_mapped(ServerRules& server) {
    server.sends_xor_mapped = server.sends_mapped = false;
}
void no_other(ServerRules& server) {
    server.other_address = OtherAddressRule::Absent;
}
void same_ip(ServerRules& server) {
    server.other_address = OtherAddressRule::SameIp;
}
void same_port(ServerRules& server) {
    server.other_address = OtherAddressRule::SamePort;
}
void test_ii_deaf(ServerRules& server) {
    server.deaf = {kOtherServerPort};
}
void test_ii_no_mapped(ServerRules& server) {
    server.without_mapped = {kOtherServerPort};
}
void test_iii_deaf(ServerRules& server) {
    server.deaf = {kOther};
}
void test_iii_no_mapped(ServerRules& server) {
    server.without_mapped = {kOther};
}
void change_ignored(ServerRules& server) {
    server.change_request = ChangeRequestRule::Ignored;
}
/// The port flag alone is answered from the address asked, both flags from elsewhere.
void port_change_ignored(ServerRules& server) {
    server.change_request = ChangeRequestRule::IgnoresPortFlag;
}

struct Case {
    const char* name;
    MappingRule mapping;
    FilteringRule filtering;
    Spoil spoil;
    bool reachable;
    Grades mapping_grades;
    Grades filtering_grades;
};

const Case kCases[] = {
    {"BindingTest_Success", kEim, kEif, nothing, true, kRight, kRight},
    {"BindingTest_Fail", kEim, kEif, silent, false, kUnknown, kUnknown},
    {"BindingTest_UnsupportedServer", kEim, kEif, no_mapped, true, kUnknown, kUnknown},

    {"Mapping_BindingFail", kAdm, kEif, silent, false, kUnknown, kUnknown},
    {"Mapping_UnsupportedServer_NoOtherAddress", kAdm, kEif, no_other, true, kNotExact,
     kUnsupported},
    {"Mapping_UnsupportedServer_SameIP", kAdm, kEif, same_ip, true, kNotExact, kUnsupported},
    {"Mapping_UnsupportedServer_SamePort", kAdm, kEif, same_port, true, kNotExact, kUnsupported},
    {"Mapping_Direct", MappingRule::None, kEif, nothing, true, kRight, kRight},
    {"Mapping_EndpointIndependent", kEim, kApdf, nothing, true, kRight, kRight},
    {"Mapping_AddressDependent", kAdm, kApdf, nothing, true, kRight, kRight},
    {"Mapping_AddressAndPortDependent", kApdm, kApdf, nothing, true, kRight, kRight},
    {"Mapping_Test2Fail", kEim, kApdf, test_ii_deaf, true, kNotWrong, kNotWrong},
    {"Mapping_Test2NoMapping", kEim, kApdf, test_ii_no_mapped, true, kNotWrong, kNotWrong},
    {"Mapping_Test3Fail", kAdm, kApdf, test_iii_deaf, true, kNotExact, kNotWrong},
    {"Mapping_Test3NoMapping", kAdm, kApdf, test_iii_no_mapped, true, kNotExact, kNotWrong},

    {"Filtering_BindingFail", kEim, kAdf, silent, false, kUnknown, kUnknown},
    {"Filtering_UnsupportedServer_NoOtherAddress", kEim, kAdf, no_other, true, kNotExact,
     kUnsupported},
    {"Filtering_UnsupportedServer_SameIP", kEim, kAdf, same_ip, true, kNotExact, kUnsupported},
    {"Filtering_UnsupportedServer_SamePort", kEim, kAdf, same_port, true, kNotExact, kUnsupported},
    {"Filtering_EndpointIndependent", kAdm, kEif, nothing, true, kRight, kRight},
    {"Filtering_Test2UnsupportedServer", kAdm, kEif, change_ignored, true, kRight, kUnsupported},
    {"Filtering_AddressAndPortDependent", kEim, kApdf, nothing, true, kRight, kRight},
    {"Filtering_AddressDependent", kEim, kAdf, nothing, true, kRight, kRight},
    {"Filtering_Test3UnsupportedServer", kEim, kAdf, port_change_ignored, true, kRight,
     kUnsupported},

    {"Query_BindingFail", kEim, kApdf, silent, false, kUnknown, kUnknown},
    {"Query_BindingUnsupportedServer", kEim, kApdf, no_mapped, true, kUnknown, kUnknown},
    {"Query_UnsupportedServer", kEim, kApdf, no_other, true, kNotExact, kUnsupported},
    {"Query_Direct_FilteringAddressAndPortDependent", MappingRule::None, kApdf, nothing, true,
     kRight, kRight},
    {"Query_EndpointIndependent_FilteringAddressAndPortDependent", kEim, kApdf, nothing, true,
     kRight, kRight},
    {"Query_AddressAndPortDependent_FilteringAddressAndPortDependent", kApdm, kApdf, nothing, true,
     kRight, kRight},
    {"Query_AddressDependent_FilteringEndpointIndependent", kAdm, kEif, nothing, true, kRight,
     kRight},
    {"Query_MappingTest2Fail_FilteringAddressDependent", kApdm, kAdf, test_ii_deaf, true, kNotWrong,
     kNotWrong},
    {"Query_MappingTest3Fail_FilteringAddressAndPortDependent", kApdm, kApdf, test_iii_deaf, true,
     kNotWrong, kNotWrong},
    {"Query_FilteringTest2UnsupportedServer_SkipMapping", kEim, kApdf, change_ignored, true,
     kNotWrong, kUnsupported},
    {"Query_FilteringTest3UnsupportedServer_SkipMapping", kEim, kApdf, port_change_ignored, true,
     kNotWrong, kUnsupported},
};

class NatTypeTesterCases : public ::testing::TestWithParam<Case> {};

TEST_P(NatTypeTesterCases, say_what_the_table_says) {
    const Case& wanted = GetParam();
    Scenario scenario = behind(wanted.mapping, wanted.filtering);
    scenario.name = wanted.name;
    if (wanted.mapping != MappingRule::None) {
        scenario.world.nats.front().public_ips = {kMapped};
    }
    scenario.config.mapping_port = 114;
    ServerRules server = rfc5780_server(kServer, kOther);
    wanted.spoil(server);
    use_servers(scenario, {server});
    for (const std::uint64_t seed : {1, 2, 3}) {
        const RunResult result = run(scenario, seed);
        const auto among = [](const Grades& grades, Grade grade) {
            return std::find(grades.begin(), grades.end(), grade) != grades.end();
        };
        const Grade mapping = grade_mapping(result.outcome, wanted.mapping);
        const Grade filtering = grade_filtering(result.outcome, wanted.filtering);
        EXPECT_TRUE(among(wanted.mapping_grades, mapping))
            << "mapping is " << to_string(mapping) << ": " << describe(result.outcome);
        EXPECT_TRUE(among(wanted.filtering_grades, filtering))
            << "filtering is " << to_string(filtering) << ": " << describe(result.outcome);
        EXPECT_EQ(result.outcome.udp.value == UdpReachability::Reachable, wanted.reachable)
            << describe(result.outcome);
        if (wanted.reachable && wanted.spoil != no_mapped) {
            EXPECT_EQ(grade_translation(result.outcome, wanted.mapping), Grade::Right);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(All, NatTypeTesterCases, ::testing::ValuesIn(kCases),
                         [](const auto& row) { return std::string(row.param.name); });

static_assert(std::size(kCases) == 35);

}  // namespace
}  // namespace portolan::discovery::sim
