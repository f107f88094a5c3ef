#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "ice-tests/agent/options.hpp"

namespace portolan::agent {
namespace {

TurnServerRef turn_server() {
    return {.address = *TransportAddress::parse("192.0.2.1:3478"),
            .username = "user",
            .password = cli::Secret("hidden-word")};
}

TEST(AgentOptions, Defaults_and_a_relay_are_fine) {
    EXPECT_TRUE(AgentOptions{}.validate());
    AgentOptions options;
    options.relay_only = true;
    options.turn_servers.push_back(turn_server());
    EXPECT_TRUE(options.validate());
}

TEST(AgentOptions, What_cannot_work_is_refused) {
    using Change = std::function<void(AgentOptions&)>;
    const auto with_server = [](const std::function<void(TurnServerRef&)>& change) -> Change {
        return [change](AgentOptions& options) {
            options.turn_servers.push_back(turn_server());
            change(options.turn_servers.back());
        };
    };
    using std::chrono::milliseconds;
    const Change changes[] = {
        [](auto& o) { o.ice_udp = false; },
        [](auto& o) { o.ipv4 = o.ipv6 = false; },
        [](auto& o) { o.relay_only = true; },
        [](auto& o) { o.local_addresses.resize(65, *IpAddress::parse("192.0.2.1")); },
        [](auto& o) { o.local_addresses = {*IpAddress::parse("0.0.0.0")}; },
        [](auto& o) {
            o.ipv6 = false;
            o.local_addresses = {*IpAddress::parse("2001:db8::1")};
        },
        [](auto& o) {
            o.stun_server = TransportAddress{*IpAddress::parse("192.0.2.1"), 0};
        },
        [](auto& o) { o.ta = milliseconds(4); },
        [](auto& o) { o.ta = milliseconds(10'001); },
        [](auto& o) { o.initial_rto = milliseconds(19); },
        [](auto& o) { o.initial_rto = milliseconds(10'000); },
        [](auto& o) { o.max_transmission_count = 0; },
        [](auto& o) { o.max_transmission_count = 100; },
        [](auto& o) { o.idle_timeout = milliseconds(49); },
        [](auto& o) { o.idle_timeout = milliseconds(60'001); },
        [](auto& o) {
            for (int i = 0; i < 9; ++i)
                o.turn_servers.push_back(turn_server());
        },
        with_server([](auto& s) { s.address.port = 0; }),
        with_server([](auto& s) { s.address.ip = IpAddress(); }),
        with_server([](auto& s) { s.username.clear(); }),
        with_server([](auto& s) { s.username = std::string("a\0b", 3); }),
        with_server([](auto& s) { s.password = cli::Secret(); }),
        with_server(
            [](auto& s) { s.password = cli::Secret(std::string_view("hidden-word\0", 12)); }),
    };
    int index = 0;
    for (const auto& change : changes) {
        AgentOptions options;
        change(options);
        const auto checked = options.validate();
        ASSERT_FALSE(checked) << index;
        EXPECT_EQ(checked.error().culprit, Culprit::Usage) << index;
        EXPECT_EQ(checked.error().code, "agent.options") << index;
        EXPECT_THAT(checked.error().message, testing::Not(testing::HasSubstr("hidden-word")));
        ++index;
    }
}

}  // namespace
}  // namespace portolan::agent
