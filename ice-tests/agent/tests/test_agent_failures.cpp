#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ice-tests/agent/tests/call.hpp"
#include "probe/transport/clock.hpp"

namespace portolan::agent {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class AgentFailureTest : public Call {
  protected:
    void expect_failure(const Log& log, FailureCause cause) {
        ASSERT_THAT(log.failures, SizeIs(1));
        EXPECT_EQ(to_string(log.failures.front().cause), to_string(cause))
            << log.failures.front().message;
        EXPECT_FALSE(log.failures.front().message.empty());
        EXPECT_TRUE(log.has(State::Failed));
    }

    // Replaces a line of the descriptions.
    static Tamper replace(std::string prefix, std::string with) {
        return [prefix = std::move(prefix), with = std::move(with)](SignallingMessage& message) {
            const std::size_t at = message.text.find(prefix);
            if (at == std::string::npos) return;
            const std::size_t end = message.text.find("\r\n", at);
            message.text.replace(at, end - at, with);
        };
    }
};

TEST_F(AgentFailureTest, Wrong_ice_password_fails_the_checks) {
    make(loopback_options(true), loopback_options(false),
         replace("a=ice-pwd:", "a=ice-pwd:notThePasswordOfAnybody"));
    ASSERT_TRUE(offerer->start());
    ASSERT_TRUE(loop.until(
        [&] { return !offerer_log.failures.empty() && !answerer_log.failures.empty(); }));
    expect_failure(offerer_log, FailureCause::ChecksFailed);
    expect_failure(answerer_log, FailureCause::ChecksFailed);
    EXPECT_THAT(offerer_log.failures.front().message,
                HasSubstr("1 local candidate and 1 remote candidate"));
    EXPECT_FALSE(offerer->agent().selected_pair());
}

TEST_F(AgentFailureTest, Peer_that_does_not_answer_fails_the_checks) {
    AgentOptions options = loopback_options(true);
    auto made = Agent::create(loop.context(), options, offerer_log.handlers());
    ASSERT_TRUE(made);
    ASSERT_TRUE((*made)->start_gathering());
    ASSERT_TRUE((*made)->set_remote_description(
        {.ufrag = "nobody",
         .password = "nobodyIsHereAndNobodyWas",
         .candidates = {{.address = *TransportAddress::parse("127.0.0.1:9"), .foundation = "1"}}}));
    ASSERT_TRUE(loop.until([&] { return !offerer_log.failures.empty(); }));
    expect_failure(offerer_log, FailureCause::ChecksFailed);
}

// What wrong credentials and a dead server look like in libnice 0.1.21: no candidates, no error.
TEST_F(AgentFailureTest, Relay_only_without_an_allocation_has_no_local_candidates) {
    AgentOptions options = loopback_options(true);
    options.relay_only = true;
    options.turn_servers.push_back({.address = *TransportAddress::parse("127.0.0.1:9"),
                                    .username = "user",
                                    .password = cli::Secret("secret")});
    make(options, loopback_options(false));
    ASSERT_TRUE(offerer->start());
    ASSERT_TRUE(loop.until(
        [&] { return !offerer_log.failures.empty() && !answerer_log.failures.empty(); }));
    expect_failure(offerer_log, FailureCause::NoLocalCandidates);
    EXPECT_THAT(offerer_log.failures.front().message, HasSubstr("TURN"));
    EXPECT_THAT(offerer_log.failures.front().message, testing::Not(HasSubstr("secret")));
    expect_failure(answerer_log, FailureCause::NoRemoteCandidates);
}

TEST_F(AgentFailureTest, Udp_and_tcp_have_no_pair) {
    AgentOptions tcp = loopback_options(false);
    tcp.ice_tcp = true;
    tcp.ice_udp = false;
    make(loopback_options(true), tcp);
    ASSERT_TRUE(offerer->start());
    ASSERT_TRUE(loop.until(
        [&] { return !offerer_log.failures.empty() && !answerer_log.failures.empty(); }));
    expect_failure(offerer_log, FailureCause::NoCompatiblePair);
    expect_failure(answerer_log, FailureCause::NoCompatiblePair);
}

TEST_F(AgentFailureTest, Trickling_agent_waits_for_the_end_of_candidates) {
    AgentOptions options = loopback_options(true);
    options.trickle = true;
    auto made = Agent::create(loop.context(), options, offerer_log.handlers());
    ASSERT_TRUE(made);
    ASSERT_TRUE((*made)->start_gathering());
    ASSERT_TRUE((*made)->set_remote_description(
        {.ufrag = "nobody", .password = "nobodyIsHereAndNobodyWas", .trickle = true}));
    EXPECT_FALSE(
        loop.until([&] { return !offerer_log.failures.empty(); }, std::chrono::milliseconds(700)));
    ASSERT_TRUE((*made)->end_of_remote_candidates());
    ASSERT_TRUE(loop.until([&] { return !offerer_log.failures.empty(); }));
    expect_failure(offerer_log, FailureCause::NoRemoteCandidates);
}

// RFC 7675 s5.1; libnice 0.1.21 waits 10 s.
TEST_F(AgentFailureTest, Side_that_goes_silent_loses_consent) {
    AgentOptions a = loopback_options(true);
    AgentOptions b = loopback_options(false);
    a.consent_freshness = b.consent_freshness = true;
    make(a, b);
    connect();
    bool closed = false;
    // Without Bye: the sockets are gone, and nobody says so.
    answerer->agent().close([&] { closed = true; });
    const auto before = transport::GlibClock().now();
    ASSERT_TRUE(loop.until([&] { return !offerer_log.failures.empty(); }));
    EXPECT_TRUE(closed);
    expect_failure(offerer_log, FailureCause::ConsentLost);
    const auto lasted = transport::GlibClock().now() - before;
    EXPECT_GT(lasted, std::chrono::seconds(8));
    EXPECT_LT(lasted, std::chrono::seconds(12));
    EXPECT_THAT(answerer_log.failures, IsEmpty());
}

// RFC 7675 s5.2.
TEST_F(AgentFailureTest, Revoked_consent_is_lost_without_waiting_for_it_to_expire) {
    AgentOptions a = loopback_options(true);
    AgentOptions b = loopback_options(false);
    a.consent_freshness = b.consent_freshness = true;
    make(a, b);
    connect();
    ASSERT_TRUE(answerer->agent().revoke_consent());
    ASSERT_TRUE(loop.until([&] { return !offerer_log.failures.empty(); }));
    expect_failure(offerer_log, FailureCause::ConsentLost);
}

TEST_F(AgentFailureTest, Closed_tcp_connection_is_named) {
    AgentOptions a = loopback_options(true);
    AgentOptions b = loopback_options(false);
    for (AgentOptions* options : {&a, &b}) {
        options->ice_tcp = true;
        options->ice_udp = false;
    }
    make(a, b);
    connect();
    bool closed = false;
    answerer->agent().close([&] { closed = true; });
    ASSERT_TRUE(loop.until([&] { return !offerer_log.failures.empty(); }));
    EXPECT_TRUE(closed);
    expect_failure(offerer_log, FailureCause::ConnectionClosed);
}

TEST_F(AgentFailureTest, Hang_up_is_a_cause_of_its_own) {
    make(loopback_options(true), loopback_options(false));
    connect();
    bool closed = false;
    answerer->hang_up([&] { closed = true; });
    ASSERT_TRUE(loop.until([&] { return closed && !offerer_log.failures.empty(); }));
    expect_failure(offerer_log, FailureCause::PeerClosed);
    EXPECT_THAT(answerer_log.failures, IsEmpty());
}

TEST_F(AgentFailureTest, Local_address_of_somebody_else_cannot_be_gathered_on) {
    AgentOptions options = loopback_options(true);
    options.local_addresses = {*IpAddress::parse("192.0.2.1")};
    auto made = Agent::create(loop.context(), options, offerer_log.handlers());
    ASSERT_TRUE(made);
    const auto started = (*made)->start_gathering();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, "agent.gathering");
    EXPECT_EQ(started.error().culprit, Culprit::Environment);
}

TEST_F(AgentFailureTest, Family_that_is_off_is_not_used) {
    AgentOptions a = loopback_options(true);
    a.ipv6 = true;
    a.ipv4 = false;
    a.local_addresses = {*IpAddress::parse("::1")};
    make(a, loopback_options(false));
    ASSERT_TRUE(offerer->start());
    ASSERT_TRUE(loop.until(
        [&] { return !offerer_log.failures.empty() && !answerer_log.failures.empty(); }));
    expect_failure(offerer_log, FailureCause::NoRemoteCandidates);
    expect_failure(answerer_log, FailureCause::NoRemoteCandidates);
}

}  // namespace
}  // namespace portolan::agent
