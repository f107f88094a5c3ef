#include <gio/gio.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>

#include "ice-tests/agent/tests/call.hpp"

namespace portolan::agent {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

class AgentTest : public Call {};

TEST_F(AgentTest, Gathering_on_loopback_finds_one_udp_host_candidate) {
    auto made = Agent::create(loop.context(), loopback_options(true), offerer_log.handlers());
    ASSERT_TRUE(made);
    Agent& agent = **made;
    EXPECT_EQ(agent.state(), State::New);
    ASSERT_TRUE(agent.start_gathering());
    EXPECT_THAT(offerer_log.candidates, IsEmpty()) << "called back from within the call";
    ASSERT_TRUE(loop.until([&] { return agent.is_gathering_done(); }));
    loop.settle();
    ASSERT_THAT(offerer_log.candidates, SizeIs(1));
    EXPECT_EQ(offerer_log.gathering_done_count, 1);
    const Candidate& found = offerer_log.candidates.front();
    EXPECT_EQ(found.type, CandidateType::Host);
    EXPECT_EQ(found.transport, CandidateTransport::Udp);
    EXPECT_EQ(found.address.ip.to_string(), "127.0.0.1");
    EXPECT_NE(found.address.port, 0);
    EXPECT_FALSE(found.related);
    EXPECT_EQ(found.component, 1U);
    // RFC 8445 s5.1.2.2: the type preference of host candidates is 126 in the upper bits.
    EXPECT_GT(found.priority >> 24U, 0U);
    EXPECT_EQ(agent.local_candidates(), offerer_log.candidates);
    const Description local = agent.local_description();
    EXPECT_EQ(local.candidates, offerer_log.candidates);
    EXPECT_TRUE(is_ice_ufrag(local.ufrag));
    EXPECT_TRUE(is_ice_password(local.password));
    EXPECT_TRUE(local.end_of_candidates);

    bool closed = false;
    agent.close([&] { closed = true; });
    ASSERT_TRUE(loop.until([&] { return closed; }));
}

TEST_F(AgentTest, Two_agents_without_trickle_connect_and_exchange_data) {
    make(loopback_options(true), loopback_options(false));
    connect();
    ASSERT_TRUE(offerer->agent().selected_pair());
    ASSERT_TRUE(answerer->agent().selected_pair());
    const CandidatePair ours = *offerer->agent().selected_pair();
    const CandidatePair theirs = *answerer->agent().selected_pair();
    EXPECT_EQ(ours.local.address, theirs.remote.address);
    EXPECT_EQ(ours.remote.address, theirs.local.address);
    EXPECT_EQ(ours.local.type, CandidateType::Host);
    // Without trickling the descriptions say everything.
    EXPECT_THAT(messages, SizeIs(2));
    EXPECT_THAT(offerer->remote_description()->candidates, SizeIs(1));
    expect_exchange();
    EXPECT_THAT(offerer_log.failures, IsEmpty());
    EXPECT_THAT(offerer_log.errors, IsEmpty());
    EXPECT_THAT(answerer_log.errors, IsEmpty());
    EXPECT_TRUE(offerer_log.has(State::Connecting));
    EXPECT_TRUE(offerer_log.has(State::Ready));
}

TEST_F(AgentTest, Trickling_agents_send_candidates_after_their_descriptions) {
    AgentOptions a = loopback_options(true);
    AgentOptions b = loopback_options(false);
    a.trickle = b.trickle = true;
    make(a, b);
    connect();
    ASSERT_GE(messages.size(), 6U);
    EXPECT_EQ(messages.front().kind, SignallingMessage::Kind::Offer);
    const auto offer = Description::parse(messages.front().text);
    ASSERT_TRUE(offer);
    EXPECT_TRUE(offer->trickle);
    EXPECT_FALSE(offer->end_of_candidates);
    EXPECT_THAT(offer->candidates, IsEmpty());
    for (const auto kind :
         {SignallingMessage::Kind::Candidate, SignallingMessage::Kind::EndOfCandidates}) {
        EXPECT_EQ(std::count_if(messages.begin(), messages.end(),
                                [&](const auto& message) { return message.kind == kind; }),
                  2)
            << to_string(kind);
    }
    expect_exchange();
}

TEST_F(AgentTest, Offerer_may_be_the_controlled_one) {
    make(loopback_options(false), loopback_options(true));
    connect();
    expect_exchange();
}

// RFC 8445 s7.3.1.1: the tie-breakers settle who controls.
TEST_F(AgentTest, Role_conflict_is_settled_by_the_agents) {
    for (const bool role : {true, false}) {
        make(loopback_options(role), loopback_options(role));
        connect();
        expect_exchange();
        TearDown();
        offerer.reset();
        answerer.reset();
    }
}

TEST_F(AgentTest, Aggressive_nomination_connects_too_and_says_so) {
    AgentOptions a = loopback_options(true);
    AgentOptions b = loopback_options(false);
    a.regular_nomination = b.regular_nomination = false;
    make(a, b);
    connect();
    EXPECT_FALSE(offerer->remote_description()->ice2);
    expect_exchange();
}

TEST_F(AgentTest, Ice_tcp_alone_connects_over_tcp) {
    AgentOptions a = loopback_options(true);
    AgentOptions b = loopback_options(false);
    for (AgentOptions* options : {&a, &b}) {
        options->ice_tcp = true;
        options->ice_udp = false;
    }
    make(a, b);
    connect();
    EXPECT_THAT(offerer_log.candidates,
                Each(Field(&Candidate::transport, testing::Ne(CandidateTransport::Udp))));
    const CandidatePair pair = *offerer->agent().selected_pair();
    EXPECT_NE(pair.local.transport, CandidateTransport::Udp);
    EXPECT_NE(pair.remote.transport, CandidateTransport::Udp);
    expect_exchange();
}

TEST_F(AgentTest, Restart_makes_new_credentials_and_connects_again) {
    AgentOptions a = loopback_options(true);
    AgentOptions b = loopback_options(false);
    for (const bool trickle : {false, true}) {
        a.trickle = b.trickle = trickle;
        make(a, b);
        connect();
        const Description before = offerer->agent().local_description();
        const Description answer_before = answerer->agent().local_description();
        const std::size_t pairs_before = offerer_log.pairs.size();

        ASSERT_TRUE(offerer->restart());
        const Description after = offerer->agent().local_description();
        EXPECT_NE(after.ufrag, before.ufrag);
        EXPECT_NE(after.password, before.password);
        EXPECT_EQ(after.session_id, before.session_id);
        EXPECT_EQ(after.session_version, before.session_version + 1);
        // RFC 8445 s9: data goes on over the old pair.
        EXPECT_TRUE(offerer->agent().send(bytes_of("meanwhile")));
        ASSERT_TRUE(loop.until([&] {
            return offerer_log.pairs.size() > pairs_before && both_are(State::Ready) &&
                   offerer->remote_description()->ufrag != answer_before.ufrag;
        }));
        EXPECT_THAT(answerer_log.received, Contains("meanwhile"));
        expect_exchange();
        TearDown();
        offerer.reset();
        answerer.reset();
    }
    EXPECT_THAT(offerer_log.failures, IsEmpty());
    EXPECT_THAT(answerer_log.failures, IsEmpty());
}

TEST_F(AgentTest, Answerer_may_restart) {
    make(loopback_options(true), loopback_options(false));
    connect();
    const std::string before = offerer->agent().local_description().ufrag;
    const std::size_t pairs_before = answerer_log.pairs.size();
    ASSERT_TRUE(answerer->restart());
    ASSERT_TRUE(loop.until(
        [&] { return answerer_log.pairs.size() > pairs_before && both_are(State::Ready); }));
    EXPECT_NE(offerer->agent().local_description().ufrag, before);
    expect_exchange();
}

TEST_F(AgentTest, Restarts_from_both_sides_at_once_end_with_one_exchange) {
    make(loopback_options(true), loopback_options(false));
    connect();
    const std::size_t pairs_before = answerer_log.pairs.size();
    ASSERT_TRUE(answerer->restart());
    ASSERT_TRUE(offerer->restart());
    ASSERT_TRUE(loop.until(
        [&] { return answerer_log.pairs.size() > pairs_before && both_are(State::Ready); }));
    EXPECT_THAT(offerer_log.errors, IsEmpty());
    EXPECT_THAT(answerer_log.errors, IsEmpty());
    expect_exchange();
}

// A component for both worlds: a thread would live outside virtual time.
TEST_F(AgentTest, Whole_call_starts_no_thread) {
    const auto threads = [] {
        const std::filesystem::directory_iterator tasks("/proc/self/task");
        return std::distance(begin(tasks), end(tasks));
    };
    // GLib starts an idle thread of its own with the first asynchronous task of a process.
    g_type_ensure(G_TYPE_TASK);
    const auto before = threads();
    AgentOptions a = loopback_options(true);
    AgentOptions b = loopback_options(false);
    for (AgentOptions* options : {&a, &b}) {
        options->trickle = options->ice_tcp = options->consent_freshness = true;
        options->stun_server = TransportAddress::parse("127.0.0.1:9");
        options->turn_servers.push_back({.address = *TransportAddress::parse("127.0.0.1:9"),
                                         .username = "user",
                                         .password = cli::Secret("secret")});
    }
    make(a, b);
    connect();
    expect_exchange();
    EXPECT_EQ(threads(), before);
}

TEST_F(AgentTest, Agent_may_go_inside_its_own_callback) {
    std::unique_ptr<Agent> agent;
    int calls = 0;
    auto made = Agent::create(loop.context(), loopback_options(true),
                              {.on_candidate = [&](const Candidate&) {
                                  ++calls;
                                  agent.reset();
                              }});
    ASSERT_TRUE(made);
    agent = std::move(*made);
    ASSERT_TRUE(agent->start_gathering());
    ASSERT_TRUE(loop.until([&] { return calls == 1; }));
    loop.settle();
    EXPECT_EQ(calls, 1);
}

TEST_F(AgentTest, Calls_in_the_wrong_order_are_refused) {
    auto made = Agent::create(loop.context(), loopback_options(true), offerer_log.handlers());
    ASSERT_TRUE(made);
    Agent& agent = **made;
    EXPECT_EQ(agent.send(bytes_of("x")).error().code, "agent.not-connected");
    EXPECT_EQ(agent.add_remote_candidate({}).error().code, "agent.order");
    EXPECT_EQ(agent.end_of_remote_candidates().error().code, "agent.order");
    EXPECT_EQ(agent.revoke_consent().error().code, "agent.order");
    EXPECT_EQ(agent.set_remote_description({.ufrag = "abc", .password = "short"}).error().code,
              "agent.credentials");
    ASSERT_TRUE(agent.start_gathering());
    EXPECT_EQ(agent.start_gathering().error().code, "agent.order");
    int closed = 0;
    agent.close([&] { ++closed; });
    agent.close([&] { ++closed; });
    EXPECT_EQ(agent.restart().error().code, "agent.order");
    EXPECT_EQ(agent.send(bytes_of("x")).error().code, "agent.order");
    ASSERT_TRUE(loop.until([&] { return closed == 2; }));
    EXPECT_EQ(agent.state(), State::Closed);
    EXPECT_EQ(offerer_log.states.back(), State::Closed);
    agent.close([&] { ++closed; });
    EXPECT_EQ(closed, 2) << "called back from within the call";
    ASSERT_TRUE(loop.until([&] { return closed == 3; }));
    EXPECT_THAT(agent.local_candidates(), IsEmpty());
    EXPECT_EQ(agent.local_description().ufrag, "");
}

}  // namespace
}  // namespace portolan::agent
