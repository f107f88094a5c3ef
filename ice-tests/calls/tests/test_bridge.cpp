#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "ice-tests/calls/bridge.hpp"
#include "ice-tests/turn/client.hpp"
#include "ice-tests/turn/tests/server_fixture.hpp"

namespace portolan::calls {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using turn::Transport;

/// Our own client through a bridge to the embedded server.
class BridgeTest : public testing::TestWithParam<Transport>, protected turn::ServerFixture {
  protected:
    void SetUp() override {
        start();
        ASSERT_NE(server, nullptr);
        bridge = open(server->endpoints()[0]);
    }
    std::unique_ptr<Bridge> open(const TransportAddress& to) {
        auto made =
            Bridge::open(where, {.transport = GetParam(), .server = to}, transcript, "agent");
        EXPECT_TRUE(made);
        return std::move(*made);
    }
    std::unique_ptr<turn::Client> client() {
        auto out = std::make_unique<turn::Client>(
            where, turn::Endpoint{.transport = GetParam(), .server = bridge->address()},
            std::make_shared<turn::Transcript>(), "client", std::make_shared<turn::PathEstimate>());
        out->set_credentials(&alice);
        out->limit_wait(milliseconds(500));
        EXPECT_TRUE(run(out->open()));
        return out;
    }

    std::shared_ptr<turn::Transcript> transcript = std::make_shared<turn::Transcript>();
    std::unique_ptr<Bridge> bridge;
};

TEST_P(BridgeTest, Passes_requests_and_channel_data_of_any_length_and_sees_the_answers) {
    const auto first = client();
    const auto second = client();
    const auto mine =
        run(first->request(turn::allocate())).address(stun::AttributeType::XorRelayedAddress);
    const auto other =
        run(second->request(turn::allocate())).address(stun::AttributeType::XorRelayedAddress);
    ASSERT_TRUE(mine && other);
    ASSERT_TRUE(run(first->request(turn::channel_bind(0x4000, *other))).is_success());
    ASSERT_TRUE(run(second->request(turn::create_permission(*mine))).is_success());
    for (const std::size_t size : {1U, 2U, 3U, 4U, 5U, 1000U}) {
        const std::vector<std::byte> data(size, std::byte{0x80});
        first->send_channel_data(0x4000, data);
        const auto heard = run(second->next_incoming(clock.now() + seconds(2)));
        ASSERT_TRUE(heard) << size;
        EXPECT_EQ(heard->data, data);
    }
    EXPECT_EQ(bridge->tap().success_count(stun::Method::Allocate), 2U);
    EXPECT_EQ(bridge->tap().success_count(stun::Method::ChannelBind), 1U);
    EXPECT_THAT(bridge->tap().refusals(), IsEmpty()) << "a challenge is no refusal";
    EXPECT_FALSE(bridge->error());
}

TEST_P(BridgeTest, Tap_names_a_refusal_by_code_and_peer) {
    const auto made = client();
    ASSERT_TRUE(run(made->request(turn::allocate())).is_success());
    EXPECT_FALSE(run(made->request(turn::channel_bind(0x3000, {IpAddress::v4({127, 0, 0, 1}), 9})))
                     .is_success());
    EXPECT_THAT(bridge->tap().refusals(),
                ElementsAre(HasSubstr("ChannelBind for 127.0.0.1:9 got error 400")));
}

TEST_P(BridgeTest, Client_that_has_gone_gets_nothing_and_harms_nobody) {
    for (int attempt = 0; attempt < 10; ++attempt) {
        const auto made = client();
        auto asked = made->request(turn::allocate());
        asked.start([] {});
    }
    const auto last = client();
    EXPECT_TRUE(run(last->request(turn::allocate())).is_success());
}

TEST_P(BridgeTest, Lets_nothing_pass_while_it_is_cut) {
    const auto made = client();
    bridge->set_cut(true);
    EXPECT_FALSE(run(made->exchange(turn::binding())).has_come());
    bridge->set_cut(false);
    EXPECT_TRUE(run(made->exchange(turn::binding())).has_come());
}

TEST_P(BridgeTest, Says_why_the_server_cannot_be_reached) {
    const TransportAddress nobody = server->endpoints()[0];
    server.reset();
    bridge = open(nobody);
    const auto made = client();
    EXPECT_FALSE(run(made->exchange(turn::binding())).has_come());
    if (turn::is_stream(GetParam())) {
        ASSERT_TRUE(bridge->error());
        EXPECT_EQ(bridge->error()->code, "turn.refused");
    } else {
        EXPECT_EQ(bridge->tap().unanswered().size(), 1U);
    }
}

INSTANTIATE_TEST_SUITE_P(Transports, BridgeTest, testing::Values(Transport::Udp, Transport::Tcp),
                         [](const auto& transport) {
                             return std::string(turn::to_string(transport.param));
                         });

}  // namespace
}  // namespace portolan::calls
