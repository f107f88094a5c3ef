#include <gtest/gtest.h>

#include <algorithm>

#include "sdp-lint/cli/why.hpp"

namespace portolan::sdp_lint {
namespace {

/// Every message of the catalogue finds its own rule, with a line filled in.
TEST(Why, finds_the_rule_behind_each_message) {
    std::size_t tried = 0;
    for (const lint::CatalogueRow& row : lint::catalogue()) {
        for (const auto& cells : row.browsers) {
            for (const lint::BrowserRow& cell : cells) {
                if (cell.message.size() < 8) continue;
                ++tried;
                std::string said = "OperationError: " + std::string(cell.message) + " (at 3)";
                const std::size_t at = said.find("{line}");
                if (at != said.npos) said.replace(at, 6, "a=ice-ufrag:F7");
                const auto matches = lint::find_message(said);
                EXPECT_TRUE(std::any_of(matches.begin(), matches.end(),
                                        [&](const auto& match) { return match.code == row.code; }))
                    << row.code_text << ": " << said;
            }
        }
    }
    EXPECT_GT(tried, 0U) << "the catalogue has no messages";
}

TEST(Why, says_when_it_does_not_know) {
    const auto nothing = explain_message("the moon is full", nullptr, {}, false);
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error().code, "why.unknown");
}

}  // namespace
}  // namespace portolan::sdp_lint
