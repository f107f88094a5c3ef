#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ice-tests/gate/comparison.hpp"
#include "ice-tests/gate/tests/sample.hpp"
#include "reports/cli/exit_code.hpp"

namespace portolan::gate {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

report::Report compared(const report::Report& before, const report::Report& after) {
    auto out = compare(before, after, "old.json", "new.json");
    EXPECT_TRUE(out);
    out->tool = {"ice-test", "1"};
    const auto valid = report::validate(*out);
    EXPECT_TRUE(valid) << valid.error().message;
    return *out;
}

cli::ExitCode exit_of(const report::Report& report) {
    return cli::exit_code_for(report, *cli::FailOn::parse("must,high"));
}

TEST(Comparison, Ports_and_times_are_no_difference) {
    const report::Report out =
        compared(sample(failure("Error 400 after 1.5 ms at 10.0.0.1:1234.")),
                 sample(failure("Error 400 after 2.5 ms at 10.0.0.1:4321.")));
    EXPECT_THAT(out.sections[0].findings, IsEmpty());
    EXPECT_EQ(out.headline, "Nothing differs in 1 findings.");
    EXPECT_EQ(exit_of(out), cli::ExitCode::Ok);
}

TEST(Comparison, What_fails_now_and_did_not_is_worse) {
    const report::Report out =
        compared(sample(report::Verdict::pass()), sample(failure("Error 500.")));
    ASSERT_EQ(out.sections[0].findings.size(), 1U);
    EXPECT_THAT(out.sections[0].findings[0].verdict.reason()->sentence(),
                HasSubstr("Before: pass"));
    EXPECT_EQ(exit_of(out), cli::ExitCode::Findings);
}

TEST(Comparison, What_does_not_fail_any_more_is_better) {
    const report::Report out =
        compared(sample(failure("Error 500.")), sample(report::Verdict::pass()));
    ASSERT_EQ(out.sections[0].findings.size(), 1U);
    EXPECT_TRUE(out.sections[0].findings[0].verdict.is_pass());
    EXPECT_THAT(out.headline, HasSubstr("0 worse, 1 better"));
    EXPECT_EQ(exit_of(out), cli::ExitCode::Ok);
}

TEST(Comparison, Another_cause_and_a_finding_that_is_gone_differ) {
    const report::Report other =
        compared(sample(failure("Error 500.")), sample(failure("Error 400.")));
    EXPECT_THAT(other.headline, HasSubstr("1 otherwise"));
    const report::Report moved =
        compared(sample(report::Verdict::pass()), sample(report::Verdict::pass(), "tcp"));
    EXPECT_THAT(moved.headline, HasSubstr("2 of 2 findings differ"));
}

TEST(Comparison, Reports_of_different_tools_are_not_compared) {
    report::Report other = sample(report::Verdict::pass());
    other.tool.name = "nat-probe";
    const auto out = compare(sample(report::Verdict::pass()), other, "a", "b");
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().culprit, Culprit::Usage);
}

}  // namespace
}  // namespace portolan::gate
