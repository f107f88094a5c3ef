#include <agent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "ice-tests/server/tests/turn_world.hpp"
#include "ice-tests/server/turn_server.hpp"
#include "probe/transport/tests/loop.hpp"
#include "probe/transport/udp_socket.hpp"

// The TURN server on real sockets, with libnice's own TURN client.
namespace portolan::server {
namespace {

using namespace test;

TurnServerOptions loopback_options() {
    TurnServerOptions options;
    options.addresses = {*IpAddress::parse("127.0.0.1")};
    options.users.push_back({"alice", cli::Secret("wonderland")});
    return options;
}

class TurnServerTest : public testing::Test {
  protected:
    void start(const TurnServerOptions& options = loopback_options()) {
        auto started = try_start(options);
        ASSERT_TRUE(started) << started.error().message;
        server = std::move(*started);
    }
    Result<std::unique_ptr<TurnServer>> try_start(const TurnServerOptions& options) {
        return TurnServer::start(loop.context(), clock, transport::Random(1), options);
    }
    std::string error_of(const TurnServerOptions& options) {
        const auto started = try_start(options);
        return started ? "" : full_code(started.error());
    }

    transport::Loop loop;
    transport::GlibClock clock;
    std::unique_ptr<TurnServer> server;
};

TEST_F(TurnServerTest, uris_are_those_of_rfc_7065) {
    auto options = loopback_options();
    options.addresses.push_back(*IpAddress::parse("::1"));
    start(options);
    const std::string port = std::to_string(server->endpoints()[0].port);
    EXPECT_THAT(server->uris(), testing::ElementsAre("turn:127.0.0.1:" + port + "?transport=udp",
                                                     "turn:127.0.0.1:" + port + "?transport=tcp",
                                                     "turn:[::1]:" + port + "?transport=udp",
                                                     "turn:[::1]:" + port + "?transport=tcp"));
    EXPECT_THAT(server->stun_uris(), testing::SizeIs(2));
    options.tcp = false;
    start(options);
    EXPECT_THAT(server->uris(), testing::SizeIs(2));
}

TEST_F(TurnServerTest, wrong_options_are_usage_errors) {
    auto options = loopback_options();
    options.users.clear();
    EXPECT_EQ(error_of(options), "usage.server.credentials");
    options = loopback_options();
    options.users.push_back({"alice", cli::Secret("again")});
    EXPECT_EQ(error_of(options), "usage.server.credentials");
    options = loopback_options();
    options.users[0].password = cli::Secret();
    EXPECT_EQ(error_of(options), "usage.server.credentials");
    options = loopback_options();
    options.realm.clear();
    EXPECT_EQ(error_of(options), "usage.server.realm");
    options = loopback_options();
    options.relay_port_min = 60000;
    options.relay_port_max = 50000;
    EXPECT_EQ(error_of(options), "usage.server.relay-ports");
    options = loopback_options();
    options.relay_addresses = {*IpAddress::parse("127.0.0.1"), *IpAddress::parse("127.0.0.2")};
    EXPECT_EQ(error_of(options), "usage.server.relay-address");
    options = loopback_options();
    options.lifetimes.permission = seconds(0);
    EXPECT_EQ(error_of(options), "usage.server.lifetime");
    options = loopback_options();
    options.loss_pct = 101;
    EXPECT_EQ(error_of(options), "usage.server.loss");
}

/// Two libnice agents that may only use relays.
class NicePair {
  public:
    NicePair(GMainContext* context, const TransportAddress& turn, NiceRelayType type,
             const char* password)
        : context_(context) {
        for (int i = 0; i < 2; ++i) {
            Side& side = sides_[i];
            side.agent = nice_agent_new(context, NICE_COMPATIBILITY_RFC5245);
            g_object_set(side.agent, "controlling-mode", i == 0, "force-relay", TRUE, "upnp", FALSE,
                         nullptr);
            NiceAddress local;
            nice_address_init(&local);
            nice_address_set_from_string(&local, "127.0.0.1");
            nice_agent_add_local_address(side.agent, &local);
            side.stream = nice_agent_add_stream(side.agent, 1);
            nice_agent_set_relay_info(side.agent, side.stream, 1, turn.ip.to_string().c_str(),
                                      turn.port, "alice", password, type);
            nice_agent_attach_recv(side.agent, side.stream, 1, context, on_receive, &side);
            g_signal_connect(side.agent, "candidate-gathering-done", G_CALLBACK(on_gathered),
                             &side);
            g_signal_connect(side.agent, "component-state-changed", G_CALLBACK(on_state), &side);
        }
    }
    ~NicePair() {
        for (Side& side : sides_)
            g_object_unref(side.agent);
    }
    NicePair(const NicePair&) = delete;
    NicePair& operator=(const NicePair&) = delete;

    void gather() {
        for (Side& side : sides_)
            EXPECT_TRUE(nice_agent_gather_candidates(side.agent, side.stream));
    }
    bool are_gathered() const { return sides_[0].is_gathered && sides_[1].is_gathered; }
    bool are_ready() const { return sides_[0].is_ready && sides_[1].is_ready; }
    std::size_t candidate_count(int i) const {
        GSList* list = nice_agent_get_local_candidates(sides_[i].agent, sides_[i].stream, 1);
        const std::size_t count = g_slist_length(list);
        for (GSList* item = list; item != nullptr; item = item->next) {
            auto* candidate = static_cast<NiceCandidate*>(item->data);
            EXPECT_EQ(candidate->type, NICE_CANDIDATE_TYPE_RELAYED);
        }
        g_slist_free_full(list, [](gpointer candidate) {
            nice_candidate_free(static_cast<NiceCandidate*>(candidate));
        });
        return count;
    }
    void exchange() {
        for (int i = 0; i < 2; ++i) {
            Side& from = sides_[i];
            Side& to = sides_[1 - i];
            gchar* user = nullptr;
            gchar* password = nullptr;
            nice_agent_get_local_credentials(from.agent, from.stream, &user, &password);
            nice_agent_set_remote_credentials(to.agent, to.stream, user, password);
            g_free(user);
            g_free(password);
        }
        for (int i = 0; i < 2; ++i) {
            Side& from = sides_[i];
            Side& to = sides_[1 - i];
            GSList* list = nice_agent_get_local_candidates(from.agent, from.stream, 1);
            nice_agent_set_remote_candidates(to.agent, to.stream, 1, list);
            g_slist_free_full(list, [](gpointer candidate) {
                nice_candidate_free(static_cast<NiceCandidate*>(candidate));
            });
        }
    }
    void say(int from, std::string_view text) {
        nice_agent_send(sides_[from].agent, sides_[from].stream, 1, static_cast<guint>(text.size()),
                        text.data());
    }
    const std::string& heard(int i) const { return sides_[i].heard; }
    // The end is reported where the thread's default context is.
    void close() {
        g_main_context_push_thread_default(context_);
        for (Side& side : sides_) {
            nice_agent_close_async(
                side.agent,
                [](GObject*, GAsyncResult*, gpointer data) {
                    static_cast<Side*>(data)->is_closed = true;
                },
                &side);
        }
        g_main_context_pop_thread_default(context_);
    }
    bool are_closed() const { return sides_[0].is_closed && sides_[1].is_closed; }

  private:
    struct Side {
        NiceAgent* agent = nullptr;
        guint stream = 0;
        bool is_gathered = false;
        bool is_ready = false;
        bool is_closed = false;
        std::string heard;
    };
    static void on_gathered(NiceAgent*, guint, gpointer data) {
        static_cast<Side*>(data)->is_gathered = true;
    }
    static void on_state(NiceAgent*, guint, guint, guint state, gpointer data) {
        if (state == NICE_COMPONENT_STATE_READY) static_cast<Side*>(data)->is_ready = true;
    }
    static void on_receive(NiceAgent*, guint, guint, guint length, gchar* bytes, gpointer data) {
        static_cast<Side*>(data)->heard.append(bytes, length);
    }

    GMainContext* context_;
    std::array<Side, 2> sides_;
};

class TurnServerWithLibnice : public TurnServerTest,
                              public testing::WithParamInterface<NiceRelayType> {};

TEST_P(TurnServerWithLibnice, two_agents_talk_over_relays_only_and_clean_up) {
    start();
    NicePair pair(loop.context(), server->endpoints()[0], GetParam(), "wonderland");
    pair.gather();
    ASSERT_TRUE(loop.until([&] { return pair.are_gathered(); }));
    ASSERT_GE(pair.candidate_count(0), 1U);
    ASSERT_GE(pair.candidate_count(1), 1U);
    EXPECT_GE(server->statistics().allocation_count, 2U);
    pair.exchange();
    ASSERT_TRUE(loop.until([&] { return pair.are_ready(); }));
    pair.say(0, "from the first");
    pair.say(1, "from the second");
    ASSERT_TRUE(loop.until([&] { return !pair.heard(0).empty() && !pair.heard(1).empty(); }));
    EXPECT_EQ(pair.heard(1), "from the first");
    EXPECT_EQ(pair.heard(0), "from the second");
    EXPECT_GT(server->statistics().from_peers_bytes, 0U);
    // libnice ends its allocations with a Refresh of lifetime 0.
    pair.close();
    ASSERT_TRUE(loop.until([&] { return pair.are_closed(); }));
    EXPECT_TRUE(loop.until([&] { return server->statistics().allocation_count == 0; }));
}

TEST_P(TurnServerWithLibnice, wrong_password_gets_no_relay) {
    start();
    NicePair pair(loop.context(), server->endpoints()[0], GetParam(), "looking-glass");
    pair.gather();
    ASSERT_TRUE(loop.until([&] { return pair.are_gathered(); }));
    EXPECT_EQ(pair.candidate_count(0), 0U);
    EXPECT_EQ(server->statistics().total_allocation_count, 0U);
    pair.close();
    EXPECT_TRUE(loop.until([&] { return pair.are_closed(); }));
}

INSTANTIATE_TEST_SUITE_P(Transports, TurnServerWithLibnice,
                         testing::Values(NICE_RELAY_TYPE_TURN_UDP, NICE_RELAY_TYPE_TURN_TCP));

}  // namespace
}  // namespace portolan::server
