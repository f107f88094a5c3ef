#include <gtest/gtest.h>

#include "sdp-lint/cli/rule_names.hpp"

namespace portolan::sdp_lint {
namespace {

using Words = std::vector<std::string>;

TEST(RuleNames, are_codes_and_names_in_any_case) {
    for (const char* word : {"IC003", "ic003", "ufrag-length", "UFRAG-Length"})
        EXPECT_EQ(*code_of_rule(word), "IC003") << word;
}

TEST(RuleNames, near_ones_are_told_with_their_codes) {
    const auto misspelt = code_of_rule("ufrag-lenght");
    ASSERT_FALSE(misspelt);
    EXPECT_EQ(misspelt.error().code, "unknown-id");
    EXPECT_EQ(misspelt.error().hint, "did you mean ufrag-length (IC003)?");
    const auto part = code_of_rule("plan");
    ASSERT_FALSE(part);
    EXPECT_EQ(part.error().hint, "did you mean plan-b (MS012)?");
    const auto code = code_of_rule("IC0003");
    ASSERT_FALSE(code);
    EXPECT_NE(code.error().hint.find("(IC003)"), std::string::npos) << code.error().hint;
    const auto neither = code_of_rule("marzipan-on-toast");
    ASSERT_FALSE(neither);
    EXPECT_EQ(neither.error().hint, "--rules lists every code and name");
}

TEST(RuleNames, become_codes_behind_explain_alone) {
    EXPECT_EQ(*with_codes(Words{"sdp-lint", "--explain", "plan-b", "plan-b"}),
              (Words{"sdp-lint", "--explain", "MS012", "plan-b"}));
    EXPECT_EQ(*with_codes(Words{"sdp-lint", "--explain=plan-b"}),
              (Words{"sdp-lint", "--explain=MS012"}));
    EXPECT_EQ(*with_codes(Words{"sdp-lint", "--", "--explain", "plan-c"}),
              (Words{"sdp-lint", "--", "--explain", "plan-c"}));
    EXPECT_EQ(*with_codes(Words{"sdp-lint", "--explain"}), (Words{"sdp-lint", "--explain"}));
    EXPECT_FALSE(with_codes(Words{"sdp-lint", "--explain", "plan-c-or-d"}));
}

}  // namespace
}  // namespace portolan::sdp_lint
