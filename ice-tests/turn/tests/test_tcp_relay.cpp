#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "ice-tests/turn/client.hpp"
#include "ice-tests/turn/stream_peer.hpp"
#include "ice-tests/turn/tests/server_fixture.hpp"
#include "probe/transport/self_signed.hpp"

// TCP allocations (RFC 6062) of the embedded server, by the client, on loopback.
namespace portolan::turn {
namespace {

using std::chrono::milliseconds;
using stun::AttributeType;

const IpAddress kLoopback = IpAddress::v4({127, 0, 0, 1});

class TcpRelayTest : public testing::TestWithParam<Transport>, protected ServerFixture {
  protected:
    void SetUp() override {
        const auto made = transport::make_self_signed({.names = {"localhost"}, .ips = {}});
        ASSERT_TRUE(made);
        trust = *transport::TlsCredentials::trust_pem(made->certificate);
        start([&](server::TurnServerOptions& options) {
            options.identity =
                *transport::TlsCredentials::identity_pem(made->certificate, made->key, {});
        });
        ASSERT_NE(server, nullptr);
        control = client();
        const Reply allocated = run(control->request(allocate_tcp()));
        ASSERT_TRUE(allocated.is_success()) << allocated.said();
        relayed = *allocated.address(AttributeType::XorRelayedAddress);
        peer = std::move(*StreamPeer::open(where, kLoopback, transcript, "peer"));
    }
    std::unique_ptr<Client> client() {
        const bool is_tls = GetParam() == Transport::Tls;
        auto out = std::make_unique<Client>(
            where,
            Endpoint{.transport = GetParam(),
                     .server = is_tls ? server->secure_endpoints()[0] : server->endpoints()[0],
                     .bind_ip = kLoopback,
                     .server_name = "localhost",
                     .trust = trust},
            transcript, "client", path);
        out->set_credentials(&alice);
        const auto opened = run(out->open());
        EXPECT_TRUE(opened) << opened.error().message;
        return out;
    }
    [[nodiscard]] transport::Time soon() const { return clock.now() + milliseconds(5000); }

    std::shared_ptr<Transcript> transcript = std::make_shared<Transcript>();
    std::shared_ptr<PathEstimate> path = std::make_shared<PathEstimate>();
    std::shared_ptr<const transport::TlsCredentials> trust;
    std::unique_ptr<Client> control;
    TransportAddress relayed;
    std::unique_ptr<StreamPeer> peer;
};

std::vector<std::byte> bytes_of(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

TEST_P(TcpRelayTest, connects_to_a_peer_and_carries_bytes_both_ways) {
    const Reply connected = run(control->connect(peer->address()));
    ASSERT_TRUE(connected.is_success()) << connected.said();
    const auto id = connected.u32(AttributeType::ConnectionId);
    ASSERT_TRUE(id);
    const auto stream = run(peer->accept(soon()));
    ASSERT_TRUE(stream);
    EXPECT_EQ(stream->relay(), relayed);
    // RFC 6062 s5.4: also what the peer has sent before the client comes for it.
    stream->send(bytes_of("early "));

    const auto data = client();
    const Reply bound = run(data->bind_connection(*id, *control));
    ASSERT_TRUE(bound.is_success()) << bound.said();
    stream->send(bytes_of("late"));
    EXPECT_EQ(run(data->receive_bytes(10, soon())), bytes_of("early late"));
    EXPECT_TRUE(data->send_bytes(bytes_of("\x40 as it is")));
    EXPECT_EQ(run(stream->receive(10, soon())).size(), 10U);
}

TEST_P(TcpRelayTest, peer_with_a_permission_comes_in) {
    ASSERT_TRUE(run(control->request(create_permission({kLoopback, 1}))).is_success());
    const auto stream =
        run(PeerStream::connect(where, relayed, kLoopback, transcript, "peer stream"));
    ASSERT_TRUE(stream->is_open());
    stream->send(bytes_of("hello"));
    const auto attempt = run(control->next_incoming(soon()));
    ASSERT_TRUE(attempt);
    EXPECT_EQ(attempt->kind, Incoming::Kind::ConnectionAttempt);
    EXPECT_EQ(attempt->peer, stream->address());
    ASSERT_TRUE(attempt->connection_id);
    const auto data = client();
    ASSERT_TRUE(run(data->bind_connection(*attempt->connection_id, *control)).is_success());
    EXPECT_EQ(run(data->receive_bytes(5, soon())), bytes_of("hello"));
}

TEST_P(TcpRelayTest, peer_without_a_permission_is_closed) {
    const auto stream =
        run(PeerStream::connect(where, relayed, kLoopback, transcript, "peer stream"));
    EXPECT_TRUE(run(stream->ends_before(soon())));
}

TEST_P(TcpRelayTest, closed_port_is_447) {
    const TransportAddress nobody = peer->address();
    peer.reset();
    EXPECT_EQ(run(control->connect(nobody)).code(), 447);
}

TEST_P(TcpRelayTest, end_of_one_side_is_the_end_of_the_other_after_what_was_under_way) {
    for (const bool by_peer : {true, false}) {
        const Reply connected = run(control->connect(peer->address()));
        ASSERT_TRUE(connected.is_success()) << connected.said();
        const auto stream = run(peer->accept(soon()));
        ASSERT_TRUE(stream);
        const auto data = client();
        ASSERT_TRUE(
            run(data->bind_connection(*connected.u32(AttributeType::ConnectionId), *control))
                .is_success());
        if (by_peer) {
            stream->send(bytes_of("last words"));
            stream->close();
            EXPECT_EQ(run(data->receive_bytes(10, soon())), bytes_of("last words"));
            EXPECT_TRUE(run(data->ends_before(soon())));
        } else {
            data->send_bytes(bytes_of("last words"));
            data->wire().close();
            EXPECT_EQ(run(stream->receive(10, soon())), bytes_of("last words"));
            EXPECT_TRUE(run(stream->ends_before(soon())));
        }
    }
}

TEST_P(TcpRelayTest, end_of_the_allocation_closes_both) {
    const Reply connected = run(control->connect(peer->address()));
    const auto stream = run(peer->accept(soon()));
    ASSERT_TRUE(stream);
    const auto data = client();
    ASSERT_TRUE(run(data->bind_connection(*connected.u32(AttributeType::ConnectionId), *control))
                    .is_success());
    ASSERT_TRUE(run(control->request(refresh(0))).is_success());
    EXPECT_TRUE(run(data->ends_before(soon())));
    EXPECT_TRUE(run(stream->ends_before(soon())));
}

// RFC 6062 s3: "if the relay process is no longer able to write data to the destination of the
// relayed data, the relay process stops reading data from the source".
TEST_P(TcpRelayTest, more_than_all_buffers_hold_arrives_whole) {
    const Reply connected = run(control->connect(peer->address()));
    const auto stream = run(peer->accept(soon()));
    ASSERT_TRUE(stream);
    const auto data = client();
    ASSERT_TRUE(run(data->bind_connection(*connected.u32(AttributeType::ConnectionId), *control))
                    .is_success());
    constexpr std::size_t kChunkBytes = 128 * 1024;
    constexpr std::size_t kChunkCount = 128;
    std::vector<std::byte> chunk(kChunkBytes);
    for (std::size_t i = 0; i < chunk.size(); ++i)
        chunk[i] = std::byte(i * 31 >> 3 & 0xFF);
    std::size_t sent_count = 0;
    for (std::size_t i = 0; i < kChunkCount; ++i) {
        while (sent_count < kChunkCount && stream->send(chunk))
            ++sent_count;
        ASSERT_EQ(run(data->receive_bytes(kChunkBytes, soon())), chunk) << i;
    }
    EXPECT_EQ(sent_count, kChunkCount);
}

INSTANTIATE_TEST_SUITE_P(Streams, TcpRelayTest, testing::Values(Transport::Tcp, Transport::Tls),
                         [](const auto& with) { return std::string(to_string(with.param)); });

}  // namespace
}  // namespace portolan::turn
