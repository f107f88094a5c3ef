#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "ice-tests/gate/budget.hpp"
#include "reports/cli/exit_code.hpp"
#include "reports/model/json.hpp"

namespace portolan::gate {
namespace {

using testing::HasSubstr;

TEST(Budget, Refuses_what_it_does_not_know_with_its_place) {
    struct Case {
        const char* json;
        const char* says;
    };
    for (const auto& [json, says] :
         {Case{R"({"allocate_p95ms": 3})",
               "/allocate_p95ms is not known; do you mean \"allocate_p95_ms\"?"},
          Case{R"({"allocate_p95_ms": "3"})", "/allocate_p95_ms must be a number"},
          Case{R"({"loss_pct": -1})", "/loss_pct must not be below 0"},
          Case{"{}", "bounds nothing"}, Case{"[]", "must be an object"}, Case{"{", "json"}}) {
        const auto budget = parse_budget(json);
        ASSERT_FALSE(budget) << json;
        EXPECT_EQ(budget.error().culprit, Culprit::Usage);
        std::string message = budget.error().message + ' ' + budget.error().code;
        std::erase(message, ':');
        EXPECT_THAT(message, HasSubstr(says)) << json;
    }
}

TEST(Budget, Bounds_are_kept_or_exceeded_and_what_was_not_measured_stays_open) {
    const auto budget = parse_budget(
        R"({"allocate_p95_ms": 10, "certificate_days": 21, "amplification": 1.5, "gather_ms": 1})");
    ASSERT_TRUE(budget);
    const report::Section section = judge_budget(
        *budget, "turn", {{"allocate_p95_ms", {.value = 10}}, {"certificate_days", {.value = 20}}},
        {"udp"}, "e");
    ASSERT_EQ(section.findings.size(), 3U) << "gather_ms is for another command";
    EXPECT_TRUE(section.findings[0].verdict.is_pass());
    EXPECT_EQ(section.findings[1].verdict.outcome(), report::Outcome::Inconclusive);
    EXPECT_TRUE(section.findings[2].verdict.is_fail());
    EXPECT_EQ(section.findings[2].verdict.reason()->sentence(),
              "It is 20 days, and the least allowed is 21 days.");
    report::Report report;
    report.complete = true;
    report.sections.push_back(section);
    EXPECT_EQ(cli::exit_code_for(report, *cli::FailOn::parse("must,high")),
              cli::ExitCode::Findings);
}

TEST(Budget, Schema_has_every_item_and_no_other) {
    std::ifstream file(PORTOLAN_SOURCE_DIR "/ice-tests/gate/budget.schema.json");
    std::stringstream text;
    text << file.rdbuf();
    const auto schema = report::parse_json(text.str());
    ASSERT_TRUE(schema);
    EXPECT_EQ((*schema)["properties"].size(), budget_table().size());
    for (const BudgetItem& item : budget_table())
        EXPECT_TRUE((*schema)["properties"].contains(std::string(item.key))) << item.key;
}

}  // namespace
}  // namespace portolan::gate
