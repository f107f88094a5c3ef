#include <gtest/gtest.h>

#include <sstream>

#include "reports/cli/exit_code.hpp"
#include "reports/cli/help.hpp"
#include "reports/cli/options.hpp"
#include "reports/cli/tests/sample_tool.hpp"
#include "reports/model/tests/golden.hpp"

namespace portolan::cli {
namespace {

void golden(const char* name, const std::string& actual) {
    testing::expect_golden(std::string("reports/cli/tests/golden/") + name, actual);
}

TEST(Help, GoldenTool) {
    golden("help.txt", help_text(testing::sample_tool(), "", 80));
}

TEST(Help, GoldenCommand) {
    golden("help_audit_server.txt", help_text(testing::sample_tool(), "audit-server", 80));
}

TEST(Help, GoldenToolOfCommands) {
    auto tool = testing::sample_tool();
    tool.commands.erase(tool.commands.begin());
    golden("help_commands_only.txt", help_text(tool, "", 80));
}

TEST(Man, Golden) {
    golden("nat-sample.1", man_page(testing::sample_tool()));
}

TEST(Help, KeepsToTheWidth) {
    std::istringstream page(help_text(testing::sample_tool(), "", 72));
    for (std::string line; std::getline(page, line);)
        EXPECT_LE(line.size(), 72U) << line;
}

TEST(Help, EveryOptionAndExitStatusIsInBothAndHiddenOnesInNeither) {
    const auto tool = testing::sample_tool();
    const std::string help = help_text(tool, "", 80);
    std::string man = man_page(tool);
    for (auto at = man.find("\\-"); at != std::string::npos; at = man.find("\\-"))
        man.erase(at, 1);
    for (const auto& option : all_options(*find_command(tool, ""))) {
        EXPECT_EQ(help.find("--" + option.name) != std::string::npos, !option.hidden)
            << option.name;
        EXPECT_EQ(man.find("--" + option.name) != std::string::npos, !option.hidden) << option.name;
    }
    for (const auto& row : exit_codes()) {
        EXPECT_NE(help.find("\n  " + std::to_string(static_cast<int>(row.code)) + "  "),
                  std::string::npos)
            << row.name;
        EXPECT_NE(man.find(row.meaning), std::string::npos) << row.name;
    }
    for (const char* section : {"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS",
                                "EXIT STATUS", "ENVIRONMENT", "EXAMPLES", "SEE ALSO"}) {
        EXPECT_NE(man.find(std::string(".SH ") + section + "\n"), std::string::npos) << section;
    }
}

/// 1 and 3 are judgements on a report.
TEST(Help, CommandWithoutReportHasOnlyTheExitStatusItCanEndWith) {
    auto tool = testing::sample_tool();
    for (auto& command : tool.commands)
        command.common.report = false;
    for (const char* command : {"", "audit-server", "merge"}) {
        const std::string help = help_text(tool, command, 80);
        EXPECT_NE(help.find("\n  0  The job was done.\n"), std::string::npos) << help;
        EXPECT_NE(help.find("\n  2  The job could not be done"), std::string::npos) << help;
        EXPECT_EQ(help.find("\n  1  "), std::string::npos) << help;
        EXPECT_EQ(help.find("\n  3  "), std::string::npos) << help;
        EXPECT_EQ(help.find("--fail-on"), std::string::npos) << help;
    }
    const std::string man = man_page(tool);
    EXPECT_EQ(man.find("\\fB1\\fR"), std::string::npos) << man;
    EXPECT_EQ(man.find("\\fB3\\fR"), std::string::npos) << man;
    // One command that writes a report is enough for the page of all.
    tool.commands.back().common.report = true;
    EXPECT_NE(man_page(tool).find("\\fB3\\fR"), std::string::npos);
}

}  // namespace
}  // namespace portolan::cli
