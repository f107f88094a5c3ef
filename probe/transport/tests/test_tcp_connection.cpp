#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probe/transport/tcp_connection.hpp"
#include "probe/transport/tests/loop.hpp"

namespace portolan::transport {
namespace {

Bytes as_bytes(std::string_view text) {
    return std::as_bytes(std::span(text));
}

// One side of a connection and what it has seen.
struct Side {
    ByteStream::Handlers handlers() {
        return {.on_outcome = [this](const StreamReport& report) { outcome = report; },
                .on_bytes =
                    [this](Bytes bytes) {
                        text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
                    },
                .on_end = [this](StreamEnd how, const std::string&) { end = how; }};
    }
    std::unique_ptr<TcpConnection> stream;
    std::optional<StreamReport> outcome;
    std::string text;
    std::optional<StreamEnd> end;
};

class TcpTest : public testing::TestWithParam<AddressFamily> {
  protected:
    TransportAddress loopback(std::uint16_t port = 0) const {
        return {*IpAddress::parse(GetParam() == AddressFamily::IPv4 ? "127.0.0.1" : "::1"), port};
    }

    std::unique_ptr<TcpListener> listen() {
        auto opened = TcpListener::open(loop.context(), loopback(),
                                        [this](std::unique_ptr<TcpConnection> connection) {
                                            connection->set_handlers(server.handlers());
                                            server.stream = std::move(connection);
                                        });
        EXPECT_TRUE(opened) << opened.error().message;
        return std::move(*opened);
    }

    void connect(const TransportAddress& to, std::size_t max_queued_bytes = 256 * 1024) {
        client.stream = TcpConnection::connect(loop.context(),
                                               {.remote = to, .max_queued_bytes = max_queued_bytes},
                                               client.handlers());
    }

    void connect_both() {
        listener = listen();
        connect(listener->local_address());
        ASSERT_TRUE(loop.until([&] { return client.outcome && server.stream; }));
        ASSERT_EQ(client.outcome->outcome, StreamOutcome::Connected) << client.outcome->detail;
    }

    Loop loop;
    Side client;
    Side server;
    std::unique_ptr<TcpListener> listener;
};

INSTANTIATE_TEST_SUITE_P(Families, TcpTest,
                         testing::Values(AddressFamily::IPv4, AddressFamily::IPv6),
                         [](const auto& family) { return std::string(to_string(family.param)); });

TEST_P(TcpTest, bytes_flow_both_ways) {
    connect_both();
    EXPECT_EQ(server.stream->remote_address(), client.stream->local_address());
    ASSERT_TRUE(client.stream->send(as_bytes("ping")));
    ASSERT_TRUE(loop.until([&] { return server.text == "ping"; }));
    ASSERT_TRUE(server.stream->send(as_bytes("pong")));
    EXPECT_TRUE(loop.until([&] { return client.text == "pong"; }));
}

TEST_P(TcpTest, closed_port_is_refused) {
    const auto nobody = listen()->local_address();
    connect(nobody);
    EXPECT_FALSE(client.outcome) << "must not call back from within connect()";
    ASSERT_TRUE(loop.until([&] { return client.outcome.has_value(); }));
    EXPECT_EQ(client.outcome->outcome, StreamOutcome::Refused);
    EXPECT_EQ(client.outcome->error_number, ECONNREFUSED);
    EXPECT_EQ(client.outcome->detail, "ECONNREFUSED (Connection refused)");
    EXPECT_FALSE(client.stream->send(as_bytes("x")));
}

TEST_P(TcpTest, no_route_from_the_loopback_address_is_unreachable) {
    const auto away = *TransportAddress::parse(
        GetParam() == AddressFamily::IPv4 ? "203.0.113.1:9" : "[2001:db8::1]:9");
    client.stream = TcpConnection::connect(
        loop.context(), {.remote = away, .bind_ip = loopback().ip}, client.handlers());
    ASSERT_TRUE(loop.until([&] { return client.outcome.has_value(); }));
    EXPECT_EQ(client.outcome->outcome, StreamOutcome::Unreachable) << client.outcome->detail;
}

TEST_P(TcpTest, foreign_source_address_is_unreachable_and_says_why) {
    client.stream = TcpConnection::connect(
        loop.context(),
        {.remote = loopback(9),
         .bind_ip =
             IpAddress::parse(GetParam() == AddressFamily::IPv4 ? "203.0.113.7" : "2001:db8::7")},
        client.handlers());
    ASSERT_TRUE(loop.until([&] { return client.outcome.has_value(); }));
    EXPECT_EQ(client.outcome->outcome, StreamOutcome::Unreachable);
    EXPECT_THAT(client.outcome->detail, testing::HasSubstr("is not an address of this machine"));
}

TEST_P(TcpTest, silence_times_out) {
    // A listener that never accepts, and a full backlog: further SYNs stay unanswered.
    auto deaf_loop = glib::new_context();
    auto deaf = TcpListener::open(deaf_loop.get(), loopback(), [](auto) {});
    ASSERT_TRUE(deaf);
    std::vector<Side> sides(400);
    for (Side& side : sides) {
        side.stream = TcpConnection::connect(
            loop.context(),
            {.remote = (*deaf)->local_address(), .timeout = std::chrono::milliseconds(50)},
            side.handlers());
    }
    ASSERT_TRUE(loop.until([&] { return sides.back().outcome.has_value(); }));
    EXPECT_EQ(sides.back().outcome->outcome, StreamOutcome::TimedOut);
}

TEST_P(TcpTest, close_flushes_then_ends_the_other_side) {
    connect_both();
    const std::string much(200'000, 'x');
    ASSERT_TRUE(client.stream->send(as_bytes(much)));
    client.stream->close();
    EXPECT_FALSE(client.stream->send(as_bytes("late")));
    ASSERT_TRUE(loop.until([&] { return server.end.has_value(); }));
    EXPECT_EQ(server.end, StreamEnd::PeerClosed);
    EXPECT_EQ(server.text, much);
    // The other direction is still open.
    ASSERT_TRUE(server.stream->send(as_bytes("bye")));
    EXPECT_TRUE(loop.until([&] { return client.text == "bye"; }));
}

TEST_P(TcpTest, queue_is_bounded) {
    listener = listen();
    connect(listener->local_address(), 1000);
    ASSERT_TRUE(loop.until([&] { return client.outcome && server.stream; }));
    const std::string chunk(1000, 'x');
    std::size_t accepted = 0;
    while (accepted < 100'000 && client.stream->send(as_bytes(chunk)))
        ++accepted;
    EXPECT_LT(accepted, 100'000U) << "nobody reads, so the kernel's buffers fill up";
    EXPECT_LE(client.stream->queued_bytes(), 1000U);
    ASSERT_TRUE(loop.until([&] { return server.text.size() == accepted * chunk.size(); }));
}

TEST_P(TcpTest, reset_is_told_apart_from_close) {
    connect_both();
    ASSERT_TRUE(client.stream->send(as_bytes("unread")));
    // Closing with unread bytes resets (RFC 2525 s2.17).
    server.stream.reset();
    ASSERT_TRUE(loop.until([&] { return client.end.has_value(); }));
    EXPECT_EQ(client.end, StreamEnd::Reset);
}

TEST_P(TcpTest, destroyed_before_the_outcome_calls_nobody) {
    listener = listen();
    connect(listener->local_address());
    client.stream.reset();
    loop.settle();
    EXPECT_FALSE(client.outcome);
}

TEST_P(TcpTest, may_be_destroyed_inside_its_callbacks) {
    listener = listen();
    int calls = 0;
    client.stream = TcpConnection::connect(loop.context(), {.remote = listener->local_address()},
                                           {.on_outcome = [&](const StreamReport&) {
                                               ++calls;
                                               client.stream.reset();
                                           }});
    ASSERT_TRUE(loop.until([&] { return calls > 0 && server.stream; }));
    ASSERT_TRUE(loop.until([&] { return server.end.has_value(); }));
    EXPECT_EQ(calls, 1);
}

TEST_P(TcpTest, may_be_destroyed_inside_on_bytes) {
    connect_both();
    int calls = 0;
    server.stream->set_handlers({.on_bytes = [&](Bytes) {
        ++calls;
        server.stream.reset();
    }});
    ASSERT_TRUE(client.stream->send(as_bytes(std::string(100'000, 'x'))));
    ASSERT_TRUE(loop.until([&] { return calls > 0; }));
    loop.settle();
    EXPECT_EQ(calls, 1);
}

TEST_P(TcpTest, port_in_use_is_an_error) {
    listener = listen();
    const auto second = TcpListener::open(loop.context(), listener->local_address(), [](auto) {});
    ASSERT_FALSE(second);
    EXPECT_EQ(full_code(second.error()), "environment.transport.port-in-use");
}

}  // namespace
}  // namespace portolan::transport
