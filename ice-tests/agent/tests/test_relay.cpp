#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ice-tests/agent/tests/call.hpp"
#include "ice-tests/server/turn_server.hpp"
#include "probe/transport/clock.hpp"

namespace portolan::agent {
namespace {

using testing::Each;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

/// Calls over the embedded TURN server.
class RelayTest : public Call {
  protected:
    void SetUp() override {
        server::TurnServerOptions options;
        options.addresses = {*IpAddress::parse("127.0.0.1")};
        options.users.push_back({.name = "user", .password = cli::Secret("right-word")});
        auto started =
            server::TurnServer::start(loop.context(), clock, transport::Random(1), options);
        ASSERT_TRUE(started) << started.error().message;
        turn = std::move(*started);
    }

    AgentOptions relayed(bool controlling, TurnServerRef::Transport transport,
                         const char* password = "right-word") {
        AgentOptions options = loopback_options(controlling);
        options.relay_only = true;
        options.turn_servers.push_back({.address = turn->endpoints().front(),
                                        .transport = transport,
                                        .username = "user",
                                        .password = cli::Secret(password)});
        return options;
    }

    void expect_relayed_call(TurnServerRef::Transport transport) {
        make(relayed(true, transport), relayed(false, transport));
        connect();
        EXPECT_THAT(offerer_log.candidates, Each(Field(&Candidate::type, CandidateType::Relayed)));
        ASSERT_TRUE(offerer->agent().selected_pair());
        EXPECT_EQ(offerer->agent().selected_pair()->local.type, CandidateType::Relayed);
        expect_exchange();
        EXPECT_EQ(turn->statistics().allocation_count, 2U);
        TearDown();
        // RFC 8656 s8: closing gives the allocations back.
        EXPECT_EQ(turn->statistics().allocation_count, 0U);
    }

    transport::GlibClock clock;
    std::unique_ptr<server::TurnServer> turn;
};

TEST_F(RelayTest, Relay_only_agents_meet_over_udp_allocations) {
    expect_relayed_call(TurnServerRef::Transport::Udp);
}

TEST_F(RelayTest, Relay_only_agents_meet_over_allocations_made_by_tcp) {
    expect_relayed_call(TurnServerRef::Transport::Tcp);
}

TEST_F(RelayTest, Server_reflexive_address_comes_from_the_stun_server) {
    AgentOptions options = loopback_options(true);
    options.stun_server = turn->endpoints().front();
    make(options, loopback_options(false));
    connect();
    // On loopback it equals the host candidate, which RFC 8445 s5.1.3 leaves.
    EXPECT_THAT(offerer_log.candidates, SizeIs(1));
    expect_exchange();
}

// libnice says nothing about a 401: the agent names what is left.
TEST_F(RelayTest, Wrong_turn_password_fails_for_want_of_candidates) {
    make(relayed(true, TurnServerRef::Transport::Udp, "wrong-word"),
         relayed(false, TurnServerRef::Transport::Udp));
    ASSERT_TRUE(offerer->start());
    ASSERT_TRUE(loop.until([&] { return !offerer_log.failures.empty(); }));
    EXPECT_EQ(offerer_log.failures.front().cause, FailureCause::NoLocalCandidates);
    EXPECT_THAT(offerer_log.failures.front().message, HasSubstr("credentials"));
    EXPECT_THAT(offerer_log.failures.front().message, Not(HasSubstr("wrong-word")));
    EXPECT_THAT(offerer_log.candidates, IsEmpty());
}

TEST_F(RelayTest, Agent_that_is_dropped_gives_its_allocation_back) {
    auto made = Agent::create(loop.context(), relayed(true, TurnServerRef::Transport::Udp),
                              offerer_log.handlers());
    ASSERT_TRUE(made);
    ASSERT_TRUE((*made)->start_gathering());
    ASSERT_TRUE(loop.until([&] { return (*made)->is_gathering_done(); }));
    EXPECT_EQ(turn->statistics().allocation_count, 1U);
    made->reset();
    EXPECT_TRUE(loop.until([&] { return turn->statistics().allocation_count == 0; }));
    loop.settle();
}

}  // namespace
}  // namespace portolan::agent
