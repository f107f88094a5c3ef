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

TEST(ServeOptions, only_commands_that_exist_are_listed) {
    ASSERT_EQ(tool_spec().commands.size(), 1U);
    EXPECT_EQ(tool_spec().commands[0].name, "serve");
}

}  // namespace
}  // namespace portolan::ice_test
