#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <string>

#include "reports/cli/progress.hpp"
#include "reports/cli/terminal.hpp"

namespace portolan::cli {
namespace {

Environment environment(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const char* name) -> std::optional<std::string> {
        const auto found = values.find(name);
        if (found == values.end()) return std::nullopt;
        return found->second;
    };
}

const Terminal kBoth{.stdout_is_terminal = true, .stderr_is_terminal = true};
const Terminal kNone{};

TEST(Color, OnlyOnATerminalThatWantsIt) {
    const auto xterm = environment({{"TERM", "xterm"}});
    EXPECT_EQ(decide_color(kBoth, false, xterm), ColorMode::Color);
    EXPECT_EQ(decide_color(kNone, false, xterm), ColorMode::Plain);
    EXPECT_EQ(decide_color(kBoth, true, xterm), ColorMode::Plain);
    EXPECT_EQ(decide_color(kBoth, false, environment({{"TERM", "dumb"}})), ColorMode::Plain);
    EXPECT_EQ(decide_color(kBoth, false, environment({})), ColorMode::Plain);
    EXPECT_EQ(decide_color(kBoth, false, environment({{"TERM", "xterm"}, {"NO_COLOR", "1"}})),
              ColorMode::Plain);
    EXPECT_EQ(decide_color(kBoth, false, environment({{"TERM", "xterm"}, {"NO_COLOR", ""}})),
              ColorMode::Color);
}

TEST(Progress, OnlyForAPersonWhoWaits) {
    const auto xterm = environment({{"TERM", "xterm"}});
    EXPECT_TRUE(decide_progress(kBoth, false, xterm));
    EXPECT_FALSE(decide_progress(kBoth, true, xterm));
    EXPECT_FALSE(decide_progress(kNone, false, xterm));
    EXPECT_FALSE(decide_progress(kBoth, false, environment({{"TERM", "xterm"}, {"CI", "true"}})));
    EXPECT_FALSE(decide_progress(kBoth, false, environment({{"TERM", "dumb"}})));
}

std::string written(bool enabled, std::size_t width) {
    int ends[2];
    if (pipe(ends) != 0) return "no pipe";
    {
        Progress progress(enabled, width, ends[1]);
        progress.show("one");
        progress.show("one");
        progress.show("two\x1b[2J and very much more");
    }
    close(ends[1]);
    char bytes[512];
    const ssize_t count = read(ends[0], bytes, sizeof bytes);
    close(ends[0]);
    return {bytes, static_cast<std::size_t>(count > 0 ? count : 0)};
}

TEST(Progress, OverwritesOneEscapedLineAndLeavesNothing) {
    EXPECT_EQ(written(true, 12), "\r\x1b[Kone\r\x1b[Ktwo\\x1b[2J \r\x1b[K");
    EXPECT_EQ(written(false, 12), "");
}

}  // namespace
}  // namespace portolan::cli
