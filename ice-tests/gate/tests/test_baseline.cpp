#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ice-tests/gate/baseline.hpp"
#include "reports/cli/exit_code.hpp"
#include "reports/digest/tests/sample.hpp"

namespace portolan::gate {
namespace {

using digest::failure;
using digest::sample;
using std::chrono::days;
using std::chrono::sys_days;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const sys_days kToday = std::chrono::year(2026) / 11 / 28;

cli::ExitCode exit_of(const report::Report& report) {
    return cli::exit_code_for(report, *cli::FailOn::parse("must"));
}

TEST(Baseline, Accepts_what_it_has_written_itself_until_its_day_is_over) {
    const report::Report failed = sample(failure("It answered with error 400 at 127.0.0.1:4711."));
    EXPECT_EQ(exit_of(failed), cli::ExitCode::Findings);
    const auto baseline = parse_baseline(baseline_of(failed, kToday + days(1)));
    ASSERT_TRUE(baseline) << baseline.error().message;
    // The next run has other ports.
    report::Report again = sample(failure("It answered with error 400 at 127.0.0.1:4712."));
    for (int day = 0; day <= 2; ++day) {
        report::Report judged = again;
        const BaselineUse use = apply(*baseline, kToday + days(day), judged);
        EXPECT_EQ(use.accepted_count, day <= 1 ? 1U : 0U);
        EXPECT_EQ(use.expired_count, day <= 1 ? 0U : 1U);
        EXPECT_EQ(exit_of(judged), day <= 1 ? cli::ExitCode::Ok : cli::ExitCode::Findings);
        EXPECT_THAT(judged.sections[0].findings[0].verdict.reason()->sentence(),
                    HasSubstr("ccepted until 2026-11-29"));
        EXPECT_TRUE(report::validate(judged));
    }
}

TEST(Baseline, Another_cause_or_transport_is_a_new_failure) {
    const report::Report known = sample(failure("It answered with error 400."));
    const auto baseline = parse_baseline(baseline_of(known, kToday));
    ASSERT_TRUE(baseline);
    for (report::Report other : {sample(failure("It answered with error 500.")),
                                 sample(failure("It answered with error 400."), "tcp")}) {
        const BaselineUse use = apply(*baseline, kToday, other);
        EXPECT_EQ(use.accepted_count, 0U);
        EXPECT_EQ(exit_of(other), cli::ExitCode::Findings);
    }
    report::Report changed = sample(failure("It answered with error 500."));
    EXPECT_THAT(apply(*baseline, kToday, changed).unused,
                ElementsAre("rfc8656/7.2/quota over udp"));
    report::Report repaired = sample(report::Verdict::pass());
    EXPECT_THAT(apply(*baseline, kToday, repaired).unused,
                ElementsAre("rfc8656/7.2/quota over udp"));
}

TEST(Baseline, What_was_not_judged_is_not_gone) {
    const auto baseline =
        parse_baseline(baseline_of(sample(failure("It permits 10.0.0.1.")), kToday));
    ASSERT_TRUE(baseline);
    const report::Reason why("why", "It was not.");
    report::Report open = sample(report::Verdict::inconclusive(why));
    report::Report left_out = sample(report::Verdict::not_tested(why));
    report::Report other = sample(report::Verdict::pass());
    other.sections[0].findings[0].id = "rfc8656/7.2/allocate";
    report::Report over_tcp = sample(report::Verdict::pass(), "tcp");
    for (report::Report* report : {&open, &left_out, &other, &over_tcp})
        EXPECT_TRUE(apply(*baseline, kToday, *report).unused.empty());
    // One of two servers tells only of itself.
    report::Report both = sample(report::Verdict::pass());
    both.sections.push_back(open.sections[0]);
    EXPECT_TRUE(apply(*baseline, kToday, both).unused.empty());
}

TEST(Baseline, The_same_words_about_other_peers_are_a_new_failure) {
    const auto permits = [](const std::string& peer) {
        report::Report out = sample(failure("It permits " + peer + "."));
        out.sections[0].findings[0].data["about"] = {peer};
        return out;
    };
    const auto baseline = parse_baseline(baseline_of(permits("10.1.2.3"), kToday));
    ASSERT_TRUE(baseline);
    report::Report same = permits("10.1.2.3");
    EXPECT_EQ(apply(*baseline, kToday, same).accepted_count, 1U);
    report::Report other = permits("192.168.1.1");
    EXPECT_EQ(apply(*baseline, kToday, other).accepted_count, 0U);
    EXPECT_EQ(exit_of(other), cli::ExitCode::Findings);
}

TEST(Baseline, An_entry_that_is_there_twice_is_not_gone) {
    auto baseline = parse_baseline(baseline_of(sample(failure("Error 400.")), kToday));
    ASSERT_TRUE(baseline);
    baseline->accepted.push_back(baseline->accepted.front());
    report::Report again = sample(failure("Error 400."));
    const BaselineUse use = apply(*baseline, kToday, again);
    EXPECT_EQ(use.accepted_count, 1U);
    EXPECT_THAT(use.unused, IsEmpty());
    EXPECT_THAT(use.repeated, ElementsAre("rfc8656/7.2/quota over udp"));
    baseline->accepted.back().evidence = "Another cause.";
    report::Report other = sample(failure("Error 400."));
    EXPECT_THAT(apply(*baseline, kToday, other).repeated, IsEmpty());
}

TEST(Baseline, Errors_name_the_place) {
    const std::string head = R"({"schema": "portolan.baseline/1", "accepted": [)";
    struct Case {
        std::string json;
        const char* says;
    };
    for (const auto& [json, says] :
         {Case{R"({"accepted": []})", "schema"},
          Case{head + R"({"id": "a", "evidence": "b", "expires": "2026-02-30"}]})",
               "/accepted/0/expires"},
          Case{head + R"({"id": "a", "evidence": "b", "expires": "2026-02-03", "until": ""}]})",
               "/accepted/0/until"},
          Case{head + R"({"id": "a", "transport": "sctp", "evidence": "b",
                          "expires": "2026-02-03"}]})",
               "/accepted/0/transport: must be udp, tcp, tls, dtls, or empty, and is \"sctp\""},
          Case{head + R"({"id": "", "evidence": "b", "expires": "2026-02-03"}]})",
               "/accepted/0/id"}}) {
        const auto baseline = parse_baseline(json);
        ASSERT_FALSE(baseline) << json;
        EXPECT_THAT(baseline.error().message, HasSubstr(says));
        EXPECT_EQ(baseline.error().culprit, Culprit::Usage);
    }
}

}  // namespace
}  // namespace portolan::gate
