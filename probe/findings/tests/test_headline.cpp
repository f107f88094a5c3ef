#include <gtest/gtest.h>

#include <algorithm>

#include "probe/discovery/tests/matrix.hpp"
#include "probe/discovery/tests/scenario.hpp"
#include "probe/discovery/tests/sim_world.hpp"
#include "probe/findings/classification.hpp"
#include "probe/findings/headline.hpp"

// The one sentence that everybody reads: it may not say more than the verdicts below it.
namespace portolan::findings {
namespace {

using namespace discovery::sim;

discovery::Outcome outcome_of(const Scenario& scenario) {
    World world;
    world.reset(scenario.world, 1);
    world.add(scenario.config);
    world.run();
    return world.outcome();
}

bool has(const std::string& text, const std::string& word) {
    return text.find(word) != std::string::npos;
}

/// Leaves toward the alternate address of the server with an address of its own.
Scenario multihomed(FilteringRule filtering) {
    Scenario scenario = behind(MappingRule::None, filtering);
    scenario.world.host_ips.push_back(ip("81.2.70.20"));
    scenario.world.source_for = {{kAP.ip, ip("81.2.70.20")}};
    return scenario;
}

TEST(Headline, a_multihomed_host_is_told_of_no_nat_and_of_no_several_public_addresses) {
    for (const FilteringRule filtering : kFilterings) {
        const discovery::Outcome outcome = outcome_of(multihomed(filtering));
        const std::string headline = section_headline({outcome});
        SCOPED_TRACE(headline);
        EXPECT_TRUE(headline.starts_with("Calls will go directly"));
        EXPECT_FALSE(has(headline, "well-behaved NAT"));
        EXPECT_FALSE(has(headline, "several public addresses"));
        // A firewall is named where it was seen, and only there.
        if (!outcome.filtering.known()) {
            EXPECT_FALSE(has(headline, "firewall,"));
            EXPECT_TRUE(has(headline, "which is open"));
        }
    }
}

TEST(Headline, several_public_addresses_of_a_nat_are_told) {
    Scenario scenario =
        behind(MappingRule::EndpointIndependent, FilteringRule::AddressAndPortDependent);
    discovery::Outcome outcome = outcome_of(scenario);
    outcome.mapping.value.reset();
    outcome.mapping.verdict = discovery::VerdictKind::Inconclusive;
    outcome.mapping.reason = "public-address-varies";
    EXPECT_TRUE(has(section_headline({outcome}), "several public addresses"));
}

const std::string kOpenPath = "Calls will go directly: no NAT and no firewall in the way.";

TEST(Headline, sections_that_differ_are_named_and_none_hides_another) {
    Scenario blocked = behind(MappingRule::None, FilteringRule::Open);
    blocked.world.udp = UdpPolicy::Dropped;
    const discovery::Outcome silent = outcome_of(blocked);
    const discovery::Outcome open = outcome_of(behind(MappingRule::None, FilteringRule::Open));
    EXPECT_EQ(section_headline({open}), kOpenPath);
    const std::string both = report_headline({{"IPv4", {silent}}, {"IPv6", {open}}});
    EXPECT_TRUE(both.starts_with("IPv4: UDP is blocked")) << both;
    EXPECT_TRUE(both.ends_with(" IPv6: " + kOpenPath)) << both;
    EXPECT_EQ(report_headline({{"IPv4", {open}}, {"IPv6", {open}}}), kOpenPath);
    EXPECT_EQ(report_headline({{"IPv4", {open}}}), kOpenPath);
}

TEST(Headline, runs_that_differ_are_counted_and_the_answer_is_open) {
    const discovery::Outcome open = outcome_of(behind(MappingRule::None, FilteringRule::Open));
    const discovery::Outcome symmetric = outcome_of(
        behind(MappingRule::AddressAndPortDependent, FilteringRule::AddressAndPortDependent));
    const std::string headline = section_headline({open, symmetric, symmetric});
    EXPECT_TRUE(headline.starts_with("It is open how calls will go, for 3 runs disagree. 1 run: " +
                                     kOpenPath + " 2 runs: Calls will need a TURN relay"))
        << headline;
    EXPECT_EQ(section_headline({open, open}), kOpenPath);
}

TEST(Headline, a_run_that_stayed_open_contradicts_no_other) {
    Scenario dead = behind(MappingRule::None, FilteringRule::Open);
    dead.world.udp = UdpPolicy::Dropped;
    dead.world.servers.front().answers_streams = false;
    const discovery::Outcome unknown = outcome_of(dead);
    const discovery::Outcome open = outcome_of(behind(MappingRule::None, FilteringRule::Open));
    EXPECT_EQ(section_headline({unknown, open}), kOpenPath);
    EXPECT_TRUE(section_headline({unknown}).starts_with("It is open whether calls will work"));
}

TEST(Headline, servers_inside_promise_nothing_of_the_way_out) {
    discovery::Outcome outcome = outcome_of(behind(MappingRule::None, FilteringRule::Open));
    ASSERT_FALSE(outcome.servers.empty());
    for (discovery::ServerAudit& server : outcome.servers)
        server.address.ip = ip("192.168.1.3");
    EXPECT_TRUE(has(section_headline({outcome}), "this machine's own network was asked"));
    EXPECT_FALSE(has(section_headline({outcome}), "directly"));
    for (discovery::ServerAudit& server : outcome.servers)
        server.address.ip = ip("127.0.0.1");
    EXPECT_TRUE(has(section_headline({outcome}), "only a server on this machine was asked"));
}

TEST(Headline, a_server_inside_the_provider_promises_nothing_of_the_way_out) {
    discovery::Outcome outcome = outcome_of(behind(MappingRule::None, FilteringRule::Open));
    for (discovery::ServerAudit& server : outcome.servers)
        server.address.ip = ip("100.64.9.9");
    EXPECT_TRUE(has(section_headline({outcome}), "the provider's own network was asked"));
    EXPECT_FALSE(has(section_headline({outcome}), "directly"));
    EXPECT_EQ(only_asked_inside(outcome), "the provider's own network");
}

/// Exit code 3 follows from a finding that decides and stays open.
TEST(Headline, a_server_inside_leaves_the_run_open) {
    World world;
    Scenario scenario = behind(MappingRule::None, FilteringRule::Open);
    world.reset(scenario.world, 1);
    world.add(scenario.config);
    world.run();
    discovery::Outcome outcome = world.outcome();
    const auto decides_open = [&] {
        const Classification found = classify(world.ledger(), outcome, {"ipv4", "IPv4", true});
        return std::any_of(
            found.section.findings.begin(), found.section.findings.end(),
            [](const auto& finding) { return finding.decides && finding.verdict.is_open(); });
    };
    EXPECT_FALSE(decides_open());
    for (discovery::ServerAudit& server : outcome.servers)
        server.address.ip = ip("192.168.1.3");
    EXPECT_TRUE(decides_open());
    // The built-in one shows that the tool works, and is asked for nothing else.
    for (discovery::ServerAudit& server : outcome.servers)
        server.address.ip = ip("127.0.0.1");
    EXPECT_FALSE(decides_open());
}

TEST(Headline, servers_on_one_port_show_no_well_behaved_nat) {
    for (const MappingRule mapping :
         {MappingRule::EndpointIndependent, MappingRule::PortDependent}) {
        Scenario scenario = behind(mapping, FilteringRule::AddressAndPortDependent);
        use_servers(scenario, {plain_server(kPlain1), plain_server(kPlain2)});
        const std::string headline = section_headline({outcome_of(scenario)});
        EXPECT_FALSE(has(headline, "well-behaved")) << headline;
        EXPECT_TRUE(has(headline, "unless this NAT maps by port")) << headline;
    }
    Scenario own = behind(MappingRule::EndpointIndependent, FilteringRule::AddressAndPortDependent);
    EXPECT_TRUE(has(section_headline({outcome_of(own)}), "(a well-behaved NAT)"));
}

TEST(Headline, gives_the_answer_before_the_family_that_stayed_open) {
    Scenario dead = behind(MappingRule::None, FilteringRule::Open);
    dead.world.udp = UdpPolicy::Dropped;
    dead.world.servers.front().answers_streams = false;
    const discovery::Outcome unknown = outcome_of(dead);
    const discovery::Outcome open = outcome_of(behind(MappingRule::None, FilteringRule::Open));
    for (const bool dead_first : {false, true}) {
        std::vector<SectionRuns> sections = {{"IPv4", {open}}, {"IPv6", {unknown}}};
        if (dead_first) std::swap(sections.front(), sections.back());
        const std::string headline = report_headline(sections);
        EXPECT_TRUE(headline.starts_with("IPv4: " + kOpenPath +
                                         " Over IPv6: whether calls work "
                                         "there is open ("))
            << headline;
    }
}

TEST(Headline, tells_of_high_loss_and_of_no_other) {
    Scenario scenario =
        behind(MappingRule::EndpointIndependent, FilteringRule::AddressAndPortDependent);
    EXPECT_FALSE(has(section_headline({outcome_of(scenario)}), "plain requests got no answer"));
    scenario.world.link.loss = 0.25;
    const std::string headline = section_headline({outcome_of(scenario)});
    EXPECT_TRUE(has(headline, "plain requests got no answer")) << headline;
}

TEST(Headline, silence_is_called_blocked_only_beside_stun_that_is_answered) {
    Scenario scenario = behind(MappingRule::None, FilteringRule::Open);
    scenario.world.udp = UdpPolicy::Dropped;
    // One server cannot show that its own UDP works.
    EXPECT_TRUE(section_headline({outcome_of(scenario)}).starts_with("UDP is blocked, unless"));
    scenario.world.servers.front().answers_streams = false;
    EXPECT_FALSE(has(section_headline({outcome_of(scenario)}), "UDP is blocked"));
}

/// Silence was seen for as long as the run took, and at one server.
TEST(Headline, of_silence_hedges_what_was_not_seen) {
    Scenario scenario = behind(MappingRule::None, FilteringRule::Open);
    scenario.world.udp = UdpPolicy::Dropped;
    EXPECT_TRUE(has(section_headline({outcome_of(scenario)}), "longer than was waited"));
    use_servers(scenario, {plain_server(kPlain1), plain_server(kPlain2)});
    EXPECT_TRUE(has(section_headline({outcome_of(scenario)}), "this port alone"));
    scenario.world.udp = UdpPolicy::HostFirewall;
    use_servers(scenario, {plain_server(kPlain1)});
    EXPECT_TRUE(has(section_headline({outcome_of(scenario)}), "this server alone"));
}

TEST(Headline, of_a_blocked_port_says_that_udp_gets_through) {
    Scenario scenario = behind(MappingRule::None, FilteringRule::Open);
    scenario.world.udp = UdpPolicy::Dropped;
    scenario.world.udp_ports_exempt = {kAA.port};
    const std::string headline = section_headline({outcome_of(scenario)});
    EXPECT_TRUE(has(headline, "UDP gets through, but not to every port")) << headline;
    EXPECT_FALSE(has(headline, "UDP is blocked"));
}

TEST(Headline, without_an_outcome_nothing_is_claimed) {
    EXPECT_EQ(report_headline({}), "Nothing could be measured.");
}

}  // namespace
}  // namespace portolan::findings
