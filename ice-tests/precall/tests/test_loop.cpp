#include <gmock/gmock.h>

#include "ice-tests/precall/loop.hpp"
#include "ice-tests/precall/outside.hpp"
#include "ice-tests/precall/tests/precall_test.hpp"

namespace portolan::precall {
namespace {

using std::chrono::milliseconds;
using turn::Transport;

class LoopTest : public PrecallTest {
  protected:
    void allocate(Transport first_over = Transport::Udp, Transport second_over = Transport::Udp) {
        visit_with(plan(first_over), first);
        visit_with(plan(second_over), second);
        ASSERT_TRUE(first.has_succeeded && second.has_succeeded);
    }
    Loop measure(milliseconds duration, bool with_video = false) {
        Loop out;
        run(run_loop(where, first, second,
                     {.duration = duration, .grace = milliseconds(300), .with_video = with_video},
                     out));
        return out;
    }

    Visit first;
    Visit second;
};

TEST_F(LoopTest, media_goes_both_ways_without_loss) {
    start();
    allocate();
    const Loop seen = measure(milliseconds(400));
    ASSERT_TRUE(seen.is_done);
    EXPECT_FALSE(seen.problem);
    for (const Leg* leg : {&seen.there, &seen.back}) {
        ASSERT_TRUE(leg->audio);
        EXPECT_GE(leg->audio->received.loss.received_count, 18U);
        EXPECT_EQ(leg->audio->received.loss.lost_count, 0U);
        EXPECT_EQ(leg->passages.size(), leg->audio->received.loss.received_count);
        ASSERT_TRUE(leg->audio->speech);
        EXPECT_GT(leg->audio->speech->result.mos, 4.2);
    }
}

TEST_F(LoopTest, loss_of_udp_is_counted_and_tcp_has_none) {
    start([](auto& options) { options.loss_pct = 10; });
    allocate(Transport::Tcp, Transport::Tcp);
    const Loop safe = measure(milliseconds(300));
    EXPECT_EQ(safe.there.audio->received.loss.lost_count, 0U);
    Visit lossy_one;
    Visit lossy_two;
    visit_with(plan(), lossy_one);
    visit_with(plan(), lossy_two);
    ASSERT_TRUE(lossy_one.has_succeeded && lossy_two.has_succeeded);
    Loop lossy;
    run(run_loop(where, lossy_one, lossy_two,
                 {.duration = milliseconds(1500), .grace = milliseconds(200)}, lossy));
    ASSERT_TRUE(lossy.is_done);
    const auto& loss = lossy.there.audio->received.loss;
    // Up and down: 19 % of 75 packets, and never as few as 3 or as many as 33 by chance (1e-4).
    EXPECT_GT(loss.lost_count, 2U);
    EXPECT_LT(loss.lost_count, 34U);
}

TEST_F(LoopTest, one_end_over_tcp_tells_the_way_up_from_the_way_down) {
    start();
    allocate(Transport::Udp, Transport::Tcp);
    const Loop seen = measure(milliseconds(200));
    EXPECT_TRUE(seen.is_done);
    EXPECT_FALSE(seen.problem);
}

TEST_F(LoopTest, video_rides_along) {
    start();
    allocate();
    const Loop seen = measure(milliseconds(500), true);
    ASSERT_TRUE(seen.there.video);
    EXPECT_GT(seen.there.video->received.loss.received_count, 20U);
    EXPECT_FALSE(measure(milliseconds(100)).there.video);
}

TEST_F(LoopTest, forbidden_peers_are_named) {
    start([](auto& options) {
        options.peers.denied.push_back(*server::IpRange::parse("127.0.0.0/8"));
    });
    allocate();
    const Loop seen = measure(milliseconds(200));
    ASSERT_TRUE(seen.problem);
    EXPECT_EQ(seen.problem->cause, Cause::Forbidden);
    EXPECT_EQ(seen.problem->step, Step::Permit);
    EXPECT_FALSE(seen.was_begun);
}

TEST_F(LoopTest, dropped_loop_is_not_done) {
    start();
    allocate();
    Loop out;
    {
        auto task = run_loop(where, first, second, {}, out);
        task.start([] {});
        this->loop.settle();
    }
    EXPECT_FALSE(out.is_done);
}

TEST_F(LoopTest, stranger_reaches_the_relay_with_controls) {
    start();
    allocate();
    FromOutside out;
    EXPECT_TRUE(run(
        reach_from_outside(where, first, server->endpoints().front(), milliseconds(1000), out)));
    EXPECT_TRUE(out.has_arrived);
    EXPECT_FALSE(out.problem);
    EXPECT_EQ(out.copy_count, 1);
}

TEST_F(LoopTest, relay_that_leads_elsewhere_is_not_reached) {
    start();
    allocate();
    // Whoever sends there is not heard at the allocation.
    first.relayed = TransportAddress{first.relayed->ip, 9};
    FromOutside out;
    EXPECT_FALSE(
        run(reach_from_outside(where, first, server->endpoints().front(), milliseconds(600), out)));
    EXPECT_TRUE(out.is_done);
    EXPECT_FALSE(out.has_arrived);
    EXPECT_GE(out.copy_count, 3);
    EXPECT_GE(out.control_count, 3);
}

}  // namespace
}  // namespace portolan::precall
