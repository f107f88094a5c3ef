#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string_view>

#include "ice-tests/turn/client.hpp"
#include "ice-tests/turn/tests/run_task.hpp"
#include "probe/transport/tcp_connection.hpp"
#include "probe/transport/tls_credentials.hpp"

// A port where somebody else than TLS listens.
namespace portolan::turn {
namespace {

using testing::HasSubstr;

const IpAddress kOwnHost = IpAddress::v4({127, 0, 0, 1});

class WithoutTls : public testing::Test {
  protected:
    /// Of a client over TLS; whoever accepts says this, and hangs up.
    Error error_of(std::string_view words) {
        auto listener = transport::TcpListener::open(
            loop.context(), {kOwnHost, 0},
            [&](const std::unique_ptr<transport::TcpConnection>& connection) {
                if (!words.empty()) connection->send(std::as_bytes(std::span(words)));
            });
        EXPECT_TRUE(listener);
        Client client(where,
                      Endpoint{.transport = Transport::Tls,
                               .server = (*listener)->local_address(),
                               .bind_ip = kOwnHost,
                               .server_name = "localhost",
                               .trust = transport::TlsCredentials::trust_nobody()},
                      std::make_shared<Transcript>(), "client", std::make_shared<PathEstimate>());
        const auto opened = run_task(loop, client.open());
        EXPECT_FALSE(opened);
        return opened.error();
    }

    transport::Loop loop;
    transport::GlibClock clock;
    transport::Random random{3};
    Surroundings where{loop.context(), &clock, &random};
};

TEST_F(WithoutTls, an_answer_in_plaintext_is_named_with_what_helps) {
    const Error error = error_of("SSH-2.0-OpenSSH_9.2\r\n");
    EXPECT_EQ(error.code, "turn.tls-handshake");
    EXPECT_THAT(error.message, HasSubstr("it answers in plaintext: no TLS there"));
    EXPECT_EQ(error.hint,
              "let the server listen for TLS on that port, or use turn: instead of "
              "turns:");
}

TEST_F(WithoutTls, whoever_hangs_up_without_a_word_is_asked_for_tls) {
    const Error error = error_of("");
    EXPECT_EQ(error.code, "turn.tls-handshake");
    EXPECT_THAT(error.hint, HasSubstr("is TLS enabled on that port?"));
}

}  // namespace
}  // namespace portolan::turn
