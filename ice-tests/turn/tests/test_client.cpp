#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "ice-tests/turn/client.hpp"
#include "ice-tests/turn/peer.hpp"
#include "ice-tests/turn/tests/server_fixture.hpp"

// The client against the embedded server, on loopback.
namespace portolan::turn {
namespace {

using std::chrono::milliseconds;
using stun::AttributeType;

class ClientTest : public testing::TestWithParam<Transport>, protected ServerFixture {
  protected:
    std::unique_ptr<Client> client(std::string name = "client") {
        auto out = std::make_unique<Client>(where,
                                            Endpoint{.transport = GetParam(),
                                                     .server = server->endpoints()[0],
                                                     .bind_ip = IpAddress::v4({127, 0, 0, 1})},
                                            transcript, std::move(name), path);
        out->set_credentials(&alice);
        const auto opened = run(out->open());
        EXPECT_TRUE(opened) << opened.error().message;
        return out;
    }

    std::shared_ptr<Transcript> transcript = std::make_shared<Transcript>();
    std::shared_ptr<PathEstimate> path = std::make_shared<PathEstimate>();
};

TEST_P(ClientTest, that_is_dropped_gives_its_allocation_back) {
    start();
    {
        const auto alices = client();
        ASSERT_TRUE(run(alices->request(allocate())).is_success());
        alices->set_credentials(nullptr);  // they may be gone before it
        EXPECT_EQ(server->statistics().allocation_count, 1U);
    }
    EXPECT_TRUE(loop.until([&] { return server->statistics().allocation_count == 0; },
                           std::chrono::seconds(2)));
}

TEST_P(ClientTest, that_has_given_it_back_says_no_more) {
    start();
    std::size_t said_count = 0;
    {
        const auto alices = client();
        ASSERT_TRUE(run(alices->request(allocate())).is_success());
        ASSERT_TRUE(run(alices->request(refresh(0))).is_success());
        said_count = transcript->exchanges().size();
    }
    EXPECT_EQ(transcript->exchanges().size(), said_count);
}

TEST_P(ClientTest, allocates_relays_both_ways_and_deletes) {
    start();
    const auto alices = client();
    const Reply allocated = run(alices->request(allocate()));
    ASSERT_TRUE(allocated.is_success()) << allocated.said();
    EXPECT_EQ(allocated.integrity, stun::Check::Valid);
    const auto relayed = allocated.address(AttributeType::XorRelayedAddress);
    ASSERT_TRUE(relayed);
    EXPECT_EQ(allocated.address(AttributeType::XorMappedAddress), alices->wire().local_address());

    auto peer = Peer::open(where, IpAddress::v4({127, 0, 0, 1}), transcript, "peer");
    ASSERT_TRUE(peer);
    const TransportAddress address = (*peer)->address();
    ASSERT_TRUE(run(alices->request(create_permission(address))).is_success());
    const std::string text = "hello";
    alices->send(send_to(address, std::as_bytes(std::span(text))));
    const auto heard = run((*peer)->receive(clock.now() + milliseconds(2000)));
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->source, *relayed);
    (*peer)->send(*relayed, heard->bytes);
    auto back = run(alices->next_incoming(clock.now() + milliseconds(2000)));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->kind, Incoming::Kind::Data);
    EXPECT_EQ(back->peer, address);
    EXPECT_EQ(back->data, heard->bytes);

    ASSERT_TRUE(run(alices->request(channel_bind(0x4001, address))).is_success());
    alices->send_channel_data(0x4001, std::as_bytes(std::span(text)));
    ASSERT_TRUE(run((*peer)->receive(clock.now() + milliseconds(2000))));
    (*peer)->send(*relayed, heard->bytes);
    back = run(alices->next_incoming(clock.now() + milliseconds(2000)));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->kind, Incoming::Kind::ChannelData);
    EXPECT_EQ(back->channel, 0x4001);

    EXPECT_TRUE(run(alices->request(refresh(0))).is_success());
    EXPECT_EQ(run(alices->request(refresh(600))).code(), 437);
}

TEST_P(ClientTest, wrong_password_is_401_after_a_challenge) {
    start();
    const Credentials wrong{"alice", cli::Secret("looking-glass")};
    const auto client_of_nobody = client();
    client_of_nobody->set_credentials(&wrong);
    const Reply reply = run(client_of_nobody->request(allocate()));
    EXPECT_EQ(reply.code(), 401);
    EXPECT_THAT(reply.said(), testing::HasSubstr("401"));
}

TEST_P(ClientTest, stale_nonce_is_answered_with_a_fresh_one) {
    start();
    const auto alices = client();
    ASSERT_TRUE(run(alices->request(allocate())).is_success());
    Challenge old = *alices->challenge();
    // Behind the nonce cookie (RFC 8489 s9.2), which has to stay what it is.
    old.nonce.back() = old.nonce.back() == '0' ? '1' : '0';
    alices->set_challenge(old);
    EXPECT_TRUE(run(alices->request(refresh(600))).is_success());
    EXPECT_NE(alices->challenge()->nonce, old.nonce);
}

TEST_P(ClientTest, side_by_side_each_on_its_own_socket) {
    start();
    std::vector<std::unique_ptr<Client>> clients;
    std::vector<Task<Reply>> tasks;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(client("client " + std::to_string(i)));
        tasks.push_back(clients.back()->request(allocate()));
    }
    for (const Reply& reply : run(all(where, std::move(tasks))))
        EXPECT_TRUE(reply.is_success()) << reply.said();
    EXPECT_EQ(server->statistics().allocation_count, 20U);
}

TEST_P(ClientTest, dropped_in_the_middle_it_leaves_nothing_behind) {
    start();
    auto alices = client();
    {
        auto task = alices->request(allocate());
        task.start([] { FAIL() << "dropped, and yet it ended"; });
    }
    loop.settle();
    alices.reset();
    loop.settle();
}

INSTANTIATE_TEST_SUITE_P(Transports, ClientTest, testing::Values(Transport::Udp, Transport::Tcp),
                         [](const auto& with) { return std::string(to_string(with.param)); });

class LossyTest : public ClientTest {};

TEST_P(LossyTest, lost_packets_are_sent_again) {
    start([](server::TurnServerOptions& options) { options.loss_pct = 20; });
    for (int i = 0; i < 10; ++i) {
        const auto alices = client();
        const Reply reply = run(alices->request(allocate()));
        EXPECT_TRUE(reply.is_success()) << reply.said();
    }
}

TEST_P(LossyTest, silence_is_named) {
    start([](server::TurnServerOptions& options) {
        options.faults.add(server::ServerFault::TurnSilentAllocate);
    });
    const auto alices = client();
    const Reply reply = run(alices->request(allocate()));
    EXPECT_EQ(reply.code(), -1);
    ASSERT_TRUE(reply.error);
    EXPECT_EQ(full_code(*reply.error), "peer.turn.silent");
    EXPECT_EQ(reply.copy_count, 7);
    EXPECT_THAT(reply.said(), testing::StartsWith("no answer to 7 copies in "));
}

INSTANTIATE_TEST_SUITE_P(Datagrams, LossyTest, testing::Values(Transport::Udp));

TEST(Credentials, time_limited_password_is_that_of_the_draft) {
    // openssl dgst -sha1 -hmac north -binary <<< without newline "1800000000:alice" | base64
    const Credentials made =
        time_limited(cli::Secret("north"), "alice", std::chrono::seconds(1'800'000'000));
    EXPECT_EQ(made.username, "1800000000:alice");
    EXPECT_EQ(made.password.reveal(), "sIm7pn/teO7y3AyXGeXl/xAQR6Q=");
}

TEST(PathEstimate, begins_with_500_ms_and_never_goes_below_100) {
    PathEstimate path;
    EXPECT_EQ(path.retransmission_timeout(), milliseconds(500));
    path.add(milliseconds(1));
    EXPECT_EQ(path.retransmission_timeout(), milliseconds(100));
    path.add(milliseconds(400));
    EXPECT_GT(path.retransmission_timeout(), milliseconds(400));
}

}  // namespace
}  // namespace portolan::turn
