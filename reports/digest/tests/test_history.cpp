#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include "reports/cli/exit_code.hpp"
#include "reports/digest/history.hpp"
#include "reports/digest/tests/sample.hpp"
#include "reports/model/accepted.hpp"
#include "reports/model/change.hpp"

namespace portolan::digest {
namespace {

using std::chrono::hours;
using std::chrono::sys_days;
using testing::AllOf;
using testing::HasSubstr;

report::Report at_hour(int hour, report::Report report) {
    report.started_at = sys_days(std::chrono::year(2026) / 11 / 28) + hours(hour);
    return report;
}

report::Report finished(const History& history) {
    report::Report out = history.finish();
    out.tool = {"nat-report", "1"};
    const auto valid = report::validate(out);
    EXPECT_TRUE(valid) << valid.error().message;
    return out;
}

report::Finding only_finding(const report::Report& report) {
    EXPECT_EQ(report.sections.size(), 1U);
    return report.sections.front().findings.front();
}

TEST(History, What_fails_now_and_did_not_is_told_with_its_time) {
    History history;
    // Not in order: the times count.
    history.add("c", at_hour(3, sample(failure("Error 500."))));
    history.add("a", at_hour(1, sample(report::Verdict::pass())));
    history.add("b", at_hour(2, sample(report::Verdict::pass())));
    const report::Report out = finished(history);
    EXPECT_EQ(out.headline, "3 runs from 2026-11-28 to 2026-11-28: 1 worse, 0 otherwise changed.");
    EXPECT_EQ(only_finding(out).verdict.reason()->sentence(),
              "It fails now and did not: pass since 2026-11-28T01:00Z (a); fail since "
              "2026-11-28T03:00Z (c).");
    EXPECT_EQ(cli::exit_code_for(out), cli::ExitCode::Findings);
}

TEST(History, What_fails_and_was_not_known_before_is_not_called_worse) {
    using report::Reason;
    using report::Verdict;
    const auto left_out = Verdict::not_tested(Reason("left-out", "Left out."));
    const auto open = Verdict::inconclusive(Reason("late", "This computer was too busy."));
    const auto told = [](const std::vector<Verdict>& verdicts) {
        History history;
        for (std::size_t i = 0; i < verdicts.size(); ++i)
            history.add("run", at_hour(static_cast<int>(i), sample(verdicts[i])));
        return finished(history);
    };
    for (const Verdict& before : {left_out, open}) {
        const report::Report out = told({before, failure("Error 500.")});
        EXPECT_EQ(out.headline,
                  "2 runs from 2026-11-28 to 2026-11-28: 0 worse, 1 failing of which nothing was "
                  "known before, 0 otherwise changed.");
        EXPECT_THAT(only_finding(out).verdict.reason()->sentence(),
                    testing::StartsWith("It fails, and nothing was known of it before: "));
        EXPECT_EQ(cli::exit_code_for(out), cli::ExitCode::Findings);
        const report::Report worse = told({before, Verdict::pass(), before, failure("Error 500.")});
        EXPECT_EQ(only_finding(worse).verdict.reason()->code(), "worse");
        // Since it is known, it fails.
        EXPECT_THAT(told({failure("Error 500."), before, failure("Error 500.")}).headline,
                    testing::Not(HasSubstr("nothing was known")));
    }
    EXPECT_EQ(only_finding(told({open, failure("Error 500."), failure("Error 500.")}))
                  .verdict.reason()
                  ->code(),
              "as-ever");
}

TEST(History, Another_value_has_changed_and_the_same_one_has_not) {
    History history;
    history.add("a", at_hour(1, valued("endpoint-independent")));
    history.add("b", at_hour(2, valued("endpoint-independent")));
    EXPECT_TRUE(only_finding(finished(history)).verdict.is_pass());
    history.add("c", at_hour(3, valued("address-dependent")));
    const report::Report out = finished(history);
    EXPECT_EQ(only_finding(out).verdict.reason()->code(), "changed");
    EXPECT_THAT(only_finding(out).verdict.reason()->sentence(),
                HasSubstr("pass (address-dependent) since 2026-11-28T03:00Z (c)"));
}

TEST(History, A_figure_has_a_trend_beyond_noise_only) {
    History calm;
    History growing;
    History straying;
    for (int hour = 0; hour < 15; ++hour) {
        calm.add("run", at_hour(hour, valued(std::to_string(20 + hour % 5) + " ms")));
        growing.add("run", at_hour(hour, valued(std::to_string(20 + hour * 3) + " ms")));
        // Twice as much in the last third, once as little as ever.
        straying.add("run", at_hour(hour, valued(hour < 10 || hour == 12 ? "20 ms" : "40 ms")));
    }
    EXPECT_TRUE(only_finding(finished(calm)).verdict.is_pass());
    EXPECT_TRUE(only_finding(finished(straying)).verdict.is_pass());
    History short_one;
    for (int hour = 0; hour < 14; ++hour)
        short_one.add("run", at_hour(hour, valued(std::to_string(20 + hour * 3) + " ms")));
    EXPECT_TRUE(only_finding(finished(short_one)).verdict.is_pass());
    const report::Report out = finished(growing);
    EXPECT_EQ(only_finding(out).verdict.reason()->code(), "trend");
    EXPECT_THAT(only_finding(out).verdict.reason()->sentence(), HasSubstr("last third 56 ms"));
}

TEST(History, A_run_that_could_not_tell_changes_nothing) {
    const auto open =
        report::Verdict::inconclusive(report::Reason("late", "This computer was too busy."));
    History history;
    history.add("a", at_hour(1, valued("endpoint-independent")));
    history.add("b", at_hour(2, sample(open)));
    history.add("c", at_hour(3, valued("endpoint-independent")));
    const report::Report out = finished(history);
    EXPECT_TRUE(only_finding(out).verdict.is_pass());
    EXPECT_EQ(only_finding(out).summary, "The same in the 2 runs of 3 that tell it.");
    History none;
    none.add("a", at_hour(1, sample(open)));
    EXPECT_EQ(only_finding(finished(none)).verdict.reason()->code(), "open-as-ever");
    EXPECT_EQ(only_finding(finished(none)).verdict.reason()->sentence(),
              "It is open in the only run.");
}

TEST(History, What_no_run_tests_is_not_called_open) {
    const auto always = [](const report::Verdict& verdict) {
        History history;
        history.add("a", at_hour(1, sample(verdict)));
        history.add("b", at_hour(2, sample(verdict)));
        return only_finding(finished(history)).verdict.reason()->sentence();
    };
    EXPECT_EQ(always(report::Verdict::not_tested(report::Reason("left-out", "Left out."))),
              "It is not tested in any run.");
    EXPECT_EQ(always(report::Verdict::unsupported(report::Reason("unsupported", "It has none."))),
              "It does not apply in any run.");
    EXPECT_EQ(always(report::Verdict::unsupported(report::Reason(report::kAccepted, "Known."))),
              "It is accepted in every run.");
    EXPECT_EQ(always(report::Verdict::inconclusive(report::Reason("late", "Too busy."))),
              "It is open in every run.");
}

TEST(History, What_comes_and_goes_is_cut_to_the_last_changes) {
    History history;
    for (int hour = 0; hour < 20; ++hour) {
        history.add("run" + std::to_string(hour),
                    at_hour(hour, hour % 2 == 0 ? sample(report::Verdict::pass())
                                                : sample(failure("Error 500."))));
    }
    const report::Report out = finished(history);
    EXPECT_THAT(only_finding(out).verdict.reason()->sentence(), HasSubstr("14 states before; "));
    EXPECT_EQ(only_finding(out).data["change_count"], 19);
}

TEST(History, States_are_told_in_the_words_that_were_read) {
    History history;
    history.add("a", at_hour(1, valued("MOS 4.4")));
    history.add("b", at_hour(2, valued("none")));
    const std::string json = report::to_json(finished(history));
    EXPECT_THAT(json, HasSubstr("pass (MOS 4.4) since"));
    EXPECT_EQ(json.find("<number>"), std::string::npos);
}

TEST(History, What_a_text_counts_and_shares_is_no_figure) {
    const auto course = [](const char* before, const char* after, int count) {
        History history;
        for (int hour = 0; hour < count; ++hour)
            history.add("run", at_hour(hour, valued(hour < count - 1 ? before : after)));
        const report::Finding out = only_finding(finished(history));
        EXPECT_TRUE(report::is_change(out.verdict)) << before << " and " << after;
        return out.verdict.reason() ? out.verdict.reason()->sentence() : std::string();
    };
    for (const int count : {2, 15}) {
        EXPECT_THAT(course("89 % direct, 11 % relayed", "100 % relayed", count),
                    AllOf(HasSubstr("pass (89 % direct, 11 % relayed) since"),
                          HasSubstr("pass (100 % relayed) since")));
        EXPECT_THAT(course("89 % direct, 11 % relayed", "50 % direct, 50 % relayed", count),
                    HasSubstr("pass (50 % direct, 50 % relayed) since"));
        EXPECT_THAT(course("2 host, 1 server-reflexive", "2 host", count),
                    HasSubstr("pass (2 host) since"));
        EXPECT_THAT(course("10 of 10 as derived", "9 of 10 as derived", count),
                    HasSubstr("pass (9 of 10 as derived) since"));
    }
    History same;
    same.add("a", at_hour(1, valued("127.0.0.1:40002")));
    same.add("b", at_hour(2, valued("127.0.0.1:40013")));
    EXPECT_TRUE(only_finding(finished(same)).verdict.is_pass());
}

TEST(History, A_broken_file_leaves_the_result_open_and_is_named) {
    History history;
    history.add("a.json", at_hour(1, sample(report::Verdict::pass())));
    history.add_broken("b.json", {Culprit::Usage, "json.syntax", "b.json: it ends too early"});
    const report::Report out = finished(history);
    EXPECT_THAT(out.headline, HasSubstr("1 file could not be used."));
    EXPECT_EQ(out.evidence.back().lines.front(), "b.json: it ends too early");
    EXPECT_EQ(cli::exit_code_for(out), cli::ExitCode::Inconclusive);
}

TEST(History, What_fails_in_every_run_still_fails) {
    History history;
    history.add("a", at_hour(1, sample(failure("Error 500."))));
    const report::Report out = finished(history);
    EXPECT_EQ(only_finding(out).verdict.reason()->code(), "as-ever");
    EXPECT_THAT(out.headline, HasSubstr("nothing has changed; 1 fails as ever."));
}

}  // namespace
}  // namespace portolan::digest
