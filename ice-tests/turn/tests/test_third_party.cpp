#include <glib.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "ice-tests/server/turn_server.hpp"
#include "ice-tests/turn/client.hpp"
#include "ice-tests/turn/peer.hpp"
#include "ice-tests/turn/stream_peer.hpp"
#include "ice-tests/turn/third_party.hpp"
#include "probe/transport/tests/loop.hpp"

namespace portolan::turn {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using stun::AttributeType;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kKey = "0123456789abcdef0123456789abcdef";
constexpr const char* kName = "turn1@example.com";

std::string code_of(const std::string& json) {
    const auto key = parse_third_party_key(json);
    if (key) return "taken";
    // Nothing of the key is ever repeated.
    EXPECT_THAT(key.error().message, Not(HasSubstr("MDEy")));
    return full_code(key.error());
}

TEST(ThirdPartyKey, is_read_as_rfc_7635_writes_it) {
    const auto key = parse_third_party_key(
        R"({"k": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "exp": 1300819380,
            "kid": "22BIjxU93h/IgwEb", "enc": "A256GCM"})");
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_EQ(key->kid, "22BIjxU93h/IgwEb");
    EXPECT_EQ(key->key.reveal(), kKey);
    EXPECT_EQ(key->server_name, "");
    const auto named = parse_third_party_key(
        R"({"k": "MDEyMzQ1Njc4OWFiY2RlZg", "kid": "a", "enc": "A128GCM", "server_name": "b"})");
    ASSERT_TRUE(named) << named.error().message;
    EXPECT_EQ(named->server_name, "b");
}

TEST(ThirdPartyKey, what_is_wrong_is_named) {
    EXPECT_EQ(code_of("{"), "usage.json.syntax");
    EXPECT_EQ(code_of(R"({"kid": "a"})"), "usage.json.shape");
    EXPECT_EQ(code_of(R"({"k": "MDEyMzQ1Njc4OWFiY2RlZg", "kid": ""})"), "usage.json.shape");
    EXPECT_EQ(code_of(R"({"k": "MDEyMzQ1Njc4OWFiY2RlZg", "kid": "a"})"), "usage.third-party.key");
    EXPECT_EQ(code_of(R"({"k": "MDEyM!", "kid": "a"})"), "usage.third-party.key");
    EXPECT_EQ(code_of(R"({"k": "MDEy", "kid": "a", "enc": "A256CBC-HS512"})"),
              "usage.third-party.enc");
    EXPECT_EQ(full_code(read_third_party_key("/nonexistent").error()), "usage.third-party.file");
}

TEST(AccessGrant, mac_key_is_random_or_ends_in_zeros) {
    transport::Random random(3);
    const ThirdPartyKey key{"south", cli::Secret(kKey), {}};
    const std::string zeros(4, '\0');
    for (const MacKey kind : {MacKey::Full, MacKey::EndsInZeros}) {
        const auto user =
            grant_access(key, kName, std::chrono::microseconds(1), seconds(1), random, kind);
        ASSERT_TRUE(user);
        const std::string_view mac_key = user->grant->mac_key.reveal();
        EXPECT_EQ(mac_key.size(), 20U);
        EXPECT_EQ(mac_key.ends_with(zeros), kind == MacKey::EndsInZeros);
    }
}

class TokenTest : public testing::TestWithParam<Transport> {
  protected:
    TokenTest() {
        server::TurnServerOptions options;
        options.addresses = {IpAddress::v4({127, 0, 0, 1})};
        options.third_party = server::ThirdPartyKey{"south", cli::Secret(kKey), kName};
        auto started =
            server::TurnServer::start(loop.context(), clock, transport::Random(1), options);
        if (!started) throw std::runtime_error(started.error().message);
        server = std::move(*started);
    }
    std::unique_ptr<Client> client(const Credentials& user) {
        auto out = std::make_unique<Client>(where,
                                            Endpoint{.transport = GetParam(),
                                                     .server = server->endpoints()[0],
                                                     .bind_ip = IpAddress::v4({127, 0, 0, 1})},
                                            transcript, "client", path);
        out->set_credentials(&user);
        EXPECT_TRUE(run(out->open()));
        return out;
    }
    // A token of two hours ago that was good for one.
    Credentials grant_before() {
        const ThirdPartyKey key{"south", cli::Secret(kKey), {}};
        return *grant_access(key, kName,
                             std::chrono::microseconds(g_get_real_time()) - seconds(7200),
                             seconds(3600), random);
    }
    Credentials grant(seconds lifetime = seconds(3600)) {
        const ThirdPartyKey key{"south", cli::Secret(kKey), {}};
        return *grant_access(key, kName, std::chrono::microseconds(g_get_real_time()), lifetime,
                             random);
    }
    template <typename T>
    T run(Task<T> task) {
        bool done = false;
        task.start([&] { done = true; });
        EXPECT_TRUE(loop.until([&] { return done; }, seconds(60)));
        return task.take();
    }
    // Of the requests that were sent with credentials: their methods, and whether with a token.
    std::vector<std::pair<stun::Method, bool>> signed_requests() const {
        std::vector<std::pair<stun::Method, bool>> out;
        for (const Exchange& exchange : transcript->exchanges()) {
            if (exchange.direction != Direction::Sent) continue;
            const auto view = stun::MessageView::parse(exchange.bytes);
            if (!view || !view->has(AttributeType::MessageIntegrity)) continue;
            out.emplace_back(view->method(), view->has(AttributeType::AccessToken));
        }
        return out;
    }

    transport::Loop loop;
    transport::GlibClock clock;
    transport::Random random{3};
    Surroundings where{loop.context(), &clock, &random};
    std::shared_ptr<Transcript> transcript = std::make_shared<Transcript>();
    std::shared_ptr<PathEstimate> path = std::make_shared<PathEstimate>();
    std::unique_ptr<server::TurnServer> server;
};

TEST_P(TokenTest, allocates_relays_and_refreshes_with_the_next_token) {
    const Credentials first = grant();
    const auto owner = client(first);
    const Reply allocated = run(owner->request(allocate()));
    ASSERT_TRUE(allocated.is_success()) << allocated.said();
    EXPECT_EQ(allocated.integrity, stun::Check::Valid);
    EXPECT_EQ(owner->challenge()->server_name, kName);
    auto peer = Peer::open(where, IpAddress::v4({127, 0, 0, 1}), transcript, "peer");
    ASSERT_TRUE(peer);
    const TransportAddress address = (*peer)->address();
    const Reply permitted = run(owner->request(create_permission(address)));
    ASSERT_TRUE(permitted.is_success()) << permitted.said();
    EXPECT_EQ(permitted.integrity, stun::Check::Valid);
    const std::string text = "hello";
    owner->send(send_to(address, std::as_bytes(std::span(text))));
    EXPECT_TRUE(run((*peer)->receive(clock.now() + milliseconds(2000))));
    // RFC 7635 s9: the new token refreshes what the old one made, and its mac_key counts from then.
    const Credentials next = grant();
    owner->set_credentials(&next);
    EXPECT_EQ(run(owner->request(create_permission(address))).code(), 401);
    const Reply refreshed = run(owner->request(refresh(600)));
    ASSERT_TRUE(refreshed.is_success()) << refreshed.said();
    EXPECT_TRUE(run(owner->request(channel_bind(0x4001, address))).is_success());
    // And nothing else does.
    Signature without = owner->signature();
    without.access_token.reset();
    EXPECT_EQ(run(owner->exchange(refresh(600), without)).code(), 401);
    // RFC 7635 s9 (MUST): only in Allocate and Refresh.
    auto requests = signed_requests();
    requests.pop_back();
    for (const auto& [method, has_token] : requests) {
        EXPECT_EQ(has_token, method == stun::Method::Allocate || method == stun::Method::Refresh);
    }
}

TEST_P(TokenTest, lifetime_is_bounded_by_the_token) {
    const Credentials user = grant(seconds(60));
    const auto owner = client(user);
    for (const Request& request : {allocate(), refresh(3600)}) {
        const Reply reply = run(owner->request(request));
        ASSERT_TRUE(reply.is_success()) << reply.said();
        EXPECT_LE(reply.u32(AttributeType::Lifetime), 65U);
        EXPECT_GE(reply.u32(AttributeType::Lifetime), 60U);
    }
}

TEST_P(TokenTest, what_is_not_right_is_401) {
    const Credentials expired = grant_before();
    EXPECT_EQ(run(client(expired)->request(allocate())).code(), 401);
    Credentials stranger = grant();
    stranger.username = "north";
    EXPECT_EQ(run(client(stranger)->request(allocate())).code(), 401);
    Credentials thief = grant();
    thief.grant->mac_key = cli::Secret("not the key that is");
    EXPECT_EQ(run(client(thief)->request(allocate())).code(), 401);
    // Without an allocation of its own nobody gets through without a token.
    const Credentials user = grant();
    const auto owner = client(user);
    EXPECT_EQ(run(owner->request(create_permission(server->endpoints()[0]))).code(), 401);
}

INSTANTIATE_TEST_SUITE_P(Transports, TokenTest, testing::Values(Transport::Udp, Transport::Tcp),
                         [](const auto& given) { return std::string(to_string(given.param)); });

class TcpRelayToken : public TokenTest {};

// RFC 6062 s4.3: the data connection is another 5-tuple, and has the credentials of the first.
TEST_P(TcpRelayToken, binds_a_connection_without_a_token) {
    const Credentials user = grant();
    const auto owner = client(user);
    ASSERT_TRUE(run(owner->request(allocate_tcp())).is_success());
    auto peer = StreamPeer::open(where, IpAddress::v4({127, 0, 0, 1}), transcript, "peer");
    ASSERT_TRUE(peer);
    const Reply connected = run(owner->connect((*peer)->address()));
    ASSERT_TRUE(connected.is_success()) << connected.said();
    const auto data = client(user);
    const Reply bound =
        run(data->bind_connection(*connected.u32(AttributeType::ConnectionId), *owner));
    EXPECT_TRUE(bound.is_success()) << bound.said();
}

INSTANTIATE_TEST_SUITE_P(Transports, TcpRelayToken, testing::Values(Transport::Tcp),
                         [](const auto& given) { return std::string(to_string(given.param)); });

}  // namespace
}  // namespace portolan::turn
