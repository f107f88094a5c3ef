#include <gtest/gtest.h>

extern "C" {
#include <nice/agent.h>
}

#include <array>
#include <chrono>
#include <memory>
#include <string>

#include "nat-sim/virtual/program.hpp"

namespace portolan::sim {
namespace {

using namespace std::chrono_literals;

// A process with one libnice agent.
struct Peer {
    Peer(World& world, Host& host, const std::string& name, bool is_controlling)
        : program(world, host, name) {
        program.run([&] {
            agent = nice_agent_new_full(program.context(), NICE_COMPATIBILITY_RFC5245,
                                        static_cast<NiceAgentOption>(0));
            g_object_set(agent, "upnp", FALSE, "ice-tcp", FALSE, "controlling-mode",
                         is_controlling ? TRUE : FALSE, nullptr);
            stream = nice_agent_add_stream(agent, 1);
            nice_agent_attach_recv(
                agent, stream, 1, program.context(),
                [](NiceAgent*, guint, guint, guint length, gchar*, gpointer self) {
                    static_cast<Peer*>(self)->received_bytes += length;
                    ++static_cast<Peer*>(self)->received_count;
                },
                this);
            g_signal_connect(agent, "candidate-gathering-done",
                             G_CALLBACK(+[](NiceAgent*, guint, gpointer self) {
                                 static_cast<Peer*>(self)->has_gathered = true;
                             }),
                             this);
            g_signal_connect(
                agent, "component-state-changed",
                G_CALLBACK(+[](NiceAgent*, guint, guint, guint new_state, gpointer self) {
                    static_cast<Peer*>(self)->state = new_state;
                }),
                this);
            nice_agent_gather_candidates(agent, stream);
        });
    }
    ~Peer() {
        program.run([&] { g_object_unref(agent); });
    }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    std::string local_sdp() {
        return program.run([&] {
            gchar* text = nice_agent_generate_local_sdp(agent);
            std::string out = text;
            g_free(text);
            return out;
        });
    }
    void set_remote(const std::string& sdp) {
        program.run([&] { nice_agent_parse_remote_sdp(agent, sdp.c_str()); });
    }
    void send() {
        program.run([&] {
            const std::array<char, 160> data{};
            nice_agent_send(agent, stream, 1, data.size(), data.data());
        });
    }

    Program program;
    NiceAgent* agent = nullptr;
    guint stream = 0;
    guint state = NICE_COMPONENT_STATE_DISCONNECTED;
    bool has_gathered = false;
    std::size_t received_bytes = 0;
    std::size_t received_count = 0;
};

struct Two {
    explicit Two(std::uint64_t seed = 1) : world({.seed = seed}) {
        Host& a = world.add_host("a");
        Host& b = world.add_host("b");
        Router& r = world.add_router("r");
        const LinkOptions link{.delay = 10ms};
        world.connect(a, {.addresses = {*InterfaceAddress::parse("192.0.2.2/24")}}, r,
                      {.addresses = {*InterfaceAddress::parse("192.0.2.1/24")}}, link);
        world.connect(b, {.addresses = {*InterfaceAddress::parse("198.51.100.2/24")}}, r,
                      {.addresses = {*InterfaceAddress::parse("198.51.100.1/24")}}, link);
        a.add_default_route(*IpAddress::parse("192.0.2.1"));
        b.add_default_route(*IpAddress::parse("198.51.100.1"));
        capture = &world.capture(*a.interfaces()[0]);
        left = std::make_unique<Peer>(world, a, "left", true);
        right = std::make_unique<Peer>(world, b, "right", false);
    }
    bool connect() {
        if (!world.run_until([&] { return left->has_gathered && right->has_gathered; }, 5s)) {
            return false;
        }
        left->set_remote(right->local_sdp());
        right->set_remote(left->local_sdp());
        return world.run_until(
            [&] {
                return left->state == NICE_COMPONENT_STATE_READY &&
                       right->state == NICE_COMPONENT_STATE_READY;
            },
            10s);
    }

    World world;
    Capture* capture = nullptr;
    std::unique_ptr<Peer> left;
    std::unique_ptr<Peer> right;
};

TEST(Libnice, TwoAgents_ThroughARouter_Connect) {
    Two two;
    EXPECT_TRUE(two.connect());
    EXPECT_LT(two.world.now(), 2s);
    two.left->send();
    EXPECT_TRUE(two.world.run_until([&] { return two.right->received_count == 1; }, 1s));
    EXPECT_EQ(two.right->received_bytes, 160U);
    EXPECT_TRUE(two.world.packet_counts().conserved());
}

TEST(Libnice, ThirtySecondsOfMedia_BothWays_ArriveWhole) {
    Two two;
    ASSERT_TRUE(two.connect());
    const SimTime start = two.world.now();
    for (int i = 0; i < 1500; ++i) {
        two.world.run_until(start + i * 20ms);
        two.left->send();
        two.right->send();
    }
    two.world.run(1s);
    EXPECT_EQ(two.left->received_count, 1500U);
    EXPECT_EQ(two.right->received_count, 1500U);
    EXPECT_TRUE(two.world.packet_counts().conserved());
    EXPECT_EQ(two.left->program.impossible_wait_count(), 0U);
    // The consent timer alone would make it spin a hundred thousand times.
    EXPECT_LT(two.left->program.iteration_count(), 10'000U);
}

TEST(Libnice, SameSeed_SameBytesOnTheWire) {
    const auto run = [](std::uint64_t seed) {
        Two two(seed);
        EXPECT_TRUE(two.connect());
        two.world.run(10s);
        return two.capture->bytes();
    };
    const auto first = run(1);
    EXPECT_GT(first.size(), 1000U);
    EXPECT_TRUE(first == run(1));
    EXPECT_FALSE(first == run(2));
}

}  // namespace
}  // namespace portolan::sim
