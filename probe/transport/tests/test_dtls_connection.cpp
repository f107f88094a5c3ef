#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "probe/transport/dtls_connection.hpp"
#include "probe/transport/tests/dtls_echo.hpp"
#include "probe/transport/tests/tls_identity.hpp"

namespace portolan::transport {
namespace {

using testing::HasSubstr;

class DtlsTest : public testing::Test {
  protected:
    void connect(const TransportAddress& to, const std::string& name,
                 const std::string& trusted_pem, Duration timeout = kDefaultConnectTimeout) {
        auto trust = TlsCredentials::trust_pem(trusted_pem);
        ASSERT_TRUE(trust);
        client = DtlsConnection::connect(
            loop.context(), clock, random,
            {.remote = to, .server_name = name, .credentials = *trust, .timeout = timeout},
            {.on_outcome = [this](const StreamReport& report) { outcome = report; },
             .on_bytes =
                 [this](Bytes bytes) {
                     heard.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
                 },
             .on_end = [this](StreamEnd how, const std::string&) { end = how; }});
        ASSERT_TRUE(loop.until([this] { return outcome.has_value(); }));
    }

    Loop loop;
    GlibClock clock;
    Random random{2};
    TestIdentity identity = TestIdentity::make("turn.example");
    std::unique_ptr<DtlsConnection> client;
    std::optional<StreamReport> outcome;
    std::string heard;
    std::optional<StreamEnd> end;
};

TEST_F(DtlsTest, trusted_certificate_with_the_right_name_carries_datagrams) {
    DtlsEcho server(loop, identity.certificate, identity.key);
    connect(server.address(), "turn.example", identity.certificate);
    ASSERT_EQ(outcome->outcome, StreamOutcome::Connected) << outcome->detail;
    EXPECT_THAT(client->description(), HasSubstr("DTLS1.2"));
    ASSERT_TRUE(client->send(std::as_bytes(std::span(std::string_view("over dtls")))));
    ASSERT_TRUE(loop.until([&] { return !heard.empty(); }));
    EXPECT_EQ(heard, "over dtls");
    server.send_close();
    ASSERT_TRUE(loop.until([&] { return end.has_value(); }));
    EXPECT_EQ(*end, StreamEnd::PeerClosed);
}

TEST_F(DtlsTest, lost_flight_is_sent_again) {
    DtlsEcho server(loop, identity.certificate, identity.key);
    server.lose(1);
    connect(server.address(), "127.0.0.1", identity.certificate);
    EXPECT_EQ(outcome->outcome, StreamOutcome::Connected) << outcome->detail;
}

TEST_F(DtlsTest, wrong_name_and_unknown_authority_are_told_apart_from_silence) {
    DtlsEcho server(loop, identity.certificate, identity.key);
    connect(server.address(), "other.example", identity.certificate);
    EXPECT_EQ(outcome->outcome, StreamOutcome::TlsFailed);
    ASSERT_TRUE(outcome->tls);
    EXPECT_THAT(outcome->tls->verification, HasSubstr("name"));
    outcome.reset();
    connect(server.address(), "turn.example", TestIdentity::make("turn.example").certificate);
    EXPECT_EQ(outcome->outcome, StreamOutcome::TlsFailed);
    ASSERT_TRUE(outcome->tls);
    EXPECT_FALSE(outcome->tls->verification.empty());
}

TEST_F(DtlsTest, silent_server_times_out_and_closed_port_is_refused) {
    auto silent = UdpSocket::open(loop.context(), clock, random,
                                  {.bind_ip = IpAddress::v4({127, 0, 0, 1})}, {});
    ASSERT_TRUE(silent);
    const TransportAddress address = (*silent)->local_address();
    connect(address, "turn.example", identity.certificate, std::chrono::milliseconds(50));
    EXPECT_EQ(outcome->outcome, StreamOutcome::TimedOut);
    EXPECT_THAT(outcome->detail, HasSubstr("50 ms"));
    silent->reset();
    outcome.reset();
    connect(address, "turn.example", identity.certificate);
    EXPECT_EQ(outcome->outcome, StreamOutcome::Refused) << outcome->detail;
    EXPECT_FALSE(client->send(Bytes()));
}

}  // namespace
}  // namespace portolan::transport
