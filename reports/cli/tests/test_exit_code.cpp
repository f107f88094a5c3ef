#include <gtest/gtest.h>

#include "reports/cli/exit_code.hpp"

namespace portolan::cli {
namespace {

using report::Finding;
using report::Impact;
using report::Outcome;
using report::Report;
using report::Requirement;
using report::Severity;
using report::Verdict;

Verdict verdict(Outcome outcome) {
    if (outcome == Outcome::Pass) return Verdict::pass();
    return *Verdict::make(outcome, report::Reason("x", "y"));
}

Report with(std::vector<Finding> findings, bool complete = true) {
    Report report;
    report.complete = complete;
    report.sections.push_back({.id = "a", .title = "A", .findings = std::move(findings)});
    return report;
}

Finding finding(Outcome outcome, Severity severity = Severity::Info, bool decides = false) {
    return {.id = "a",
            .title = "A",
            .verdict = verdict(outcome),
            .severity = severity,
            .decides = decides};
}

TEST(ExitCode, NumbersAreTheContract) {
    EXPECT_EQ(static_cast<int>(ExitCode::Ok), 0);
    EXPECT_EQ(static_cast<int>(ExitCode::Findings), 1);
    EXPECT_EQ(static_cast<int>(ExitCode::CouldNot), 2);
    EXPECT_EQ(static_cast<int>(ExitCode::Inconclusive), 3);
    ASSERT_EQ(exit_codes().size(), 4U);
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(static_cast<int>(exit_codes()[static_cast<std::size_t>(i)].code), i);
    }
}

TEST(ExitCode, WithoutAReportThereIsNothingToJudge) {
    ASSERT_EQ(exit_codes(false).size(), 2U);
    EXPECT_EQ(exit_codes(false)[0].code, ExitCode::Ok);
    EXPECT_EQ(exit_codes(false)[1].code, ExitCode::CouldNot);
    EXPECT_EQ(exit_codes(true).size(), exit_codes().size());
}

TEST(ExitCode, FullTableOfOneFinding) {
    constexpr Severity kSeverities[] = {Severity::Info, Severity::Low, Severity::Medium,
                                        Severity::High, Severity::Critical};
    constexpr Outcome kOutcomes[] = {Outcome::Pass, Outcome::Fail, Outcome::Inconclusive,
                                     Outcome::NotTested, Outcome::Unsupported};
    int rows = 0;
    for (const auto outcome : kOutcomes) {
        for (const auto severity : kSeverities) {
            for (const auto threshold : kSeverities) {
                for (const bool decides : {false, true}) {
                    for (const bool complete : {false, true}) {
                        const bool open = outcome != Outcome::Pass && outcome != Outcome::Fail;
                        ExitCode expected = ExitCode::Ok;
                        if ((open && decides) || !complete) expected = ExitCode::Inconclusive;
                        if (outcome == Outcome::Fail && severity >= threshold) {
                            expected = ExitCode::Findings;
                        }
                        const Report report = with({finding(outcome, severity, decides)}, complete);
                        EXPECT_EQ(exit_code_for(report, {.severity = threshold}), expected)
                            << to_string(outcome) << to_string(severity) << decides << complete;
                        ++rows;
                    }
                }
            }
        }
    }
    EXPECT_EQ(rows, 500);
}

TEST(ExitCode, AFailureOutweighsAnOpenQuestion) {
    const auto open = finding(Outcome::Inconclusive, Severity::Info, true);
    const auto failure = finding(Outcome::Fail, Severity::High);
    EXPECT_EQ(exit_code_for(with({open, failure})), ExitCode::Findings);
    EXPECT_EQ(exit_code_for(with({failure, open})), ExitCode::Findings);
    EXPECT_EQ(exit_code_for(with({open, finding(Outcome::Pass)})), ExitCode::Inconclusive);
}

TEST(ExitCode, AnOptInCheckThatWasNotAskedForIsFine) {
    EXPECT_EQ(exit_code_for(with(
                  {finding(Outcome::Pass, Severity::Info, true), finding(Outcome::NotTested)})),
              ExitCode::Ok);
}

TEST(ExitCode, NeverMeansNever) {
    EXPECT_EQ(exit_code_for(with({finding(Outcome::Fail, Severity::Critical)}), FailOn::never()),
              ExitCode::Ok);
}

TEST(FailOn, EachScaleGatesByItself) {
    Finding failure = finding(Outcome::Fail, Severity::Low);
    EXPECT_FALSE(FailOn::parse("high")->matches(failure));
    EXPECT_FALSE(FailOn::parse("should")->matches(failure)) << "no requirement, so none is broken";
    EXPECT_FALSE(FailOn::parse("cosmetic")->matches(failure)) << "no impact";
    failure.requirement = Requirement::Should;
    failure.impact = Impact::NeedsRelay;
    EXPECT_TRUE(FailOn::parse("should")->matches(failure));
    EXPECT_FALSE(FailOn::parse("must")->matches(failure));
    EXPECT_TRUE(FailOn::parse("needs-relay")->matches(failure));
    EXPECT_FALSE(FailOn::parse("breaks-call")->matches(failure));
    EXPECT_TRUE(FailOn::parse("must,low")->matches(failure));
    failure.verdict = verdict(Outcome::Inconclusive);
    EXPECT_FALSE(FailOn::parse("info")->matches(failure));
}

TEST(FailOn, SeveralWordsTakeTheLowestOfEachScale) {
    const auto fail_on = FailOn::parse("critical,medium,must,breaks-call");
    ASSERT_TRUE(fail_on);
    EXPECT_EQ(fail_on->severity, Severity::Medium);
    EXPECT_EQ(fail_on->requirement, Requirement::Must);
    EXPECT_EQ(fail_on->impact, Impact::BreaksCall);
    EXPECT_EQ(*FailOn::parse("never"), FailOn::never());
}

TEST(FailOn, NonsenseIsRefused) {
    for (const char* words : {"", "never,high", "High", "high,", ",", "any", "high must"}) {
        const auto fail_on = FailOn::parse(words);
        ASSERT_FALSE(fail_on) << words;
        EXPECT_EQ(fail_on.error().culprit, Culprit::Usage);
    }
}

}  // namespace
}  // namespace portolan::cli
