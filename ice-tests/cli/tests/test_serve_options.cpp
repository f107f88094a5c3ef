#include <glib.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ice-tests/cli/serve.hpp"
#include "ice-tests/cli/spec.hpp"

namespace portolan::ice_test {
namespace {

using testing::HasSubstr;

Result<ServeRequest> read(std::vector<std::string> words) {
    words.insert(words.begin(), "serve");
    auto arguments = cli::parse_arguments(tool_spec(), words);
    if (!arguments) return arguments.error();
    return read_serve_request(*arguments);
}

TEST(ServeOptions, defaults_are_two_loopback_addresses_and_free_ports) {
    const auto request = read({});
    ASSERT_TRUE(request) << request.error().message;
    EXPECT_THAT(request->server.addresses,
                testing::ElementsAre(IpAddress::v4({127, 0, 0, 1}), IpAddress::v4({127, 0, 0, 2})));
    EXPECT_EQ(request->server.port, 0);
    EXPECT_EQ(request->server.alt_port, 0);
    EXPECT_TRUE(request->server.tcp);
    EXPECT_EQ(request->server.loss_pct, 0);
    EXPECT_FALSE(request->duration);
}

TEST(ServeOptions, everything_can_be_given) {
    const auto request = read({"--address",
                               "192.0.2.1",
                               "--address",
                               "2001:db8::1",
                               "--port",
                               "3478",
                               "--alt-port",
                               "3479",
                               "--no-tcp",
                               "--reply-delay",
                               "40ms",
                               "--loss",
                               "2.5%",
                               "--fault",
                               "alg",
                               "--fault",
                               "duplicate-reply",
                               "--ready-file",
                               "r.json",
                               "--seed",
                               "7",
                               "--duration",
                               "2s"});
    ASSERT_TRUE(request) << request.error().message;
    EXPECT_EQ(request->server.addresses.size(), 2U);
    EXPECT_EQ(request->server.port, 3478);
    EXPECT_EQ(request->server.alt_port, 3479);
    EXPECT_FALSE(request->server.tcp);
    EXPECT_EQ(request->server.reply_delay, std::chrono::milliseconds(40));
    EXPECT_DOUBLE_EQ(request->server.loss_pct, 2.5);
    EXPECT_TRUE(request->server.faults.has(server::ServerFault::Alg));
    EXPECT_TRUE(request->server.faults.has(server::ServerFault::DuplicateReply));
    EXPECT_FALSE(request->server.faults.has(server::ServerFault::Error500));
    EXPECT_EQ(request->seed, 7U);
    EXPECT_EQ(request->ready_file, "r.json");
    EXPECT_EQ(request->duration, std::chrono::seconds(2));
}

TEST(ServeOptions, loss_takes_percentages_only) {
    for (const char* good : {"0", "5", "5%", "100%", "0.1%", ".5"}) {
        EXPECT_TRUE(read({"--loss", good})) << good;
    }
    for (const char* bad :
         {"", "%", "-1%", "101", "nan", "inf", "1e1", "0x5", "5%%", "1.2.3", "."}) {
        const auto request = read({std::string("--loss=") + bad});
        ASSERT_FALSE(request) << bad;
        EXPECT_EQ(request.error().culprit, Culprit::Usage) << bad;
    }
}

TEST(ServeOptions, wrong_values_are_usage_errors_that_name_them) {
    const std::vector<std::vector<std::string>> wrong = {
        {"--address", "localhost"}, {"--address", "[::1]"},    {"--address", "127.0.0.1:3478"},
        {"--port", "65536"},        {"--port", "-1"},          {"--fault", "no-such-fault"},
        {"--reply-delay", "40"},    {"--seed", "x"},           {"--tcp", "--no-tcp"},
        {"--no-such-flag"},         {"--duration", "forever"}, {"--address", "fe80::1"}};
    for (const auto& words : wrong) {
        const auto request = read(words);
        ASSERT_FALSE(request) << words[0];
        EXPECT_EQ(request.error().culprit, Culprit::Usage) << words[0];
        EXPECT_THAT(request.error().message, HasSubstr(words.back())) << words[0];
    }
}

class Variable {
  public:
    Variable(const char* name, const char* value) : name_(name) { g_setenv(name, value, TRUE); }
    ~Variable() { g_unsetenv(name_); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

  private:
    const char* name_;
};

TEST(ServeTurn, is_off_unless_asked_for) {
    const auto request = read({});
    ASSERT_TRUE(request);
    EXPECT_FALSE(request->turn);
}

TEST(ServeTurn, defaults_are_those_of_rfc_8656) {
    const Variable password("PORTOLAN_TURN_PASSWORD", "wonderland");
    const auto request = read({"--turn", "--user", "alice", "--no-tcp", "--fault", "alg"});
    ASSERT_TRUE(request) << request.error().message;
    const server::TurnServerOptions& turn = *request->turn;
    EXPECT_EQ(turn.addresses, request->server.addresses);
    EXPECT_FALSE(turn.tcp);
    EXPECT_TRUE(turn.faults.has(server::ServerFault::Alg));
    EXPECT_EQ(turn.realm, "portolan");
    ASSERT_EQ(turn.users.size(), 1U);
    EXPECT_EQ(turn.users[0].name, "alice");
    EXPECT_EQ(turn.users[0].password.reveal(), "wonderland");
    EXPECT_EQ(turn.relay_port_min, 49152);
    EXPECT_EQ(turn.relay_port_max, 65535);
    EXPECT_EQ(turn.lifetimes.default_allocation, std::chrono::seconds(600));
    EXPECT_EQ(turn.lifetimes.max_allocation, std::chrono::seconds(3600));
    EXPECT_EQ(turn.lifetimes.permission, std::chrono::seconds(300));
    EXPECT_FALSE(turn.rfc5766_channels);
    EXPECT_FALSE(turn.peers.loopback);
}

TEST(ServeTurn, everything_can_be_given) {
    const Variable password("BOBS_PASSWORD", "builder");
    const auto request = read({"--turn",
                               "--user",
                               "bob=env:BOBS_PASSWORD",
                               "--realm",
                               "example.org",
                               "--relay-address",
                               "192.0.2.9",
                               "--relay-ports",
                               "50000-50099",
                               "--max-allocations",
                               "7",
                               "--max-user-allocations",
                               "3",
                               "--allocation-lifetime",
                               "60s",
                               "--max-allocation-lifetime",
                               "2m",
                               "--permission-lifetime",
                               "5s",
                               "--channel-lifetime",
                               "6s",
                               "--nonce-lifetime",
                               "7s",
                               "--rfc5766-channels",
                               "--deny-peer",
                               "10.0.0.0/8",
                               "--allow-peer",
                               "10.1.0.0/16",
                               "--allow-loopback-peers",
                               "--fault",
                               "turn-drops-data"});
    ASSERT_TRUE(request) << request.error().message;
    const server::TurnServerOptions& turn = *request->turn;
    EXPECT_EQ(turn.users[0].password.reveal(), "builder");
    EXPECT_EQ(turn.realm, "example.org");
    EXPECT_THAT(turn.relay_addresses, testing::ElementsAre(*IpAddress::parse("192.0.2.9")));
    EXPECT_EQ(turn.relay_port_min, 50000);
    EXPECT_EQ(turn.relay_port_max, 50099);
    EXPECT_EQ(turn.quotas.allocation_count, 7U);
    EXPECT_EQ(turn.quotas.user_allocation_count, 3U);
    EXPECT_EQ(turn.lifetimes.default_allocation, std::chrono::seconds(60));
    EXPECT_EQ(turn.lifetimes.max_allocation, std::chrono::minutes(2));
    EXPECT_EQ(turn.lifetimes.permission, std::chrono::seconds(5));
    EXPECT_EQ(turn.lifetimes.channel, std::chrono::seconds(6));
    EXPECT_EQ(turn.lifetimes.nonce, std::chrono::seconds(7));
    EXPECT_TRUE(turn.rfc5766_channels);
    EXPECT_EQ(turn.peers.denied.size(), 1U);
    EXPECT_EQ(turn.peers.allowed.size(), 1U);
    EXPECT_EQ(turn.peers.loopback, true);
    EXPECT_TRUE(turn.faults.has(server::ServerFault::TurnDropsData));
}

TEST(ServeTurn, wrong_values_and_turn_options_without_turn_are_usage_errors) {
    const Variable password("PORTOLAN_TURN_PASSWORD", "wonderland");
    const std::vector<std::vector<std::string>> wrong = {
        {"--turn"},
        {"--realm", "x"},
        {"--user", "alice"},
        {"--fault", "turn-drops-data"},
        {"--turn", "--user", "a=env:PORTOLAN_NO_SUCH_VARIABLE"},
        {"--turn", "--user", "a=file:/nonexistent"},
        {"--turn", "--user", "a", "--relay-ports", "50000"},
        {"--turn", "--user", "a", "--relay-ports", "50001-50000"},
        {"--turn", "--user", "a", "--relay-ports", "80-90"},
        {"--turn", "--user", "a", "--relay-address", "localhost"},
        {"--turn", "--user", "a", "--deny-peer", "10.0.0.0/33"},
        {"--turn", "--user", "a", "--permission-lifetime", "1500ms"},
        {"--turn", "--user", "a", "--max-allocation-lifetime", "10s"},
    };
    for (const auto& words : wrong) {
        const auto request = read(words);
        ASSERT_FALSE(request) << words.back();
        EXPECT_EQ(request.error().culprit, Culprit::Usage) << words.back();
    }
}

TEST(ServeTurn, bugs_are_those_of_the_checks) {
    const Variable password("PORTOLAN_TURN_PASSWORD", "wonderland");
    const auto request = read({"--turn", "--user", "alice", "--bug", "rfc8656/8.2/delete", "--bug",
                               "tls/plaintext", "--tls"});
    ASSERT_TRUE(request) << request.error().message;
    EXPECT_TRUE(request->turn->mutants.has(mutants::Mutant::Rfc8656S8_2Delete));
    EXPECT_TRUE(request->turn->mutants.has(mutants::Mutant::TlsPlaintext));
    const auto unknown = read({"--turn", "--user", "alice", "--bug", "rfc8656/8.2/delet"});
    ASSERT_FALSE(unknown);
    EXPECT_EQ(full_code(unknown.error()), "usage.server.bug");
    EXPECT_THAT(unknown.error().hint, HasSubstr("rfc8656/8.2/delete"));
    EXPECT_FALSE(read({"--bug", "rfc8656/8.2/delete"}));
}

TEST(ServeTurn, bugs_that_cannot_show_are_usage_errors) {
    const Variable password("PORTOLAN_TURN_PASSWORD", "wonderland");
    for (const auto& [bug, option] :
         {std::pair("tls/plaintext", "--tls"), std::pair("rfc8489/11/classic-dtls", "--tls"),
          std::pair("security/rest/expired", "--turn-secret-file"),
          std::pair("rfc7635/7/expired", "--oauth-key")}) {
        const auto request = read({"--turn", "--user", "alice", "--bug", bug});
        ASSERT_FALSE(request) << bug;
        EXPECT_EQ(full_code(request.error()), "usage.conflict");
        EXPECT_EQ(request.error().message, std::string("--bug ") + bug + " needs " + option);
    }
    const auto request = read({"--turn", "--user", "alice", "--bug", "rfc7635/7/unexpected"});
    EXPECT_TRUE(request) << request.error().message;
}

TEST(ServeTurn, tls_options_go_together) {
    const Variable password("PORTOLAN_TURN_PASSWORD", "wonderland");
    const std::vector<std::string> turn = {"--turn", "--user", "alice"};
    const auto with = [&](std::vector<std::string> more) {
        std::vector<std::string> words = turn;
        words.insert(words.end(), more.begin(), more.end());
        return read(words);
    };
    const auto made = with({"--tls", "--tls-port", "5349"});
    ASSERT_TRUE(made) << made.error().message;
    ASSERT_TRUE(made->tls);
    EXPECT_EQ(made->tls->port, 5349);
    EXPECT_TRUE(with({"--tls", "--tls-cert", "c.pem", "--tls-key", "k.pem"}));
    EXPECT_FALSE(with({"--tls", "--tls-cert", "c.pem"}));
    EXPECT_FALSE(with({"--tls", "--tls-cert", "c.pem", "--tls-key", "k", "--tls-ca-out", "o"}));
    EXPECT_FALSE(with({"--tls-port", "5349"}));
    EXPECT_FALSE(read({"--tls"}));
}

TEST(ServeTurn, json_has_the_password_only_when_asked_for) {
    const std::vector<std::string> stun = {"stun:127.0.0.1:3478"};
    const std::vector<std::string> turn = {"turn:127.0.0.1:3478?transport=udp"};
    EXPECT_EQ(ice_servers_json(stun, {}, nullptr),
              R"({"iceServers":[{"urls":["stun:127.0.0.1:3478"]}]})");
    EXPECT_EQ(ice_servers_json(stun, turn, nullptr),
              R"({"iceServers":[{"urls":["stun:127.0.0.1:3478"]}],)"
              R"("turn":{"urls":["turn:127.0.0.1:3478?transport=udp"]}})");
    const server::TurnUser alice{"alice", cli::Secret("wonderland")};
    EXPECT_EQ(ice_servers_json(stun, turn, &alice),
              R"({"iceServers":[{"urls":["stun:127.0.0.1:3478"]},)"
              R"({"urls":["turn:127.0.0.1:3478?transport=udp"],)"
              R"("username":"alice","credential":"wonderland"}]})");
}

TEST(ServeOptions, only_commands_that_exist_are_listed) {
    std::vector<std::string> names;
    for (const auto& command : tool_spec().commands)
        names.push_back(command.name);
    EXPECT_EQ(names, (std::vector<std::string>{"serve", "turn", "ice", "compare"}));
}

TEST(ServeOptions, alternate_servers_are_one_address_of_each_family) {
    const auto with = [&](std::vector<std::string> more) {
        std::vector<std::string> words = {"--turn", "--user", "alice=env:PORTOLAN_TEST_PASSWORD"};
        words.insert(words.end(), more.begin(), more.end());
        return read(words);
    };
    g_setenv("PORTOLAN_TEST_PASSWORD", "wonderland", 1);
    const auto request =
        with({"--alternate-server", "192.0.2.1:3478", "--alternate-server", "[2001:db8::1]:3478",
              "--tls-alternate-server", "192.0.2.1:5349", "--alternate-domain", "b.example.org"});
    ASSERT_TRUE(request) << request.error().message;
    ASSERT_TRUE(request->turn);
    EXPECT_EQ(request->turn->alternates.size(), 2U);
    EXPECT_EQ(request->turn->secure_alternates.size(), 1U);
    EXPECT_EQ(request->turn->alternate_domain, "b.example.org");
    for (const char* wrong : {"192.0.2.1", "192.0.2.1:0", "turn.example.org:3478"}) {
        const auto refused = with({"--alternate-server", wrong});
        ASSERT_FALSE(refused) << wrong;
        EXPECT_THAT(refused.error().message, HasSubstr(wrong));
    }
    EXPECT_FALSE(with({"--alternate-server", "192.0.2.1:1", "--alternate-server", "192.0.2.2:1"}));
}

}  // namespace
}  // namespace portolan::ice_test
