#include <gmock/gmock.h>

#include <algorithm>

#include "ice-tests/calls/ladder.hpp"
#include "ice-tests/precall/candidates.hpp"
#include "ice-tests/precall/ice_trial.hpp"
#include "ice-tests/precall/sdp_check.hpp"
#include "ice-tests/precall/tests/precall_test.hpp"
#include "probe/transport/local_addresses.hpp"

namespace portolan::precall {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using turn::Transport;
using Exchange = report::LadderExchange;

class IceTrialTest : public PrecallTest, public testing::WithParamInterface<Transport> {
  protected:
    /// A visit binds its socket.
    IceTrialPlan trial_plan(Transport transport, transport::Duration limit = seconds(5)) const {
        const VisitPlan visit = plan(transport);
        IceTrialPlan out{.endpoint = visit.endpoint, .credentials = &alice, .limit = limit};
        out.endpoint.bind_ip = out.endpoint.server.ip;
        return out;
    }
    IceTrial try_over(Transport transport, transport::Duration limit = seconds(5)) {
        IceTrial out;
        run(try_ice(where, trial_plan(transport, limit), out));
        return out;
    }
};

TEST_P(IceTrialTest, two_agents_connect_through_the_relay_alone) {
    start();
    const IceTrial seen = try_over(GetParam());
    ASSERT_TRUE(seen.is_done && seen.is_connected) << seen.why_not;
    EXPECT_TRUE(seen.has_carried);
    EXPECT_THAT(seen.why_not, IsEmpty());
    ASSERT_THAT(seen.candidates, SizeIs(2));
    for (const SeenCandidate& each : seen.candidates)
        EXPECT_EQ(each.type, "relay");
    ASSERT_TRUE(seen.gathered_after && seen.connected_after);
    EXPECT_LT(*seen.gathered_after, *seen.connected_after);
    EXPECT_THAT(seen.descriptions, SizeIs(2));
    EXPECT_THAT(check_sdp(seen.descriptions).complaints, IsEmpty());
    EXPECT_EQ(seen.call, nullptr);
    EXPECT_EQ(server->statistics().allocation_count, 0U) << "the agents leave nothing behind";
}

TEST_P(IceTrialTest, timeline_leads_from_the_allocation_over_the_checks_to_the_selected_pair) {
    start();
    const IceTrial seen = try_over(GetParam());
    ASSERT_TRUE(seen.is_connected) << seen.why_not;
    ASSERT_TRUE(seen.ladder);
    const auto& all = seen.ladder->exchanges;
    EXPECT_LE(all.size(), calls::kMostLadderExchanges);
    EXPECT_EQ(all.front().name, "Allocate");
    EXPECT_EQ(all.front().note, "error 401") << "the challenge";
    for (const std::size_t lane : {0U, 2U}) {
        const auto granted = std::ranges::find_if(all, [&](const auto& each) {
            return each.name == "Allocate" && each.note.empty() && each.from == lane;
        });
        const auto selected = std::ranges::find_if(
            all, [&](const auto& each) { return each.is_selected && each.from == lane; });
        ASSERT_TRUE(granted != all.end() && selected != all.end()) << lane;
        EXPECT_GE(selected->at_us, granted->answered_at_us);
        EXPECT_EQ(selected->to, 2 - lane);
        ASSERT_TRUE(selected->ended_at_us && selected->answered_at_us);
        EXPECT_LE(selected->at_us, *selected->ended_at_us);
        EXPECT_LE(*selected->ended_at_us, *selected->answered_at_us);
        EXPECT_LE(*selected->answered_at_us, seen.connected_after->count());
    }
    const auto nominating = std::ranges::find(all, "check, nominating", &Exchange::name);
    ASSERT_NE(nominating, all.end());
    EXPECT_EQ(nominating->from, 0U) << "the offerer controls";
    EXPECT_EQ(nominating->pair, seen.pair);
    ASSERT_THAT(seen.ladder->marks, SizeIs(2));
    for (const report::LadderMark& mark : seen.ladder->marks)
        EXPECT_LE(mark.at_us, seen.connected_after->count());
}

INSTANTIATE_TEST_SUITE_P(Transports, IceTrialTest, testing::Values(Transport::Udp, Transport::Tcp),
                         [](const auto& each) { return std::string(turn::to_string(each.param)); });

TEST_F(IceTrialTest, relay_that_swallows_data_fails_with_a_reason) {
    start([](auto& options) { options.faults.add(server::ServerFault::TurnDropsData); });
    const IceTrial seen = try_over(Transport::Udp, milliseconds(1500));
    EXPECT_TRUE(seen.is_done);
    EXPECT_FALSE(seen.is_connected || seen.has_carried);
    EXPECT_FALSE(seen.why_not.empty());
    EXPECT_TRUE(seen.gathered_after) << "the allocations were given";
    ASSERT_TRUE(seen.ladder);
    std::size_t check_count = 0;
    for (const Exchange& each : seen.ladder->exchanges) {
        if (!each.name.starts_with("check")) continue;
        ++check_count;
        EXPECT_EQ(each.state, report::LadderState::Unknown);
        EXPECT_FALSE(each.ended_at_us || each.is_selected);
    }
    EXPECT_GT(check_count, 0U);
    EXPECT_THAT(seen.ladder->marks, IsEmpty());
}

TEST_F(IceTrialTest, server_on_another_address_than_loopback_is_reached_over_the_bridge) {
    const auto interfaces = transport::local_interfaces();
    ASSERT_TRUE(interfaces);
    std::optional<IpAddress> own;
    for (const transport::LocalInterface& each : *interfaces) {
        for (const transport::LocalAddress& address : each.addresses) {
            const bool is_v4 = address.ip.family() == AddressFamily::IPv4;
            if (!each.is_loopback && each.is_up && is_v4 && !own) own = address.ip;
        }
    }
    if (!own) GTEST_SKIP() << "this host has no other address";
    start([&](auto& options) { options.addresses = {*own}; });
    const IceTrial seen = try_over(Transport::Udp);
    EXPECT_TRUE(seen.is_connected && seen.has_carried) << seen.why_not;
}

TEST_F(IceTrialTest, quota_is_told_from_other_failures) {
    start([](auto& options) { options.quotas.user_allocation_count = 1; });
    const IceTrial seen = try_over(Transport::Udp, milliseconds(1500));
    EXPECT_FALSE(seen.is_connected);
    EXPECT_TRUE(seen.was_out_of_room);
    EXPECT_THAT(seen.why_not, HasSubstr("486"));
}

TEST_F(IceTrialTest, a_trial_that_is_cut_off_can_be_read_and_leaves_no_allocation) {
    start();
    IceTrial seen;
    {
        auto task = try_ice(where, trial_plan(Transport::Udp), seen);
        task.start([] {});
        EXPECT_TRUE(
            loop.until([&] { return server->statistics().allocation_count == 2; }, seconds(5)));
    }
    run(release(seen, seconds(2)));
    EXPECT_TRUE(seen.was_begun);
    EXPECT_FALSE(seen.is_done);
    EXPECT_EQ(seen.call, nullptr);
    EXPECT_EQ(server->statistics().allocation_count, 0U);
}

TEST_F(IceTrialTest, gathering_names_host_candidates_and_their_time) {
    start();
    Gathering seen;
    run(gather(where,
               {.stun_server = server->endpoints().front(),
                .local_addresses = {IpAddress::v4({127, 0, 0, 1})}},
               seen));
    ASSERT_TRUE(seen.is_done) << seen.why_not;
    // The server sees the very address: RFC 8445 s5.1.3 removes what is redundant.
    ASSERT_THAT(seen.candidates, SizeIs(1));
    EXPECT_EQ(seen.candidates[0].type, "host");
    EXPECT_EQ(seen.candidates[0].transport, "udp");
    EXPECT_LE(seen.candidates[0].after, seen.took);
    EXPECT_THAT(check_sdp({seen.description}).complaints, IsEmpty());
    EXPECT_EQ(seen.agent, nullptr);
}

TEST_F(IceTrialTest, gathering_that_is_cut_off_at_once_is_released_whole) {
    start();
    for (int attempt = 0; attempt < 20; ++attempt) {
        Gathering seen;
        {
            auto task = gather(where,
                               {.stun_server = server->endpoints().front(),
                                .local_addresses = {IpAddress::v4({127, 0, 0, 1})}},
                               seen);
            task.start([] {});
        }
        EXPECT_TRUE(run(release(where, seen, seconds(2))));
        EXPECT_TRUE(seen.was_begun);
        EXPECT_EQ(seen.agent, nullptr);
    }
}

TEST_F(IceTrialTest, gathering_with_a_silent_server_ends_with_what_there_is) {
    start();
    Gathering seen;
    const auto begun = where.now();
    run(gather(where,
               {.stun_server = TransportAddress{IpAddress::v4({127, 0, 0, 1}), 9},
                .local_addresses = {IpAddress::v4({127, 0, 0, 1})},
                .limit = milliseconds(300)},
               seen));
    EXPECT_LT(where.now() - begun, seconds(2));
    ASSERT_THAT(seen.candidates, SizeIs(1));
    EXPECT_THAT(seen.description, HasSubstr("typ host"));
}

}  // namespace
}  // namespace portolan::precall
