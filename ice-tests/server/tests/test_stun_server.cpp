#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "ice-tests/server/stun_server.hpp"
#include "ice-tests/server/tests/stun_text.hpp"
#include "probe/stun/framing.hpp"
#include "probe/transport/tcp_connection.hpp"
#include "probe/transport/tests/loop.hpp"
#include "probe/transport/udp_socket.hpp"

namespace portolan::server {
namespace {

using stun::AttributeType;
using stun::MessageView;

IpAddress ip(const char* text) {
    return *IpAddress::parse(text);
}

struct Reply {
    TransportAddress source;
    std::vector<std::byte> bytes;
    MessageView view() const { return *MessageView::parse(bytes); }
};

class StunServerTest : public testing::Test {
  protected:
    static StunServerOptions two_addresses() {
        return {.addresses = {ip("127.0.0.1"), ip("127.0.0.2")}};
    }

    Result<std::unique_ptr<StunServer>> try_start(const StunServerOptions& options) {
        return StunServer::start(loop.context(), clock, transport::Random(1), options);
    }

    std::unique_ptr<StunServer> make_server(const StunServerOptions& options = two_addresses()) {
        auto started = try_start(options);
        EXPECT_TRUE(started) << started.error().message;
        return std::move(*started);
    }

    std::unique_ptr<transport::UdpSocket> make_client(const char* address = "127.0.0.1") {
        const IpAddress own = ip(address);
        auto opened = transport::UdpSocket::open(
            loop.context(), clock, random, {.family = own.family(), .bind_ip = own},
            {.on_datagram = [this](const transport::Datagram& datagram) {
                replies.push_back(
                    {datagram.source, {datagram.bytes.begin(), datagram.bytes.end()}});
            }});
        EXPECT_TRUE(opened) << opened.error().message;
        return std::move(*opened);
    }

    void start(const StunServerOptions& options = two_addresses()) {
        server = make_server(options);
    }
    void open_client(const char* address = "127.0.0.1") { client = make_client(address); }

    void ask(const TransportAddress& to, const AddAttributes& add = {}) {
        ASSERT_FALSE(client->send(to, binding_request(add)));
    }

    transport::Loop loop;
    transport::GlibClock clock;
    transport::Random random{7};
    std::unique_ptr<StunServer> server;
    std::unique_ptr<transport::UdpSocket> client;
    std::vector<Reply> replies;
};

TEST_F(StunServerTest, free_ports_are_the_same_on_all_addresses) {
    start();
    const auto endpoints = server->endpoints();
    ASSERT_EQ(endpoints.size(), 4U);
    EXPECT_EQ(endpoints[0].port, endpoints[2].port);
    EXPECT_EQ(endpoints[1].port, endpoints[3].port);
    EXPECT_NE(endpoints[0].port, endpoints[1].port);
    EXPECT_NE(endpoints[0].port, 0);
    EXPECT_THAT(server->uris(), testing::ElementsAre("stun:" + endpoints[0].to_string()));
}

// RFC 5780 s6.1, table 1: the real source addresses, on the wire.
TEST_F(StunServerTest, answers_come_from_where_table_1_says) {
    start();
    open_client();
    const Layout& layout = server->layout();
    for (const TransportAddress& asked : server->endpoints()) {
        for (const bool change_ip : {false, true}) {
            for (const bool change_port : {false, true}) {
                replies.clear();
                ask(asked,
                    [&](auto& writer) { writer.add_change_request(change_ip, change_port); });
                ASSERT_TRUE(loop.until([&] { return !replies.empty(); }));
                const TransportAddress expected{
                    change_ip ? *layout.other_ip(asked.ip) : asked.ip,
                    change_port ? *layout.other_port(asked.port) : asked.port};
                EXPECT_EQ(replies[0].source, expected);
                EXPECT_EQ(replies[0].view().address(AttributeType::ResponseOrigin), expected);
                EXPECT_EQ(replies[0].view().address(AttributeType::OtherAddress),
                          layout.other(asked));
                EXPECT_EQ(replies[0].view().address(AttributeType::XorMappedAddress),
                          client->local_address());
            }
        }
    }
}

TEST_F(StunServerTest, ipv6_is_answered) {
    start({.addresses = {ip("127.0.0.1"), ip("::1")}});
    EXPECT_EQ(server->uris().size(), 2U);
    open_client("::1");
    ask({ip("::1"), server->layout().port});
    ASSERT_TRUE(loop.until([&] { return !replies.empty(); }));
    EXPECT_EQ(replies[0].view().address(AttributeType::XorMappedAddress), client->local_address());
    EXPECT_FALSE(replies[0].view().has(AttributeType::OtherAddress));
}

TEST_F(StunServerTest, response_port_reaches_another_socket) {
    start();
    const auto first = make_client();
    open_client();
    const auto port = client->local_address().port;
    ASSERT_FALSE(first->send(server->endpoints()[0], binding_request([&](auto& writer) {
                                 writer.add_u16(AttributeType::ResponsePort, port);
                             })));
    ASSERT_TRUE(loop.until([&] { return !replies.empty(); }));
    EXPECT_EQ(replies[0].view().address(AttributeType::XorMappedAddress), first->local_address());
}

TEST_F(StunServerTest, reply_delay_is_kept) {
    auto options = two_addresses();
    options.reply_delay = std::chrono::milliseconds(30);
    start(options);
    open_client();
    const auto asked_at = clock.now();
    ask(server->endpoints()[0]);
    ASSERT_TRUE(loop.until([&] { return !replies.empty(); }));
    EXPECT_GE(clock.now() - asked_at, options.reply_delay);
}

TEST_F(StunServerTest, loss_follows_the_seed_and_hits_both_directions) {
    auto options = two_addresses();
    options.loss_pct = 50;
    constexpr int kRequests = 400;
    std::vector<std::uint64_t> sent;
    for (int run = 0; run < 2; ++run) {
        start(options);
        open_client();
        for (int i = 1; i <= kRequests; ++i) {
            ask(server->endpoints()[0]);
            ASSERT_TRUE(loop.until([&] {
                return server->statistics().received_count == static_cast<std::uint64_t>(i);
            }));
        }
        sent.push_back(server->statistics().sent_count);
    }
    EXPECT_EQ(sent[0], sent[1]);
    // A quarter survives both directions: 100 with a standard deviation of 8.7.
    EXPECT_NEAR(static_cast<double>(sent[0]), 100, 45);
}

TEST_F(StunServerTest, total_loss_answers_nothing) {
    auto options = two_addresses();
    options.loss_pct = 100;
    start(options);
    open_client();
    ask(server->endpoints()[0]);
    ASSERT_TRUE(loop.until([&] { return server->statistics().lost_count == 1; }));
    loop.settle();
    EXPECT_TRUE(replies.empty());
}

TEST_F(StunServerTest, duplicate_fault_is_seen_on_the_wire) {
    auto options = two_addresses();
    options.faults = {ServerFault::DuplicateReply};
    start(options);
    open_client();
    ask(server->endpoints()[0]);
    EXPECT_TRUE(loop.until([&] { return replies.size() == 2; }));
}

TEST_F(StunServerTest, wrong_source_fault_is_seen_on_the_wire) {
    auto options = two_addresses();
    options.faults = {ServerFault::ReplyFromWrongAddress};
    start(options);
    open_client();
    ask(server->endpoints()[0]);
    ASSERT_TRUE(loop.until([&] { return !replies.empty(); }));
    EXPECT_EQ(replies[0].source.ip, ip("127.0.0.2"));
}

TEST_F(StunServerTest, two_servers_and_their_clients_share_a_context) {
    const auto first = make_server();
    start();
    open_client();
    ask(first->endpoints()[0]);
    ask(server->endpoints()[0]);
    ASSERT_TRUE(loop.until([&] { return replies.size() == 2; }));
    EXPECT_NE(replies[0].source, replies[1].source);
}

TEST_F(StunServerTest, port_in_use_is_an_environment_error) {
    start();
    auto options = two_addresses();
    options.port = server->layout().port;
    const auto second = try_start(options);
    ASSERT_FALSE(second);
    EXPECT_EQ(full_code(second.error()), "environment.transport.port-in-use");
    EXPECT_THAT(second.error().message, testing::HasSubstr(std::to_string(options.port)));
}

TEST_F(StunServerTest, unassigned_address_is_an_environment_error) {
    const auto started = try_start({.addresses = {ip("203.0.113.50")}});
    ASSERT_FALSE(started);
    EXPECT_EQ(full_code(started.error()), "environment.transport.address-not-local");
}

TEST_F(StunServerTest, impossible_loss_is_a_usage_error) {
    auto options = two_addresses();
    options.loss_pct = 101;
    EXPECT_EQ(full_code(try_start(options).error()), "usage.server.loss");
}

class StunServerTcpTest : public StunServerTest {
  protected:
    void connect() {
        stream = transport::TcpConnection::connect(
            loop.context(), {.remote = server->endpoints()[0]},
            {.on_outcome =
                 [this](const transport::StreamReport& report) { outcome = report.outcome; },
             .on_bytes = [this](stun::Bytes bytes) { collect(bytes); },
             .on_end = [this](transport::StreamEnd, const std::string&) { ended = true; }});
        ASSERT_TRUE(loop.until([&] { return outcome.has_value(); }));
        ASSERT_EQ(outcome, transport::StreamOutcome::Connected);
    }

    void collect(stun::Bytes bytes) {
        while (true) {
            auto frame = reader.next(bytes);
            ASSERT_TRUE(frame);
            if (!frame->has_value()) return;
            replies.push_back(
                {stream->remote_address(), {(*frame)->bytes.begin(), (*frame)->bytes.end()}});
        }
    }

    std::unique_ptr<transport::TcpConnection> stream;
    stun::StreamReader reader;
    std::optional<transport::StreamOutcome> outcome;
    bool ended = false;
};

TEST_F(StunServerTcpTest, split_request_is_answered_once_whole) {
    start();
    connect();
    const auto request = binding_request();
    for (std::size_t i = 0; i < request.size(); ++i) {
        EXPECT_TRUE(replies.empty());
        ASSERT_TRUE(stream->send(stun::Bytes(request).subspan(i, 1)));
        g_main_context_iteration(loop.context(), FALSE);
    }
    ASSERT_TRUE(loop.until([&] { return !replies.empty(); }));
    EXPECT_EQ(replies[0].view().address(AttributeType::XorMappedAddress), stream->local_address());
    EXPECT_EQ(replies[0].view().address(AttributeType::ResponseOrigin), server->endpoints()[0]);
}

TEST_F(StunServerTcpTest, coalesced_requests_are_answered_in_order) {
    start();
    connect();
    std::vector<std::byte> several;
    for (std::uint8_t i = 1; i <= 20; ++i) {
        const auto request = binding_request({}, transaction_id(i));
        several.insert(several.end(), request.begin(), request.end());
    }
    ASSERT_TRUE(stream->send(several));
    ASSERT_TRUE(loop.until([&] { return replies.size() == 20; }));
    for (std::uint8_t i = 1; i <= 20; ++i) {
        EXPECT_EQ(replies[i - 1U].view().transaction_id(), transaction_id(i));
    }
}

TEST_F(StunServerTcpTest, garbage_ends_the_connection) {
    start();
    connect();
    ASSERT_TRUE(stream->send(std::vector<std::byte>(100, std::byte{0xFF})));
    EXPECT_TRUE(loop.until([&] { return ended; }));
}

TEST_F(StunServerTcpTest, half_closed_connection_still_gets_its_delayed_answer) {
    auto options = two_addresses();
    options.reply_delay = std::chrono::milliseconds(20);
    start(options);
    connect();
    ASSERT_TRUE(stream->send(binding_request()));
    stream->close();
    ASSERT_TRUE(loop.until([&] { return ended; }));
    EXPECT_EQ(replies.size(), 1U);
}

TEST_F(StunServerTcpTest, silent_udp_server_answers_over_tcp) {
    auto options = two_addresses();
    options.faults = {ServerFault::SilentUdp};
    start(options);
    open_client();
    ask(server->endpoints()[0]);
    ASSERT_TRUE(loop.until([&] { return server->statistics().received_count == 1; }));
    connect();
    ASSERT_TRUE(stream->send(binding_request()));
    ASSERT_TRUE(loop.until([&] { return !replies.empty(); }));
    EXPECT_EQ(replies.size(), 1U);
}

TEST_F(StunServerTcpTest, without_tcp_the_connection_is_refused) {
    auto options = two_addresses();
    options.tcp = false;
    start(options);
    stream = transport::TcpConnection::connect(
        loop.context(), {.remote = server->endpoints()[0]},
        {.on_outcome = [this](const transport::StreamReport& report) {
            outcome = report.outcome;
        }});
    ASSERT_TRUE(loop.until([&] { return outcome.has_value(); }));
    EXPECT_EQ(outcome, transport::StreamOutcome::Refused);
}

TEST_F(StunServerTcpTest, server_may_go_with_replies_and_connections_pending) {
    auto options = two_addresses();
    options.reply_delay = std::chrono::milliseconds(50);
    start(options);
    connect();
    open_client();
    ask(server->endpoints()[0]);
    ASSERT_TRUE(stream->send(binding_request()));
    ASSERT_TRUE(loop.until([&] { return server->statistics().received_count == 2; }));
    server.reset();
    EXPECT_TRUE(loop.until([&] { return ended; }));
    EXPECT_TRUE(replies.empty());
}

}  // namespace
}  // namespace portolan::server
