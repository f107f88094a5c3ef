#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "sdp-lint/cli/config.hpp"

namespace portolan::sdp_lint {
namespace {

TEST(Config, reads_every_setting) {
    const auto config = parse_config(
        R"({"profile": "sip", "target": "chrome@156,firefox", "select": ["IC", "DT001,DT002"],
            "ignore": "IC034", "severity": {"SX002": "off"}, "fail_on": "warning",
            "baseline": "known.json"})",
        "some/where/sdp-lint.json");
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->profile, lint::Profile::Sip);
    ASSERT_EQ(config->targets.size(), 2U);
    EXPECT_EQ(config->targets[0].version, "156");
    EXPECT_EQ(config->select, (std::vector<std::string>{"IC", "DT001", "DT002"}));
    EXPECT_EQ(config->ignore, std::vector<std::string>{"IC034"});
    EXPECT_EQ(config->severities[0].second, lint::Severity::Off);
    EXPECT_EQ(config->fail_on, "warning");
    EXPECT_EQ(config->baseline, "some/where/known.json");
}

TEST(Config, refuses_what_would_silently_do_nothing) {
    for (const char* text :
         {"", "[]", R"({"profiles": "sip"})", R"({"profile": "voip"})", R"({"profile": 1})",
          R"({"target": "opera"})", R"({"severity": {"IC001": "fatal"}})", R"({"select": [1]})",
          R"({"severity": []})"}) {
        const auto config = parse_config(text, "x/sdp-lint.json");
        ASSERT_FALSE(config) << text;
        EXPECT_EQ(config.error().code, "config");
        EXPECT_NE(config.error().message.find("x/sdp-lint.json"), std::string::npos);
    }
}

TEST(Config, is_found_upwards) {
    namespace fs = std::filesystem;
    const fs::path root = fs::path(testing::TempDir()) / "sdp_lint_config";
    fs::create_directories(root / "a/b");
    std::ofstream(root / kConfigName) << R"({"profile": "sip"})";
    const auto config = find_config((root / "a/b").string());
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->profile, lint::Profile::Sip);
    fs::remove_all(root);
}

}  // namespace
}  // namespace portolan::sdp_lint
