#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/cli/exit_code.hpp"
#include "reports/digest/merge.hpp"
#include "reports/digest/tests/sample.hpp"

namespace portolan::digest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

report::Report finished(const Merger& merger) {
    report::Report out = merger.finish();
    out.tool = {"nat-report", "1"};
    const auto valid = report::validate(out);
    EXPECT_TRUE(valid) << valid.error().message;
    return out;
}

const report::Finding& only_finding(const report::Report& report) {
    EXPECT_EQ(report.sections.back().findings.size(), 1U);
    return report.sections.back().findings.front();
}

TEST(Merge, Says_in_how_many_runs_and_where_a_finding_fails) {
    Merger merger;
    merger.add("a.json", sample(report::Verdict::pass()));
    merger.add("b.json", sample(failure("Error 500.")));
    merger.add("c.json", sample(report::Verdict::pass()));
    const report::Report out = finished(merger);
    EXPECT_EQ(out.headline, "3 runs: 1 has failures.");
    const report::Finding& finding = only_finding(out);
    EXPECT_EQ(finding.verdict.reason()->sentence(), "Fails in 1 of 3 runs: Error 500, in b.json.");
    EXPECT_EQ(finding.severity, report::Severity::High);
    EXPECT_EQ(finding.data["pass_count"], 2);
    EXPECT_EQ(cli::exit_code_for(out), cli::ExitCode::Findings);
}

report::Section failing(const char* code, const char* sentence, const char* advice) {
    auto reason = report::Reason::parse(code, sentence);
    report::Section out = sample(report::Verdict::fail(std::move(*reason))).sections.front();
    out.findings.front().advice = {advice};
    return out;
}

/// Three servers in one run, two of them with the same cause, and a fourth in another run.
TEST(Merge, Groups_what_fails_and_its_advice_by_cause_and_repeats_nothing) {
    report::Report several = sample(report::Verdict::pass());
    const report::Section refused =
        failing("refused", "192.0.2.1:9: nothing listens there.", "Start the server.");
    const report::Section nameless = failing("no-name", "Its name does not exist.", "Correct it.");
    for (report::Section section : {refused, nameless, refused}) {
        section.id = "server-" + std::to_string(several.sections.size());
        several.sections.push_back(std::move(section));
    }
    report::Report single = sample(report::Verdict::pass());
    single.sections = {nameless};
    Merger merger;
    merger.add("a.json", several);
    merger.add("b.json", single);
    merger.add("c.json", sample(report::Verdict::pass()));
    const report::Report out = finished(merger);
    const report::Finding& finding = only_finding(out);
    EXPECT_EQ(finding.verdict.reason()->sentence(),
              "Fails 4 times of 6, in 2 of 3 runs: Its name does not exist, in a.json and b.json; "
              "192.0.2.1:9: nothing listens there, in a.json, 2 times.");
    EXPECT_THAT(finding.advice, ElementsAre("Start the server (in a.json, 2 times).",
                                            "Correct it (in a.json and b.json)."));
    ASSERT_EQ(finding.data["causes"].size(), 2U);
    EXPECT_EQ(finding.data["causes"][0]["code"], "no-name");
    EXPECT_EQ(finding.data["causes"][0]["run_count"], 2);
}

report::Report failing_run(const char* sentence, report::Severity severity) {
    report::Report out = sample(failure(sentence));
    out.sections.front().findings.front().severity = severity;
    out.sections.front().findings.front().requirement = std::nullopt;
    return out;
}

TEST(Merge, Tells_notes_and_lesser_failures_from_those_that_count_everywhere) {
    Merger merger;
    for (int run = 0; run < 3; ++run)
        merger.add("healthy", failing_run("A note.", report::Severity::Info));
    EXPECT_EQ(finished(merger).headline, "3 runs: none has failures, 3 have notes only.");
    EXPECT_EQ(cli::exit_code_for(finished(merger)), cli::ExitCode::Ok);
    merger.add("lesser", failing_run("Slow.", report::Severity::Medium));
    EXPECT_EQ(finished(merger).headline,
              "4 runs: 1 has failures (of low or medium severity only), 3 have notes only.");
    merger.add("broken", failing_run("Nothing.", report::Severity::High));
    report::Report must = failing_run("Against a MUST.", report::Severity::Low);
    must.sections.front().findings.front().requirement = report::Requirement::Must;
    merger.add("must", must);
    EXPECT_EQ(finished(merger).headline,
              "6 runs: 3 have failures (1 of low or medium severity only), 3 have notes only.");
}

TEST(Merge, Causes_with_one_code_are_told_apart_by_their_words) {
    Merger merger;
    const auto add = [&](const char* run, const char* why) {
        merger.add(run, sample(failure("No relay can be used: " + std::string(why))));
    };
    add("a", "it refuses the password (error 401 (Unauthorized)).");
    add("b", "the credential has expired (error 401 (Unauthorized), 60 minutes ago).");
    add("c", "nothing arrives at 192.0.2.1:9 of turn.example.org.");
    add("d", "the credential has expired (error 401 (Unauthorized), 7 minutes ago).");
    add("e", "nothing arrives at [2001:db8::1]:9 of example.com.");
    add("f", "it refuses the password (error 403 (Unauthorized)).");
    EXPECT_EQ(only_finding(finished(merger)).verdict.reason()->sentence(),
              "Fails in 6 of 6 runs: No relay can be used: the credential has expired (error 401 "
              "(Unauthorized), 60 minutes ago) and the like, in b and d; No relay can be used: "
              "nothing arrives at 192.0.2.1:9 of turn.example.org and the like, in c and e; No "
              "relay can be used: it refuses the password (error 401 (Unauthorized)), in a; No "
              "relay can be used: it refuses the password (error 403 (Unauthorized)), in f.");
}

TEST(Merge, Counts_values_and_keeps_the_most_frequent) {
    Merger merger;
    for (const char* value : {"endpoint-independent", "address-dependent", "endpoint-independent"})
        merger.add("run", valued(value));
    const report::Report out = finished(merger);
    const report::Finding& finding = only_finding(out);
    EXPECT_EQ(out.headline, "3 runs: none has failures.");
    EXPECT_TRUE(finding.verdict.is_pass());
    EXPECT_EQ(finding.value, "endpoint-independent (2 of 3)");
    EXPECT_EQ(finding.summary, "3 pass; values: endpoint-independent 2, address-dependent 1.");
}

TEST(Merge, The_value_of_what_fails_is_one_that_fails) {
    const auto failing_with = [](const char* value) {
        report::Report out = sample(failure("UDP is blocked."));
        out.sections.front().findings.front().value = value;
        return out;
    };
    Merger merger;
    for (int run = 0; run < 4; ++run)
        merger.add("open", valued("open"));
    for (const char* value : {"only-443", "udp-blocked", "udp-blocked"})
        merger.add("blocked", failing_with(value));
    const report::Report out = finished(merger);
    EXPECT_EQ(only_finding(out).value, "udp-blocked (2 of 7)");
    EXPECT_EQ(only_finding(out).summary,
              "4 pass, 3 fail; values: open 4, udp-blocked 2, only-443 1.");
    Merger valueless;
    valueless.add("a", valued("relayed"));
    valueless.add("b", sample(failure("No relay.")));
    EXPECT_EQ(only_finding(finished(valueless)).value, "");
}

TEST(Merge, Remembers_no_more_than_it_says_of_however_many_runs) {
    Merger merger;
    for (int run = 0; run < 1000; ++run) {
        report::Report report = sample(failure("Error 500."));
        report.sections[0].findings[0].value = "kind " + std::to_string(run % 50);
        merger.add(std::to_string(run) + ".json", report);
    }
    const report::Report out = finished(merger);
    const report::Finding& finding = only_finding(out);
    EXPECT_THAT(finding.verdict.reason()->sentence(), HasSubstr("4.json and 995 more."));
    EXPECT_THAT(finding.verdict.reason()->sentence(),
                HasSubstr("Fails in 1000 of 1000 runs: Error 500, in 0.json, 1.json, "));
    EXPECT_EQ(finding.data["values"].size(), 12U);
    EXPECT_EQ(finding.data["other_values_count"], 1000 / 50 * 38);
    EXPECT_EQ(out.evidence.front().lines.size(), 201U);
    EXPECT_EQ(out.evidence.front().lines.back(), "and 800 more");
}

TEST(Merge, Values_are_shown_as_they_were_read) {
    Merger merger;
    for (const char* value : {"MOS 4.4", "MOS 4.1", "MOS 4.4"})
        merger.add("run", valued(value));
    const report::Report out = finished(merger);
    EXPECT_EQ(only_finding(out).value, "MOS 4.4 and the like");
    EXPECT_EQ(report::to_json(out).find("<number>"), std::string::npos);
}

TEST(Merge, Shares_that_differ_are_other_values) {
    Merger merger;
    for (const char* value : {"100 % relayed", "89 % direct, 11 % relayed",
                              "50 % direct, 50 % relayed", "100 % relayed"})
        merger.add("run", valued(value));
    EXPECT_EQ(only_finding(finished(merger)).summary,
              "4 pass; values: 100 % relayed 2, 50 % direct, 50 % relayed 1, 89 % direct, 11 % "
              "relayed 1.");
}

TEST(Merge, A_broken_file_leaves_the_result_open_and_is_named) {
    Merger merger;
    merger.add("a.json", sample(report::Verdict::pass()));
    merger.add_broken("b.json", {Culprit::Usage, "json.syntax", "b.json: it ends too early"});
    const report::Report out = finished(merger);
    EXPECT_THAT(out.headline, HasSubstr("1 file could not be used."));
    EXPECT_EQ(cli::exit_code_for(out), cli::ExitCode::Inconclusive);
    EXPECT_THAT(out.evidence.back().lines, ElementsAre("b.json: it ends too early"));
}

TEST(Merge, Findings_of_two_tools_and_transports_are_kept_apart) {
    Merger merger;
    report::Report other = sample(failure("Error 500."), "tcp");
    merger.add("a", sample(report::Verdict::pass()));
    merger.add("b", other);
    other.tool.name = "nat-probe";
    merger.add("c", other);
    const report::Report out = finished(merger);
    ASSERT_EQ(out.sections.size(), 2U);
    EXPECT_EQ(out.sections[0].findings.size(), 2U);
    EXPECT_EQ(out.sections[1].title, "nat-probe, 1 run");
}

TEST(Merge, Nothing_gives_an_empty_report) {
    const report::Report out = finished(Merger());
    EXPECT_THAT(out.sections, IsEmpty());
    EXPECT_EQ(out.headline, "There is no report to merge.");
}

}  // namespace
}  // namespace portolan::digest
