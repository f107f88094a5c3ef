#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "reports/cli/main_guard.hpp"
#include "reports/cli/tests/sample_tool.hpp"
#include "reports/model/tests/sample_report.hpp"

namespace portolan::cli {
namespace {

struct Ended {
    int code = -1;
    std::string out;
    std::string err;
};

Ended run(const std::vector<std::string>& words, const ToolMain& body) {
    std::vector<const char*> argv{"nat-sample"};
    for (const auto& word : words)
        argv.push_back(word.c_str());
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    Ended result;
    result.code =
        run_tool(testing::sample_tool(), static_cast<int>(argv.size()), argv.data(), body);
    result.out = ::testing::internal::GetCapturedStdout();
    result.err = ::testing::internal::GetCapturedStderr();
    return result;
}

Result<ExitCode> never_called(Context&) {
    ADD_FAILURE() << "the body must not run";
    return ExitCode::Ok;
}

Result<ExitCode> publish_sample(Context& context) {
    return context.publish(testing::sample_report());
}

TEST(RunTool, TheReportGoesToStdoutAndDecidesTheExitCode) {
    const Ended text = run({}, publish_sample);
    EXPECT_EQ(text.code, 0) << "the failure is medium, --fail-on is high";
    EXPECT_EQ(text.err, "");
    EXPECT_EQ(text.out.rfind("Calls will work", 0), 0U);
    EXPECT_EQ(text.out.find('\x1b'), std::string::npos);
    EXPECT_EQ(run({"--fail-on=medium"}, publish_sample).code, 1);
    EXPECT_EQ(run({"--fail-on=needs-relay"}, publish_sample).code, 1);
    const Ended json = run({"--format=json"}, publish_sample);
    EXPECT_EQ(json.out, report::to_json(testing::sample_report()));
}

TEST(RunTool, ACutOffRunIsWrittenAndInconclusive) {
    const Ended cut = run({"--format=json"}, [](Context& context) {
        auto report = testing::sample_report();
        report.complete = false;
        return context.publish(std::move(report));
    });
    EXPECT_EQ(cut.code, 3);
    const auto back = report::from_json(cut.out);
    ASSERT_TRUE(back);
    EXPECT_FALSE(back->complete);
}

TEST(RunTool, UsageErrorsNameTheToolAndAreExitCodeTwo) {
    const Ended unknown = run({"--famly"}, never_called);
    EXPECT_EQ(unknown.code, 2);
    EXPECT_EQ(unknown.out, "");
    EXPECT_EQ(unknown.err,
              "nat-sample: error: unknown option '--famly'\nnat-sample: hint: did you mean "
              "--family?\n");
    EXPECT_EQ(run({"--repeat=0"}, never_called).err,
              "nat-sample: error: --repeat cannot be '0': it takes a whole number from 1 to 100\n"
              "nat-sample: hint: nat-sample --help shows what there is\n");
}

TEST(RunTool, AnOutputThatCannotBeWrittenIsFoundBeforeTheWork) {
    const Ended run_it = run({"--output", "/nonexistent/x"}, never_called);
    EXPECT_EQ(run_it.code, 2);
    EXPECT_EQ(run_it.err,
              "nat-sample: error: cannot write to /nonexistent/x: No such file or directory\n");
    EXPECT_EQ(run({"--output", "/dev/full"}, publish_sample).code, 2);
}

TEST(RunTool, QuestionsAboutTheToolAreAnswered) {
    for (const char* flag : {"--help", "--help-man", "--version", "--list"}) {
        const Ended answer = run({flag}, never_called);
        EXPECT_EQ(answer.code, 0) << flag;
        EXPECT_EQ(answer.err, "") << flag;
        EXPECT_FALSE(answer.out.empty()) << flag;
    }
    EXPECT_EQ(run({"--version"}, never_called).out, "nat-sample 1.2.3\n");
    EXPECT_EQ(run({"--explain", "nat.mapping"}, never_called).code, 0);
    const Ended unknown = run({"--explain", "nat.maping"}, never_called);
    EXPECT_EQ(unknown.code, 2);
    EXPECT_EQ(unknown.err,
              "nat-sample: error: there is no id 'nat.maping'\nnat-sample: hint: did you mean "
              "nat.mapping?\n");
}

TEST(RunTool, ErrorsAndExceptionsBecomeExitCodeTwoWithoutSecretsOrControls) {
    const std::function<void()> throwers[] = {
        [] { throw std::runtime_error("failed with hunter2\x1b[2J"); }, [] { throw 42; }};
    for (const auto& thrower : throwers) {
        const Ended failed = run({}, [&](Context& context) -> Result<ExitCode> {
            context.redactor.add(Secret("hunter2"));
            thrower();
            return ExitCode::Ok;
        });
        EXPECT_EQ(failed.code, 2);
        EXPECT_NE(failed.err.find("nat-sample: error: "), std::string::npos);
        EXPECT_NE(failed.err.find("a defect of nat-sample 1.2.3"), std::string::npos);
        EXPECT_EQ(failed.err.find("hunter2"), std::string::npos);
        EXPECT_EQ(failed.err.find('\x1b'), std::string::npos);
    }
    const Ended peer = run({}, [](Context& context) -> Result<ExitCode> {
        context.redactor.add(Secret("hunter2"));
        context.warn("about hunter2");
        return Error{Culprit::Peer, "turn.refused", "refused hunter2", {}, "not hunter2"};
    });
    EXPECT_EQ(peer.code, 2);
    EXPECT_EQ(peer.err,
              "nat-sample: warning: about [redacted]\nnat-sample: error: refused "
              "[redacted]\nnat-sample: hint: not [redacted]\n");
}

TEST(RunTool, APasswordThatIsACommonWordSpoilsNoMessage) {
    const Ended ended = run({}, [](Context& context) -> Result<ExitCode> {
        context.redactor.add_unless_common(Secret("the"));
        context.warn("only the first 12 servers are asked");
        return Error{Culprit::Usage, "x", "the option cannot be 'the'", {}, "the help says more"};
    });
    EXPECT_EQ(ended.err,
              "nat-sample: warning: only the first 12 servers are asked\nnat-sample: error: the "
              "option cannot be '[redacted]'\nnat-sample: hint: the help says more\n");
}

TEST(RunTool, SecretsNeverLeaveByTheReport) {
    for (const char* format : {"--format=text", "--format=json"}) {
        const Ended leak = run({format, "-v"}, [](Context& context) {
            context.redactor.add(Secret("hunter2"));
            auto report = testing::sample_report();
            report.headline += " hunter2";
            report.evidence[0].lines.push_back("PASSWORD hunter2");
            return context.publish(std::move(report));
        });
        EXPECT_EQ(leak.out.find("hunter2"), std::string::npos);
        EXPECT_NE(leak.out.find("[redacted]"), std::string::npos);
    }
}

TEST(RunTool, JunitCountsFailuresThatTheExitCodeIsToldToIgnore) {
    const Ended seen = run({"--format=junit", "--fail-on=never"}, [](Context& context) {
        auto report = testing::sample_report();
        auto& finding = report.sections[0].findings[0];
        finding.verdict = report::Verdict::fail({"broken", "It is broken."});
        finding.severity = report::Severity::High;
        return context.publish(std::move(report));
    });
    EXPECT_NE(seen.out.find("<failure message=\"It is broken.\""), std::string::npos) << seen.out;
    EXPECT_NE(seen.code, 1);
}

TEST(RunTool, AnInvalidReportIsWrittenButNotGreen) {
    const Ended bad = run({}, [](Context& context) {
        auto report = testing::sample_report();
        report.sections[0].findings[0].evidence_ids.clear();
        return context.publish(std::move(report));
    });
    EXPECT_EQ(bad.code, 2);
    EXPECT_EQ(bad.out.rfind("Calls will work", 0), 0U);
    EXPECT_NE(bad.err.find("report.invariant"), std::string::npos);
}

TEST(RunTool, AClosedStandardOutputIsAnErrorAndReceivesNothing) {
    fflush(stdout);
    const int saved = dup(STDOUT_FILENO);
    close(STDOUT_FILENO);
    const char* argv[] = {"nat-sample"};
    const int code = run_tool(testing::sample_tool(), 1, argv, never_called);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    EXPECT_EQ(code, 2);
}

TEST(RunTool, NoWordsAtAllIsFine) {
    EXPECT_EQ(run_tool(testing::sample_tool(), 0, nullptr, [](Context&) { return ExitCode::Ok; }),
              0);
}

}  // namespace
}  // namespace portolan::cli
