#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>

#include "sdp-lint/rules/registry.hpp"

namespace portolan::lint {
namespace {

TEST(Catalogue, is_sorted_and_found_by_code_and_name) {
    const auto rows = catalogue();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(static_cast<std::size_t>(rows[i].code), i);
        EXPECT_EQ(find_code(rows[i].code_text), rows[i].code);
        EXPECT_EQ(find_code(rows[i].name), rows[i].code);
        if (i > 0) {
            EXPECT_LT(rows[i - 1].code_text, rows[i].code_text);
        }
    }
    EXPECT_FALSE(find_code("ZZ999"));
}

TEST(Catalogue, every_row_has_one_rule_of_its_scope_and_a_case_file) {
    std::map<Code, const Rule*> rules;
    for (const RuleGroup group : rule_groups()) {
        for (const Rule& rule : group()) {
            for (const Code code : rule.codes()) {
                EXPECT_TRUE(rules.emplace(code, &rule).second)
                    << to_string(code) << " has two rules";
            }
        }
    }
    const std::filesystem::path cases =
        std::filesystem::path(PORTOLAN_SOURCE_DIR) / "sdp-lint/rules/tests/cases";
    for (const CatalogueRow& row : catalogue()) {
        SCOPED_TRACE(std::string(row.code_text));
        const auto found = rules.find(row.code);
        if (found == rules.end()) {
            ADD_FAILURE() << "no rule reports it";
            continue;
        }
        const Rule& rule = *found->second;
        switch (row.scope) {
            case Scope::Blob:
                EXPECT_NE(rule.blob, nullptr);
                break;
            case Scope::Pair:
                EXPECT_NE(rule.pair, nullptr);
                break;
            case Scope::Session:
                EXPECT_NE(rule.sequence, nullptr);
                break;
            case Scope::Munging:
                EXPECT_NE(rule.munging, nullptr);
                break;
        }
        EXPECT_TRUE(std::filesystem::exists(cases / (std::string(row.code_text) + ".txt")))
            << "no case file";
        EXPECT_TRUE(std::any_of(row.severity.begin(), row.severity.end(), [](Severity severity) {
            return severity != Severity::Off;
        })) << "off in every profile";
        for (const Code sibling : rule.codes())
            EXPECT_EQ(row_of(sibling).for_fragments, row.for_fragments) << "unlike its family";
        for (const auto& browser : row.browsers) {
            for (const BrowserRow& cell : browser) {
                EXPECT_TRUE(cell.message.empty() || cell.verdict == BrowserVerdict::Rejects)
                    << "a message of a browser that does not reject";
                EXPECT_NO_THROW(std::regex(cell.when.begin(), cell.when.end())) << cell.when;
            }
        }
    }
}

}  // namespace
}  // namespace portolan::lint
