#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "probe/transport/dtls_connection.hpp"
#include "probe/transport/dtls_server.hpp"
#include "probe/transport/self_signed.hpp"
#include "probe/transport/tests/loop.hpp"
#include "probe/transport/udp_socket.hpp"

namespace portolan::transport {
namespace {

const IpAddress kLoopback = IpAddress::v4({127, 0, 0, 1});

class DtlsServerTest : public testing::Test {
  protected:
    void SetUp() override {
        auto made = make_self_signed({.names = {"turn.example"}, .ips = {kLoopback}});
        ASSERT_TRUE(made) << made.error().message;
        identity = std::move(*made);
        auto opened = UdpSocket::open(loop.context(), clock, random, {.bind_ip = kLoopback},
                                      {.on_datagram = [this](const Datagram& datagram) {
                                          if (to_lose_count > 0) {
                                              --to_lose_count;
                                              return;
                                          }
                                          server->on_datagram(datagram.source, datagram.bytes);
                                      }});
        ASSERT_TRUE(opened);
        socket = std::move(*opened);
    }
    void serve(TlsServerPolicy policy = {},
               std::size_t max_session_count = DtlsServer::kMaxSessionCount) {
        server = std::make_unique<DtlsServer>(
            loop.context(),
            *TlsCredentials::identity_pem(identity.certificate, identity.key, std::move(policy)),
            DtlsServer::Handlers{
                .send =
                    [this](const TransportAddress& client, Bytes bytes) {
                        sent.emplace_back(bytes.begin(), bytes.end());
                        (void)socket->send(client, bytes);
                    },
                .on_bytes = [this](const TransportAddress& client,
                                   Bytes bytes) { (void)server->send(client, bytes); },
                .on_end = [this](const TransportAddress&) { ++end_count; },
                .may_idle = [this](const TransportAddress&) { return may_idle; }},
            max_session_count);
    }
    std::unique_ptr<DtlsConnection> connect() {
        outcome.reset();
        auto out = DtlsConnection::connect(
            loop.context(), clock, random,
            {.remote = socket->local_address(),
             .bind_ip = kLoopback,
             .server_name = "turn.example",
             .credentials = *TlsCredentials::trust_pem(identity.certificate)},
            {.on_outcome = [this](const StreamReport& report) { outcome = report; },
             .on_bytes =
                 [this](Bytes bytes) {
                     heard.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
                 },
             .on_end = [this](StreamEnd how, const std::string&) { end = how; }});
        EXPECT_TRUE(loop.until([this] { return outcome.has_value(); }));
        return out;
    }

    Loop loop;
    GlibClock clock;
    Random random{3};
    PemIdentity identity;
    std::unique_ptr<UdpSocket> socket;
    std::unique_ptr<DtlsServer> server;
    bool may_idle = true;
    std::vector<std::vector<std::byte>> sent;
    std::optional<StreamReport> outcome;
    std::optional<StreamEnd> end;
    std::string heard;
    int end_count = 0;
    int to_lose_count = 0;
};

// RFC 6347 s4.2.2: the handshake message's type stands behind the header of its record.
constexpr std::size_t kMessageTypeOffset = 13;
constexpr std::byte kHelloVerifyRequest{3};

TEST_F(DtlsServerTest, clients_talk_at_once_and_end_each_on_its_own) {
    serve();
    const auto first = connect();
    ASSERT_EQ(outcome->outcome, StreamOutcome::Connected) << outcome->detail;
    const auto second = connect();
    ASSERT_EQ(outcome->outcome, StreamOutcome::Connected) << outcome->detail;
    EXPECT_EQ(server->session_count(), 2U);
    ASSERT_TRUE(first->send(std::as_bytes(std::span(std::string_view("one")))));
    ASSERT_TRUE(second->send(std::as_bytes(std::span(std::string_view("two")))));
    ASSERT_TRUE(loop.until([&] { return heard.size() == 6; }));
    first->close();
    ASSERT_TRUE(loop.until([&] { return end_count == 1; }));
    EXPECT_EQ(server->session_count(), 1U);
}

TEST_F(DtlsServerTest, nothing_is_kept_before_the_cookie_comes_back) {
    serve();
    const auto client = connect();
    ASSERT_EQ(outcome->outcome, StreamOutcome::Connected) << outcome->detail;
    ASSERT_FALSE(sent.empty());
    EXPECT_EQ(sent.front().at(kMessageTypeOffset), kHelloVerifyRequest);
    const auto garbage = std::vector<std::byte>(40, std::byte{22});
    server->on_datagram({kLoopback, 9}, garbage);
    EXPECT_EQ(server->session_count(), 1U);
}

TEST_F(DtlsServerTest, without_cookies_the_first_answer_is_the_servers_hello) {
    serve({.with_cookies = false});
    const auto client = connect();
    ASSERT_EQ(outcome->outcome, StreamOutcome::Connected) << outcome->detail;
    EXPECT_NE(sent.front().at(kMessageTypeOffset), kHelloVerifyRequest);
}

TEST_F(DtlsServerTest, lost_flight_is_sent_again) {
    serve();
    to_lose_count = 1;
    const auto client = connect();
    EXPECT_EQ(outcome->outcome, StreamOutcome::Connected) << outcome->detail;
}

TEST_F(DtlsServerTest, dropped_client_is_told) {
    serve();
    const auto client = connect();
    ASSERT_EQ(outcome->outcome, StreamOutcome::Connected) << outcome->detail;
    server->drop({kLoopback, client->local_address()->port});
    ASSERT_TRUE(loop.until([&] { return end.has_value(); }));
    EXPECT_EQ(*end, StreamEnd::PeerClosed);
    EXPECT_EQ(server->session_count(), 0U);
    EXPECT_EQ(end_count, 0);
    EXPECT_FALSE(server->send({kLoopback, 9}, {}));
}

class FullDtlsServer : public DtlsServerTest {
  protected:
    bool is_answered(DtlsConnection& connection) {
        heard.clear();
        (void)connection.send(std::as_bytes(std::span(std::string_view("hello"))));
        return loop.until([this] { return heard == "hello"; }, std::chrono::milliseconds(300));
    }
};

TEST_F(FullDtlsServer, silent_longest_makes_room) {
    may_idle = false;
    serve({}, 2);
    const auto first = connect();
    const auto second = connect();
    EXPECT_TRUE(is_answered(*first));
    const auto third = connect();
    EXPECT_EQ(outcome->outcome, StreamOutcome::Connected) << outcome->detail;
    EXPECT_EQ(server->session_count(), 2U);
    EXPECT_EQ(end_count, 1);
    EXPECT_TRUE(is_answered(*first));
    EXPECT_TRUE(is_answered(*third));
    EXPECT_FALSE(is_answered(*second));
}

// A client that goes says so, and its session is over at once.
TEST_F(FullDtlsServer, session_ends_with_its_client) {
    serve();
    auto client = connect();
    EXPECT_EQ(server->session_count(), 1U);
    client.reset();
    EXPECT_TRUE(loop.until([this] { return server->session_count() == 0; }));
    EXPECT_EQ(end_count, 1);
}

}  // namespace
}  // namespace portolan::transport
