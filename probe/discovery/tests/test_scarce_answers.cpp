#include <gtest/gtest.h>

#include <algorithm>

#include "probe/discovery/tests/run.hpp"

// Servers that answer seldom, late, or no longer; hosts that send from several addresses.
namespace portolan::discovery::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

bool has(const std::string& text, const std::string& word) {
    return text.find(word) != std::string::npos;
}

std::size_t most_copies(const Ledger& ledger) {
    std::size_t most = 0;
    for (const Probe& probe : ledger.probes)
        most = std::max(most, probe.sent.size());
    return most;
}

Scenario limited(double per_second) {
    Scenario scenario = behind(kEim, kApdf);
    ServerRules server = rfc5780_server(kPP, kAA);
    server.requests_per_second = per_second;
    server.burst = 5;
    use_servers(scenario, {server});
    return scenario;
}

TEST(ScarceAnswers, a_server_that_limits_them_is_not_hammered_and_shows_the_mapping) {
    const RunResult result = run(limited(10));
    EXPECT_EQ(result.outcome.mapping.value, Mapping::EndpointIndependent)
        << describe(result.outcome);
    EXPECT_LE(most_copies(result.ledger), 60U);
    EXPECT_LE(result.trace.packets_sent, 300);
    EXPECT_FALSE(result.ledger.cut_off);
    EXPECT_LT(result.elapsed, seconds(9));
    EXPECT_FALSE(result.outcome.filtering.known());
    EXPECT_TRUE(has(result.outcome.filtering.sentence, "limits")) << describe(result.outcome);
}

TEST(ScarceAnswers, a_server_that_goes_down_is_said_to_have_fallen_silent) {
    Scenario scenario = behind(kEim, kApdf);
    scenario.world.outages = {{milliseconds(60), seconds(60)}};
    const RunResult result = run(scenario);
    ASSERT_EQ(result.outcome.servers.size(), 1U);
    EXPECT_TRUE(result.outcome.servers[0].fell_silent) << describe(result.outcome);
    EXPECT_LE(most_copies(result.ledger), 60U);
    EXPECT_FALSE(result.outcome.filtering.known());
    EXPECT_TRUE(has(result.outcome.filtering.sentence, "no more")) << describe(result.outcome);
    EXPECT_EQ(result.outcome.mapping.reason, "server-fell-silent") << describe(result.outcome);
    EXPECT_FALSE(run(behind(kEim, kApdf)).outcome.servers[0].fell_silent);
}

TEST(ScarceAnswers, the_slow_other_address_of_a_server_is_waited_for) {
    Scenario scenario = behind(kEim, kApdf);
    scenario.world.paths = {{kAA.ip, {.rtt = milliseconds(800)}}};
    const RunResult result = run(scenario);
    EXPECT_EQ(result.outcome.mapping.value, Mapping::EndpointIndependent)
        << describe(result.outcome);
}

TEST(ScarceAnswers, an_unanswered_change_request_is_said_with_its_alternatives) {
    Scenario scenario = behind(kEim, kApdf);
    ServerRules server = rfc5780_server(kPP, kAA);
    server.change_request = ChangeRequestRule::Dropped;
    use_servers(scenario, {server});
    const Outcome outcome = run(scenario).outcome;
    EXPECT_EQ(outcome.filtering.reason, "change-request-not-honoured") << describe(outcome);
    EXPECT_TRUE(has(outcome.filtering.sentence, "takes longer for it than the"));
}

TEST(ScarceAnswers, several_local_addresses_are_laid_to_this_hosts_routing) {
    Scenario scenario = behind(kEim, kApdf);
    scenario.world.host_ips.push_back(ip("10.8.0.2"));
    scenario.world.source_for = {{kAP.ip, ip("10.8.0.2")}};
    scenario.world.nats[0].public_ips.push_back(kSecondPublicIp);
    scenario.world.nats[0].pool = PoolRule::ByDestination;
    const Outcome outcome = run(scenario).outcome;
    EXPECT_EQ(outcome.mapping.reason, "local-address-varies") << describe(outcome);
    EXPECT_TRUE(has(outcome.mapping.sentence, "10.8.0.2 toward " + kAP.ip.to_string()))
        << outcome.mapping.sentence;
    // Without that it is the network's doing.
    scenario.world.source_for.clear();
    EXPECT_EQ(run(scenario).outcome.mapping.reason, "public-address-varies");
}

}  // namespace
}  // namespace portolan::discovery::sim
