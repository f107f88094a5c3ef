#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ice-tests/agent/tests/call.hpp"
#include "probe/transport/clock.hpp"

namespace portolan::agent {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using Kind = SignallingMessage::Kind;

class NegotiationTest : public Call {};

TEST_F(NegotiationTest, Answerer_does_not_start) {
    make(loopback_options(true), loopback_options(false));
    EXPECT_EQ(answerer->start().error().code, "negotiation.role");
    EXPECT_EQ(offerer->restart().error().code, "negotiation.order");
    ASSERT_TRUE(offerer->start());
    EXPECT_EQ(offerer->start().error().code, "negotiation.order");
    EXPECT_EQ(offerer->restart().error().code, "negotiation.order");
    ASSERT_TRUE(loop.until([&] { return both_are(State::Ready); }));
}

TEST_F(NegotiationTest, Bad_messages_are_reported_and_the_call_goes_on) {
    make(loopback_options(true), loopback_options(false));
    answerer->receive({.kind = Kind::Offer, .text = "v=1", .ufrag = {}});
    ASSERT_THAT(answerer_log.errors, SizeIs(1));
    EXPECT_EQ(answerer_log.errors.back().code, "description.syntax");
    offerer->receive({.kind = Kind::Answer, .text = "v=0", .ufrag = {}});
    ASSERT_THAT(offerer_log.errors, SizeIs(1));
    EXPECT_EQ(offerer_log.errors.back().code, "negotiation.order");
    connect();
    offerer->receive({.kind = Kind::Candidate,
                      .text = "candidate:nothing",
                      .ufrag = offerer->remote_description()->ufrag});
    ASSERT_THAT(offerer_log.errors, SizeIs(2));
    EXPECT_EQ(offerer_log.errors.back().code, "candidate.syntax");
    expect_exchange();
}

// Signalling that is not ordered: RFC 8838 s9 has candidates say which generation they are of.
TEST_F(NegotiationTest, Candidates_before_their_description_are_kept) {
    AgentOptions a = loopback_options(true);
    AgentOptions b = loopback_options(false);
    a.trickle = b.trickle = true;
    std::vector<SignallingMessage> from_offerer;
    offerer = make_side(Negotiation::Role::Offerer, a, offerer_log,
                        [&](const SignallingMessage& message) { from_offerer.push_back(message); });
    answerer = make_side(Negotiation::Role::Answerer, b, answerer_log, link.toward_offerer());
    link.connect(*offerer, *answerer);
    ASSERT_TRUE(offerer->start());
    ASSERT_TRUE(loop.until([&] { return from_offerer.size() == 3; }));
    EXPECT_EQ(from_offerer[0].kind, Kind::Offer);
    EXPECT_EQ(from_offerer[1].kind, Kind::Candidate);
    EXPECT_EQ(from_offerer[2].kind, Kind::EndOfCandidates);
    std::reverse(from_offerer.begin(), from_offerer.end());
    for (const auto& message : from_offerer)
        answerer->receive(message);
    EXPECT_THAT(answerer->agent().remote_candidates(), SizeIs(1));
    ASSERT_TRUE(loop.until([&] { return both_are(State::Ready); }));
    EXPECT_THAT(answerer_log.errors, IsEmpty());
}

TEST_F(NegotiationTest, Candidates_of_another_generation_are_not_used) {
    AgentOptions a = loopback_options(true);
    AgentOptions b = loopback_options(false);
    a.trickle = b.trickle = true;
    make(a, b);
    connect();
    const std::size_t before = offerer->agent().remote_candidates().size();
    offerer->receive({.kind = Kind::Candidate,
                      .text = "candidate:9 1 UDP 5 127.0.0.1 9 typ host",
                      .ufrag = "other"});
    EXPECT_THAT(offerer->agent().remote_candidates(), SizeIs(before));
    EXPECT_THAT(offerer_log.errors, IsEmpty());
}

TEST_F(NegotiationTest, Answerer_trickles_only_when_the_offerer_does) {
    AgentOptions b = loopback_options(false);
    b.trickle = true;
    make(loopback_options(true), b);
    connect();
    ASSERT_THAT(messages, SizeIs(2));
    EXPECT_EQ(messages[1].kind, Kind::Answer);
    EXPECT_THAT(offerer->remote_description()->candidates, SizeIs(1));
}

TEST_F(NegotiationTest, Offerer_that_trickles_takes_an_answer_that_does_not) {
    AgentOptions a = loopback_options(true);
    a.trickle = true;
    make(a, loopback_options(false));
    connect();
    expect_exchange();
}

TEST_F(NegotiationTest, Side_may_go_inside_its_own_callback) {
    make(loopback_options(true), loopback_options(false));
    offerer.reset();
    link.disconnect();
    Agent::Handlers handlers;
    handlers.on_gathering_done = [&] { offerer.reset(); };
    auto made =
        Negotiation::create(loop.context(), Negotiation::Role::Offerer, loopback_options(true),
                            {.agent = handlers}, [](const SignallingMessage&) {});
    ASSERT_TRUE(made);
    offerer = std::move(*made);
    ASSERT_TRUE(offerer->start());
    EXPECT_TRUE(loop.until([&] { return offerer == nullptr; }));
    loop.settle();
}

TEST_F(NegotiationTest, Messages_keep_their_order_and_take_the_delay) {
    make(loopback_options(true), loopback_options(false));
    SignallingLink slow(loop.context(), std::chrono::milliseconds(30));
    const auto send = slow.toward_answerer();
    for (const char* text : {"a", "b", "c"})
        send({.kind = Kind::Offer, .text = text, .ufrag = {}});
    slow.connect(*offerer, *answerer);
    const auto before = transport::GlibClock().now();
    ASSERT_TRUE(loop.until([&] { return answerer_log.errors.size() == 3; }));
    EXPECT_GE(transport::GlibClock().now() - before, std::chrono::milliseconds(29));
    slow.disconnect();
    send({.kind = Kind::Offer, .text = "d", .ufrag = {}});
    loop.settle();
    EXPECT_THAT(answerer_log.errors, SizeIs(3));
}

TEST(SignallingMessage, Kinds_have_words) {
    EXPECT_EQ(to_string(Kind::Offer), "offer");
    EXPECT_EQ(to_string(Kind::EndOfCandidates), "end-of-candidates");
    EXPECT_EQ(to_string(Kind::Bye), "bye");
}

}  // namespace
}  // namespace portolan::agent
