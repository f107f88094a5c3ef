#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

#include "probe/transport/tests/loop.hpp"
#include "probe/transport/tests/tls_identity.hpp"
#include "probe/transport/tls_connection.hpp"
#include "probe/transport/tls_words.hpp"

namespace portolan::transport {
namespace {

using testing::HasSubstr;

Bytes as_bytes(std::string_view text) {
    return std::as_bytes(std::span(text));
}

struct Side {
    ByteStream::Handlers handlers() {
        return {.on_outcome = [this](const StreamReport& report) { outcome = report; },
                .on_bytes =
                    [this](Bytes bytes) {
                        text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
                    },
                .on_end = [this](StreamEnd how, const std::string&) { end = how; }};
    }
    std::unique_ptr<TlsConnection> stream;
    std::optional<StreamReport> outcome;
    std::string text;
    std::optional<StreamEnd> end;
};

class TlsTest : public testing::Test {
  protected:
    void listen_with(const TestIdentity& own, const TlsServerPolicy& policy = {}) {
        auto credentials = TlsCredentials::identity_pem(own.certificate, own.key, policy);
        ASSERT_TRUE(credentials) << credentials.error().message;
        open_listener([this, shared = *credentials](std::unique_ptr<TcpConnection> connection) {
            server.stream = TlsConnection::accept(loop.context(), std::move(connection), shared,
                                                  server.handlers());
        });
    }

    void open_listener(TcpListener::OnConnection on_connection) {
        auto opened = TcpListener::open(loop.context(), {IpAddress::v4({127, 0, 0, 1}), 0},
                                        std::move(on_connection));
        ASSERT_TRUE(opened);
        listener = std::move(*opened);
    }

    void connect(const std::string& name, const std::string& trusted_pem,
                 Duration timeout = kDefaultConnectTimeout, const TlsClientPolicy& policy = {}) {
        auto trust = TlsCredentials::trust_pem(trusted_pem);
        ASSERT_TRUE(trust) << trust.error().message;
        client.outcome.reset();
        client.stream = TlsConnection::connect(
            loop.context(),
            {.tcp = {.remote = listener->local_address(), .timeout = timeout},
             .server_name = name,
             .credentials = *trust,
             .policy = policy},
            client.handlers());
        EXPECT_FALSE(client.outcome);
        ASSERT_TRUE(loop.until([&] { return client.outcome.has_value(); }));
    }

    Loop loop;
    Side client;
    Side server;
    std::unique_ptr<TcpListener> listener;
    TestIdentity identity = TestIdentity::make("stun.example");
};

TEST_F(TlsTest, trusted_certificate_with_the_right_name_connects) {
    listen_with(identity);
    connect("stun.example", identity.certificate);
    ASSERT_EQ(client.outcome->outcome, StreamOutcome::Connected) << client.outcome->detail;
    EXPECT_THAT(client.stream->description(), HasSubstr("TLS1."));
    ASSERT_TRUE(loop.until([&] { return server.outcome.has_value(); }));
    const std::string much(100'000, 'x');
    ASSERT_TRUE(client.stream->send(as_bytes("ping")));
    ASSERT_TRUE(loop.until([&] { return server.text == "ping"; }));
    ASSERT_TRUE(client.stream->send(as_bytes(much)));
    ASSERT_TRUE(loop.until([&] { return server.text == "ping" + much; }));
    ASSERT_TRUE(server.stream->send(as_bytes("pong")));
    EXPECT_TRUE(loop.until([&] { return client.text == "pong"; }));
}

TEST_F(TlsTest, certificate_is_for_the_name_whether_the_server_is_told_it_or_not) {
    listen_with(identity);
    connect("stun.example", identity.certificate, kDefaultConnectTimeout,
            {.sends_server_name = false});
    EXPECT_EQ(client.outcome->outcome, StreamOutcome::Connected) << client.outcome->detail;
}

TEST_F(TlsTest, server_that_needs_a_name_refuses_who_names_none) {
    listen_with(identity, {.needs_server_name = true});
    connect("stun.example", identity.certificate);
    EXPECT_EQ(client.outcome->outcome, StreamOutcome::Connected) << client.outcome->detail;
    connect("stun.example", identity.certificate, kDefaultConnectTimeout,
            {.sends_server_name = false});
    EXPECT_EQ(client.outcome->outcome, StreamOutcome::TlsFailed);
    EXPECT_THAT(client.outcome->detail, HasSubstr("alert"));
}

TEST_F(TlsTest, numeric_name_is_compared_with_the_addresses) {
    listen_with(identity);
    connect("127.0.0.1", identity.certificate);
    EXPECT_EQ(client.outcome->outcome, StreamOutcome::Connected) << client.outcome->detail;
}

TEST_F(TlsTest, wrong_name_fails_with_the_reason) {
    listen_with(identity);
    connect("turn.example", identity.certificate);
    EXPECT_EQ(client.outcome->outcome, StreamOutcome::TlsFailed);
    ASSERT_TRUE(client.outcome->tls);
    EXPECT_THAT(client.outcome->tls->verification, HasSubstr("name in the certificate"));
}

TEST_F(TlsTest, unknown_issuer_fails_with_the_reason) {
    listen_with(identity);
    connect("stun.example", TestIdentity::make("stun.example").certificate);
    EXPECT_EQ(client.outcome->outcome, StreamOutcome::TlsFailed);
    ASSERT_TRUE(client.outcome->tls);
    EXPECT_THAT(client.outcome->tls->verification, HasSubstr("NOT trusted"));
}

TEST_F(TlsTest, expired_certificate_fails_with_the_reason) {
    const TestIdentity expired = TestIdentity::make("stun.example", -2);
    listen_with(expired);
    connect("stun.example", expired.certificate);
    EXPECT_EQ(client.outcome->outcome, StreamOutcome::TlsFailed);
    ASSERT_TRUE(client.outcome->tls);
    EXPECT_THAT(client.outcome->tls->verification, HasSubstr("expired"));
}

TEST_F(TlsTest, server_hears_of_the_failed_verification_by_alert) {
    listen_with(identity);
    connect("turn.example", identity.certificate);
    client.stream.reset();
    ASSERT_TRUE(loop.until([&] { return server.outcome || server.end; }));
    if (server.outcome && server.outcome->tls) {
        EXPECT_THAT(server.outcome->tls->alert, HasSubstr("(42)"))  // bad_certificate
            << server.outcome->detail;
    }
}

TEST_F(TlsTest, server_without_certificate_fails_with_its_alert) {
    open_listener([this](std::unique_ptr<TcpConnection> connection) {
        server.stream = TlsConnection::accept(loop.context(), std::move(connection), nullptr,
                                              server.handlers());
    });
    connect("stun.example", identity.certificate);
    EXPECT_EQ(client.outcome->outcome, StreamOutcome::TlsFailed);
    ASSERT_TRUE(client.outcome->tls);
    EXPECT_THAT(client.outcome->tls->alert, HasSubstr("(40)")) << client.outcome->detail;
}

TEST_F(TlsTest, plaintext_server_is_a_tls_failure) {
    std::unique_ptr<TcpConnection> plain;
    open_listener([&](std::unique_ptr<TcpConnection> connection) {
        plain = std::move(connection);
        ASSERT_TRUE(plain->send(as_bytes("HTTP/1.1 400 Bad Request\r\n\r\n")));
    });
    connect("stun.example", identity.certificate);
    EXPECT_EQ(client.outcome->outcome, StreamOutcome::TlsFailed);
    EXPECT_EQ(client.outcome->detail, kPlaintextAnswer);
    EXPECT_EQ(client.outcome->tls->library, kPlaintextAnswer);
}

TEST_F(TlsTest, too_little_for_a_record_of_tls_is_plaintext_too) {
    open_listener([&](const std::unique_ptr<TcpConnection>& connection) {
        ASSERT_TRUE(connection->send(as_bytes("no")));
    });
    connect("stun.example", identity.certificate);
    EXPECT_EQ(client.outcome->outcome, StreamOutcome::TlsFailed);
    EXPECT_EQ(client.outcome->tls->library, kPlaintextAnswer);
}

TEST_F(TlsTest, server_that_ends_after_a_record_has_answered) {
    std::unique_ptr<TcpConnection> plain;
    open_listener([&](std::unique_ptr<TcpConnection> connection) {
        plain = std::move(connection);
        ASSERT_TRUE(plain->send(as_bytes("\x16\x03\x03")));
        plain->close();
    });
    connect("stun.example", identity.certificate);
    EXPECT_EQ(client.outcome->tls->library, "the connection ended during the handshake");
}

TEST_F(TlsTest, server_that_hangs_up_is_a_tls_failure) {
    open_listener([](const std::unique_ptr<TcpConnection>&) {});
    connect("stun.example", identity.certificate);
    EXPECT_EQ(client.outcome->outcome, StreamOutcome::TlsFailed);
    EXPECT_THAT(client.outcome->detail, HasSubstr("during the TLS handshake"));
    EXPECT_EQ(client.outcome->tls->library, kNoAnswerToHandshake);
}

TEST_F(TlsTest, silent_server_is_a_tls_failure_after_the_time_out) {
    std::unique_ptr<TcpConnection> silent;
    open_listener(
        [&](std::unique_ptr<TcpConnection> connection) { silent = std::move(connection); });
    connect("stun.example", identity.certificate, std::chrono::milliseconds(60));
    EXPECT_EQ(client.outcome->outcome, StreamOutcome::TlsFailed);
    EXPECT_THAT(client.outcome->detail, HasSubstr("within 60 ms"));
}

TEST_F(TlsTest, refused_connection_is_refused) {
    open_listener([](const std::unique_ptr<TcpConnection>&) {});
    const auto nobody = listener->local_address();
    listener.reset();
    client.stream =
        TlsConnection::connect(loop.context(),
                               {.tcp = {.remote = nobody},
                                .server_name = "stun.example",
                                .credentials = *TlsCredentials::trust_pem(identity.certificate)},
                               client.handlers());
    ASSERT_TRUE(loop.until([&] { return client.outcome.has_value(); }));
    EXPECT_EQ(client.outcome->outcome, StreamOutcome::Refused);
}

TEST_F(TlsTest, close_notify_is_told_apart_from_truncation) {
    listen_with(identity);
    connect("stun.example", identity.certificate);
    ASSERT_TRUE(loop.until([&] { return server.outcome.has_value(); }));
    client.stream->close();
    ASSERT_TRUE(loop.until([&] { return server.end.has_value(); }));
    EXPECT_EQ(server.end, StreamEnd::PeerClosed);
    server.stream.reset();
    ASSERT_TRUE(loop.until([&] { return client.end.has_value(); }));
    EXPECT_NE(client.end, StreamEnd::PeerClosed);
}

TEST_F(TlsTest, may_be_destroyed_inside_its_callbacks) {
    listen_with(identity);
    bool called = false;
    client.stream =
        TlsConnection::connect(loop.context(),
                               {.tcp = {.remote = listener->local_address()},
                                .server_name = "stun.example",
                                .credentials = *TlsCredentials::trust_pem(identity.certificate)},
                               {.on_outcome = [&](const StreamReport&) {
                                   called = true;
                                   client.stream.reset();
                               }});
    ASSERT_TRUE(loop.until([&] { return called; }));
    loop.settle();
}

TEST(TlsCredentials, unusable_files_are_usage_errors) {
    const auto missing = TlsCredentials::trust_file("/nonexistent/ca.pem");
    ASSERT_FALSE(missing);
    EXPECT_EQ(full_code(missing.error()), "usage.tls.ca-file");
    EXPECT_THAT(missing.error().message,
                HasSubstr("\"/nonexistent/ca.pem\": No such file or directory"));
    EXPECT_FALSE(TlsCredentials::trust_pem("no certificate"));
    EXPECT_EQ(full_code(TlsCredentials::identity_pem("x", "y").error()), "usage.tls.identity");
}

/// The certificate is what is refused: the server's host was reached.
TEST_F(TlsTest, nobody_trusted_refuses_what_the_server_shows) {
    listen_with(identity);
    client.stream = TlsConnection::connect(loop.context(),
                                           {.tcp = {.remote = listener->local_address()},
                                            .server_name = "stun.example",
                                            .credentials = TlsCredentials::trust_nobody()},
                                           client.handlers());
    ASSERT_TRUE(loop.until([&] { return client.outcome.has_value(); }));
    EXPECT_EQ(client.outcome->outcome, StreamOutcome::TlsFailed);
    EXPECT_THAT(client.outcome->detail, HasSubstr("issuer is unknown"));
}

}  // namespace
}  // namespace portolan::transport
