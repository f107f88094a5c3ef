#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/cli/exit_code.hpp"
#include "reports/digest/comparison.hpp"
#include "reports/digest/essence.hpp"
#include "reports/digest/tests/sample.hpp"
#include "reports/model/change.hpp"
#include "reports/model/measured.hpp"

namespace portolan::digest {
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
    EXPECT_EQ(out.headline, "Nothing differs in 1 finding.");
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

TEST(Comparison, Another_value_of_a_pass_differs_and_a_figure_only_beyond_noise) {
    const auto differing_count = [](const std::string& before, const std::string& after) {
        return compared(valued(before), valued(after)).sections[0].findings.size();
    };
    EXPECT_EQ(differing_count("endpoint-independent", "address-dependent"), 1U);
    EXPECT_EQ(differing_count("preserved, 50012", "preserved, 61000"), 0U);
    EXPECT_EQ(differing_count("12.5 dB", "18.0 dB"), 0U);
    EXPECT_EQ(differing_count("12.5 dB", "19.0 dB"), 1U);
    EXPECT_EQ(differing_count("19.0 dB", "12.5 dB"), 1U);
    EXPECT_EQ(differing_count("12.5 dB", "12.5 s"), 1U);
    EXPECT_EQ(differing_count("0", "1"), 1U);
    EXPECT_EQ(differing_count("0 %", "50 %"), 1U);
    EXPECT_EQ(differing_count("89 % direct, 11 % relayed", "100 % relayed"), 1U);
    EXPECT_EQ(differing_count("89 % direct, 11 % relayed", "50 % direct, 50 % relayed"), 1U);
    EXPECT_EQ(differing_count("3 host", "4 host"), 1U);
    EXPECT_EQ(differing_count("10 of 10 as derived", "9 of 10 as derived"), 1U);
    EXPECT_EQ(differing_count("10.9.9.9", "192.168.1.2"), 0U);
}

TEST(Comparison, One_reading_of_a_time_is_no_change) {
    for (const auto& [before, after] :
         {std::pair{"15 ms", "3.7 ms"}, {"3.7 ms", "200 ms"}, {"900 ms", "1.1 s"}})
        EXPECT_THAT(compared(valued(before), valued(after)).sections[0].findings, IsEmpty())
            << before;
}

report::Report measured(report::Measured figure,
                        report::Verdict verdict = report::Verdict::pass()) {
    report::Report out = sample(std::move(verdict));
    report::add_measured(out.sections[0].findings[0].data, figure);
    return out;
}

TEST(Comparison, What_was_measured_changes_beyond_the_spread_of_both) {
    const report::Measured quick{"round trip", "ms", 0.2, 0.1, 8, 180};
    const report::Measured slow{"round trip", "ms", 205, 201, 230, 180};
    const report::Report out = compared(measured(quick), measured(slow));
    ASSERT_EQ(out.sections[0].findings.size(), 1U);
    EXPECT_EQ(out.sections[0].findings[0].value, "round trip 0.2 ms \u2192 205 ms");
    EXPECT_THAT(out.headline, HasSubstr("1 otherwise"));
    const auto is_same = [](const report::Measured& a, const report::Measured& b) {
        return compared(measured(a), measured(b)).sections[0].findings.empty() &&
               compared(measured(b), measured(a)).sections[0].findings.empty();
    };
    EXPECT_TRUE(is_same(quick, {"round trip", "ms", 4, 3, 9, 180})) << "the ranges meet";
    EXPECT_TRUE(
        is_same({"round trip", "ms", 100, 99, 101, 180}, {"round trip", "ms", 140, 139, 141, 180}))
        << "within the factor";
    EXPECT_TRUE(is_same(quick, {"round trip", "ms", 205, 201, 230, 4})) << "too few samples";
    EXPECT_TRUE(is_same({"loss", "%", 0, 0, 2.1, 182}, {"loss", "%", 1.1, 0.3, 3.9, 182}));
    EXPECT_FALSE(is_same({"loss", "%", 0, 0, 2.1, 182}, {"loss", "%", 4.9, 2.6, 9.1, 182}));
}

TEST(Comparison, The_same_failure_with_other_figures_is_the_same) {
    const auto lossy = [](const std::string& words, const report::Measured& figure) {
        return measured(figure, report::Verdict::fail(report::Reason("loss-high", words)));
    };
    const report::Report before =
        lossy("9 of 182 packets are lost.", {"loss", "%", 4.9, 2.6, 9.1, 182});
    EXPECT_THAT(
        compared(before, lossy("11 of 182 packets are lost.", {"loss", "%", 6, 3.4, 10.5, 182}))
            .sections[0]
            .findings,
        IsEmpty());
    EXPECT_EQ(
        compared(before, lossy("60 of 182 packets are lost.", {"loss", "%", 33, 26.6, 40, 182}))
            .sections[0]
            .findings.at(0)
            .value,
        "loss 4.9 % \u2192 33 %");
}

TEST(Comparison, What_one_run_could_not_tell_is_counted_and_no_change) {
    const auto open = sample(
        report::Verdict::inconclusive(report::Reason("late", "This computer was too busy.")));
    const auto late =
        sample(report::Verdict::not_tested(report::Reason("out-of-time", "The run ended before.")));
    const auto alone =
        sample(report::Verdict::not_tested(report::Reason("one-socket", "Only one answered.")));
    for (const report::Report& each : {open, late, alone}) {
        for (const report::Report& out :
             {compared(each, valued("MOS 4.4")), compared(valued("MOS 4.4"), each)}) {
            EXPECT_THAT(out.sections[0].findings, IsEmpty());
            EXPECT_EQ(out.headline,
                      "Nothing differs in 1 finding; 1 could not be told in one of the runs, which "
                      "is no difference.");
            EXPECT_THAT(out.evidence.back().lines.at(0), HasSubstr("MOS 4.4"));
            EXPECT_EQ(exit_of(out), cli::ExitCode::Ok);
        }
        EXPECT_THAT(compared(each, sample(failure("Error 500."))).headline,
                    HasSubstr("0 worse, 1 failing of which nothing was known before, 0 better"));
    }
}

TEST(Comparison, What_fails_and_was_unknown_before_is_a_failure_and_not_called_worse) {
    const auto failing = sample(failure("Error 500."));
    const auto told = [&](const report::Report& before) {
        const report::Report out = compared(before, failing);
        EXPECT_EQ(out.data["comparison"]["worse_count"], 0);
        EXPECT_EQ(out.data["comparison"]["fails_now_count"], 1);
        EXPECT_EQ(exit_of(out), cli::ExitCode::Findings);
        return out.sections[0].findings.at(0).verdict.reason()->sentence();
    };
    EXPECT_EQ(told(sample(report::Verdict::not_tested(report::Reason("left-out", "Left out.")))),
              "It fails now, and was not tested before. Before: not tested: Left out. Now: fail: "
              "Error 500.");
    report::Report empty = failing;
    empty.sections[0].findings.clear();
    EXPECT_THAT(told(empty), HasSubstr("It fails now, and was not in the report before."));
    const auto unsupported =
        sample(report::Verdict::unsupported(report::Reason("unsupported", "It has none.")));
    EXPECT_THAT(compared(unsupported, failing).headline, HasSubstr("1 worse, 0 better"));
}

TEST(Comparison, What_is_worse_comes_first_and_what_is_better_last) {
    const auto three = [](const report::Verdict& a, const report::Verdict& b,
                          const report::Verdict& c) {
        report::Report out = sample(a);
        auto& findings = out.sections[0].findings;
        for (const report::Verdict& verdict : {b, c})
            findings.push_back(sample(verdict).sections[0].findings[0]);
        findings[1].id = "second";
        findings[2].id = "third";
        return out;
    };
    const auto pass = report::Verdict::pass();
    const auto open = report::Verdict::not_tested(report::Reason("left-out", "Left out."));
    const auto bad = failure("Error 500.");
    const report::Report out = compared(three(bad, pass, pass), three(pass, open, bad));
    ASSERT_EQ(out.sections[0].findings.size(), 3U);
    EXPECT_EQ(out.sections[0].findings[0].id, "third");
    EXPECT_EQ(out.sections[0].findings[1].id, "second");
    EXPECT_TRUE(out.sections[0].findings[2].verdict.is_pass());
}

TEST(Comparison, The_value_tells_the_old_verdict_and_the_new_one) {
    const auto told = [](const report::Report& before, const report::Report& after) {
        const report::Report out = compared(before, after);
        EXPECT_EQ(out.sections[0].findings.size(), 1U);
        return out.sections[0].findings.at(0);
    };
    const auto open = report::Verdict::not_tested(report::Reason("left-out", "Left out."));
    const report::Finding tested = told(sample(open), valued("12 ms"));
    EXPECT_EQ(tested.value, "not tested \u2192 pass");
    EXPECT_TRUE(report::is_change(tested.verdict));
    EXPECT_EQ(tested.verdict.reason()->sentence(),
              "Before: not tested: Left out. Now: pass (12 ms).");
    EXPECT_EQ(told(valued("12 dB"), valued("30 dB")).value, "12 dB \u2192 30 dB");
    EXPECT_EQ(told(valued("12 ms"), valued(std::string(50, 'x'))).value, "pass, another value");
    EXPECT_EQ(told(sample(failure("Error 500.")), sample(failure("Error 400."))).value,
              "fail, another cause");
    EXPECT_EQ(told(sample(failure("Error 500.")), valued("12 ms")).summary,
              "Before: fail: Error 500.");
}

TEST(Comparison, A_section_that_is_new_does_not_shift_the_others) {
    report::Report before = valued("endpoint-independent");
    report::Report after = valued("endpoint-independent");
    report::Section added = valued("address-dependent").sections.front();
    added.id = "another";
    after.sections.insert(after.sections.begin(), added);
    const report::Report out = compared(before, after);
    ASSERT_EQ(out.sections[0].findings.size(), 1U);
    EXPECT_THAT(out.sections[0].findings[0].verdict.reason()->sentence(),
                HasSubstr("Before: not in the report. Now: pass (address-dependent)."));
}

TEST(Comparison, The_same_over_several_transports_is_one_row_and_counts_as_often) {
    const auto over_both = [](const report::Verdict& udp, const report::Verdict& tcp) {
        report::Report out = sample(udp);
        report::Section other = sample(tcp, "tcp").sections.front();
        other.id = "tcp";
        out.sections.push_back(other);
        return out;
    };
    const report::Report sound = over_both(report::Verdict::pass(), report::Verdict::pass());
    const report::Report same = compared(
        sound, over_both(failure("Error 500 after 1.5 ms."), failure("Error 500 after 2.5 ms.")));
    ASSERT_EQ(same.sections[0].findings.size(), 1U);
    EXPECT_EQ(same.sections[0].findings[0].title, "Quota (udp, tcp)");
    EXPECT_EQ(same.sections[0].findings[0].value, "pass \u2192 fail");
    EXPECT_THAT(same.headline, HasSubstr("2 of 2 findings differ: 2 worse"));
    const report::Report other =
        compared(sound, over_both(failure("Error 500."), failure("Error 400.")));
    ASSERT_EQ(other.sections[0].findings.size(), 2U);
    EXPECT_EQ(other.sections[0].findings[1].title, "Quota (tcp)");
}

/// Addresses differ from run to run and are masked; what a failure is about is not.
TEST(Comparison, A_failure_of_more_is_worse_and_one_that_is_accepted_is_the_same) {
    const auto permits = [](const std::vector<std::string>& peers) {
        report::Report out = sample(failure("It permits " + peers.front() + "."));
        out.sections[0].findings[0].data["about"] = peers;
        out.sections[0].findings[0].data["came"] = "It permits " + peers.front() + ".";
        return out;
    };
    const report::Report one = permits({"10.1.2.3"});
    const report::Report both = permits({"10.1.2.3", "192.168.1.1"});
    EXPECT_THAT(compared(one, both).headline, HasSubstr("1 worse"));
    EXPECT_THAT(compared(both, one).headline, HasSubstr("1 better"));
    EXPECT_THAT(compared(one, permits({"192.168.1.1"})).headline, HasSubstr("1 worse"));
    EXPECT_TRUE(compared(one, one).sections[0].findings.empty());

    report::Report accepted = one;
    accepted.sections[0].findings[0].verdict =
        report::Verdict::unsupported(report::Reason(kAccepted, "Accepted: It permits 10.1.2.3."));
    EXPECT_TRUE(compared(accepted, one).sections[0].findings.empty());
    EXPECT_TRUE(compared(one, accepted).sections[0].findings.empty());
    EXPECT_THAT(compared(accepted, both).headline, HasSubstr("1 worse"));
}

TEST(Comparison, The_same_of_several_servers_is_a_row_for_each) {
    const auto of_two = [](const report::Verdict& verdict) {
        report::Report out = sample(verdict, "");
        report::Section other = out.sections.front();
        out.sections.front().title = "turn:one";
        other.id = "server-2";
        other.title = "turn:two";
        out.sections.push_back(other);
        return out;
    };
    const report::Report out =
        compared(of_two(report::Verdict::pass()), of_two(failure("Error 500.")));
    ASSERT_EQ(out.sections[0].findings.size(), 2U);
    EXPECT_THAT(out.sections[0].findings[0].title, HasSubstr("(turn:one)"));
    EXPECT_THAT(out.sections[0].findings[1].title, HasSubstr("(turn:two)"));
    EXPECT_THAT(out.headline, HasSubstr("2 of 2 findings differ: 2 worse"));
}

TEST(Comparison, Reports_of_different_tools_are_not_compared) {
    report::Report other = sample(report::Verdict::pass());
    other.tool.name = "nat-probe";
    const auto out = compare(sample(report::Verdict::pass()), other, "a", "b");
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().culprit, Culprit::Usage);
}

TEST(Comparison, Reports_of_different_commands_are_no_pair) {
    report::Report turn = sample(report::Verdict::pass());
    report::Report ice = turn;
    turn.parameters["command"] = "turn";
    ice.parameters["command"] = "ice";
    EXPECT_TRUE(compare(turn, turn, "a", "b"));
    const auto out = compare(turn, ice, "a", "b");
    ASSERT_FALSE(out);
    EXPECT_EQ(full_code(out.error()), "usage.compare");
    EXPECT_NE(out.error().message.find("turn, and b one of"), std::string::npos);
}

}  // namespace
}  // namespace portolan::digest
