#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <vector>

#include "ice-tests/calls/ladder.hpp"
#include "probe/stun/framing.hpp"

namespace portolan::calls {
namespace {

using report::LadderState;
using std::chrono::milliseconds;
using stun::AttributeType;
using stun::MessageClass;
using stun::Method;
using testing::IsEmpty;
using testing::SizeIs;
using turn::Direction;

const TransportAddress kOurs{IpAddress::v4({192, 0, 2, 1}), 5000};
const TransportAddress kTheirs{IpAddress::v4({192, 0, 2, 1}), 5002};

transport::Time at_ms(int time_ms) {
    return transport::Time(milliseconds(1000 + time_ms));
}

stun::TransactionId id_of(std::uint8_t number) {
    return stun::TransactionId::with_cookie(std::array<std::byte, 12>{std::byte{number}});
}

using Frame = std::vector<std::byte>;

Frame message(MessageClass what, Method method, std::uint8_t number,
              const std::function<void(stun::MessageWriter&)>& more = {}) {
    std::array<std::byte, 512> buffer{};
    stun::MessageWriter writer(buffer, what, method, id_of(number));
    if (more) more(writer);
    EXPECT_FALSE(writer.overflowed());
    return {writer.bytes().begin(), writer.bytes().end()};
}

Frame check(std::uint8_t number, bool is_nominating = false) {
    return message(MessageClass::Request, Method::Binding, number, [&](auto& writer) {
        writer.add_u32(AttributeType::Priority, 1);
        if (is_nominating) writer.add_flag(AttributeType::UseCandidate);
    });
}

Frame success(std::uint8_t number) {
    return message(MessageClass::SuccessResponse, Method::Binding, number);
}

Frame refusal(std::uint8_t number, int code) {
    return message(MessageClass::ErrorResponse, Method::Binding, number,
                   [&](auto& writer) { writer.add_error_code(code, "no"); });
}

/// In a Send or Data indication (RFC 8656 s11): the tap looks at neither's method.
Frame relayed(const TransportAddress& peer, const Frame& data) {
    return message(MessageClass::Indication, Method::Send, 255, [&](auto& writer) {
        writer.add_address(AttributeType::XorPeerAddress, peer);
        writer.add_bytes(AttributeType::Data, data);
    });
}

class LadderTest : public testing::Test {
  protected:
    report::Ladder ladder() const {
        agent::CandidatePair pair;
        pair.local.address = kOurs;
        pair.remote.address = kTheirs;
        agent::CandidatePair other;
        other.local.address = kTheirs;
        other.remote.address = kOurs;
        return ladder_of({LadderParty{.name = "offerer",
                                      .tap = &one,
                                      .relayed = kOurs,
                                      .pair = pair,
                                      .selected_at = at_ms(40)},
                          LadderParty{.name = "answerer",
                                      .tap = &two,
                                      .relayed = kTheirs,
                                      .pair = other,
                                      .selected_at = {}}},
                         at_ms(0));
    }
    void sent(int time_ms, const Frame& data) {
        one.on_frame(Direction::Sent, at_ms(time_ms), relayed(kTheirs, data));
    }
    void got(int time_ms, const Frame& data) {
        one.on_frame(Direction::Received, at_ms(time_ms), relayed(kTheirs, data));
    }
    void arrived(int time_ms, const Frame& data) {
        two.on_frame(Direction::Received, at_ms(time_ms), relayed(kOurs, data));
    }
    void answered(int time_ms, const Frame& data) {
        two.on_frame(Direction::Sent, at_ms(time_ms), relayed(kOurs, data));
    }

    Tap one;
    Tap two;
};

TEST_F(LadderTest, a_check_has_the_times_of_both_ends_and_of_its_first_copy) {
    sent(10, check(1));
    sent(20, check(1));
    arrived(25, check(1));
    answered(26, success(1));
    got(31, success(1));
    got(39, success(1));  // of the second copy
    const report::Ladder seen = ladder();
    ASSERT_THAT(seen.exchanges, SizeIs(1));
    const report::LadderExchange& only = seen.exchanges[0];
    EXPECT_EQ(only.at_us, 10'000);
    EXPECT_EQ(only.ended_at_us, 25'000);
    EXPECT_EQ(only.answered_at_us, 31'000);
    EXPECT_EQ(only.state, LadderState::Answered);
    EXPECT_EQ(only.sent_count, 2U);
    EXPECT_EQ(only.name, "check");
    EXPECT_EQ(only.pair, "192.0.2.1:5000 to 192.0.2.1:5002");
    EXPECT_TRUE(only.is_selected);
    EXPECT_EQ(only.from, 0U);
    EXPECT_EQ(only.to, 2U);
    ASSERT_THAT(seen.marks, SizeIs(1));
    EXPECT_EQ(seen.marks[0].at_us, 40'000);
    EXPECT_EQ(seen.marks[0].lane, 0U);
}

TEST_F(LadderTest, what_is_not_seen_is_not_claimed) {
    sent(10, check(1, true));  // lost on the way
    sent(11, check(2));        // its answer is
    arrived(15, check(2));
    answered(16, success(2));
    sent(12, check(3));  // and this one is not answered
    arrived(17, check(3));
    const report::Ladder seen = ladder();
    ASSERT_THAT(seen.exchanges, SizeIs(3));
    EXPECT_EQ(seen.exchanges[0].state, LadderState::Unknown);
    EXPECT_EQ(seen.exchanges[0].name, "check, nominating");
    EXPECT_FALSE(seen.exchanges[0].ended_at_us);
    EXPECT_EQ(seen.exchanges[0].to, 1U) << "for the server it left";
    EXPECT_EQ(seen.exchanges[1].state, LadderState::Unanswered);
    EXPECT_EQ(seen.exchanges[1].note, "an answer was sent, and did not come");
    EXPECT_EQ(seen.exchanges[2].state, LadderState::Unanswered);
    EXPECT_THAT(seen.exchanges[2].note, IsEmpty());
    for (const auto& each : seen.exchanges)
        EXPECT_FALSE(each.is_selected) << "no answer, no selected pair";
}

TEST_F(LadderTest, a_role_conflict_is_answered_and_selects_nothing) {
    answered(5, check(9));  // sent by the answerer
    got(8, check(9));
    sent(9, refusal(9, 487));
    arrived(12, refusal(9, 487));
    const report::Ladder seen = ladder();
    ASSERT_THAT(seen.exchanges, SizeIs(1));
    EXPECT_EQ(seen.exchanges[0].from, 2U);
    EXPECT_EQ(seen.exchanges[0].to, 0U);
    EXPECT_EQ(seen.exchanges[0].state, LadderState::Answered);
    EXPECT_EQ(seen.exchanges[0].note, "error 487");
    EXPECT_FALSE(seen.exchanges[0].is_selected);
}

TEST_F(LadderTest, requests_to_the_server_and_peers_of_channels_are_told) {
    const auto bind = message(MessageClass::Request, Method::ChannelBind, 1, [](auto& writer) {
        writer.add_u16(AttributeType::ChannelNumber, 0x4001);
        writer.add_address(AttributeType::XorPeerAddress, kTheirs);
    });
    one.on_frame(Direction::Sent, at_ms(1), bind);
    one.on_frame(Direction::Received, at_ms(3),
                 message(MessageClass::SuccessResponse, Method::ChannelBind, 1));
    one.on_frame(Direction::Sent, at_ms(4), message(MessageClass::Request, Method::Refresh, 2));
    std::array<std::byte, 256> buffer{};
    const auto data =
        stun::write_channel_data(buffer, 0x4001, check(3), stun::ChannelPadding::Datagram);
    one.on_frame(Direction::Sent, at_ms(5), data);
    const report::Ladder seen = ladder();
    ASSERT_THAT(seen.exchanges, SizeIs(3));
    EXPECT_EQ(seen.exchanges[0].name, "ChannelBind");
    EXPECT_EQ(seen.exchanges[0].pair, "for 192.0.2.1:5002");
    EXPECT_EQ(seen.exchanges[0].at_us, 1000);
    EXPECT_EQ(seen.exchanges[0].answered_at_us, 3000);
    EXPECT_EQ(seen.exchanges[0].to, 1U);
    EXPECT_EQ(seen.exchanges[1].name, "Refresh");
    EXPECT_EQ(seen.exchanges[1].state, LadderState::Unknown);
    EXPECT_EQ(seen.exchanges[2].pair, "192.0.2.1:5000 to 192.0.2.1:5002");
}

TEST_F(LadderTest, is_bounded_counts_the_rest_and_keeps_the_selected_pair) {
    for (int round = 0; round < 200; ++round) {
        one.on_frame(Direction::Sent, at_ms(round),
                     relayed({kTheirs.ip, 9}, check(static_cast<std::uint8_t>(round))));
    }
    sent(300, check(250, true));
    got(310, success(250));
    const report::Ladder seen = ladder();
    ASSERT_THAT(seen.exchanges, SizeIs(kMostLadderExchanges));
    EXPECT_EQ(seen.left_out_count, 201 - kMostLadderExchanges);
    EXPECT_TRUE(seen.exchanges.back().is_selected);
    EXPECT_TRUE(std::ranges::is_sorted(seen.exchanges, {}, &report::LadderExchange::at_us));
}

TEST(Tap, keeps_so_many_checks_and_counts_the_others) {
    Tap tap;
    for (std::size_t i = 0; i < kMaxKeptCheckCount + 40; ++i) {
        auto one = check(static_cast<std::uint8_t>(i));
        one[12] = std::byte(i / 256);
        tap.on_frame(Direction::Sent, at_ms(1), relayed(kTheirs, one));
    }
    EXPECT_THAT(tap.kept_checks(), SizeIs(kMaxKeptCheckCount));
    EXPECT_EQ(tap.unkept_check_count(), 40U);
    EXPECT_EQ(tap.checks().sent_count, kMaxKeptCheckCount + 40);
}

}  // namespace
}  // namespace portolan::calls
