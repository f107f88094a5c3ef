#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "ice-tests/cli/bug_visibility.hpp"
#include "ice-tests/cli/serve_bugs.hpp"
#include "ice-tests/cli/turn_command.hpp"
#include "ice-tests/conformance/report.hpp"
#include "ice-tests/mutants/mutant.hpp"
#include "reports/cli/exit_code.hpp"

namespace portolan::ice_test {
namespace {

using conformance::Check;

/// What a run ends with in which the check fails, and nothing else was run.
cli::ExitCode code_of_failure(const Check& check, std::string_view fail_on) {
    conformance::Target target{.uri = "turn:192.0.2.1",
                               .endpoint = {},
                               .user = {},
                               .second_user = {},
                               .shared_secret = {},
                               .path = {}};
    conformance::TargetRun run;
    run.id = "1-udp";
    run.target = &target;
    run.preflight.transcript = std::make_shared<turn::Transcript>();
    run.preflight.relayed = target.endpoint.server;
    run.results.push_back({.check = &check,
                           .judgement = conformance::violates("It does."),
                           .transcript = run.preflight.transcript});
    report::Report report;
    report.complete = true;
    add_to(report, run, conformance::Profile::Rfc8656);
    return exit_code_for(report, *cli::FailOn::parse(fail_on));
}

TEST(BugVisibility, failure_of_each_check_is_red_with_what_is_said_and_not_without) {
    const std::string by_default = turn_spec().default_fail_on;
    std::size_t quiet_count = 0;
    for (const Check* check : conformance::check_table()) {
        const std::string options = options_to_see(*check);
        const std::string option = " --fail-on ";
        const std::size_t at = options.find(option);
        const bool is_quiet = at != std::string::npos;
        quiet_count += is_quiet ? 1 : 0;
        EXPECT_EQ(code_of_failure(*check, by_default),
                  is_quiet ? cli::ExitCode::Ok : cli::ExitCode::Findings)
            << check->id;
        if (!is_quiet) continue;
        EXPECT_EQ(code_of_failure(*check, options.substr(at + option.size())),
                  cli::ExitCode::Findings)
            << check->id << options;
    }
    EXPECT_GT(quiet_count, 30U);
}

std::string row_of(std::string_view check_id) {
    const std::string list = bug_list();
    const std::size_t begin = list.find('\n' + std::string(check_id) + ' ') + 1;
    return list.substr(begin, list.find('\n', begin) - begin);
}

TEST(BugVisibility, list_says_what_a_run_has_to_be_told) {
    EXPECT_TRUE(row_of("security/rest/ttl")
                    .ends_with("good for ten years. Red with --fail-on medium. It needs the shared "
                               "secret: --turn-secret-file."));
    EXPECT_TRUE(row_of("tls/on-plain-port").ends_with(" Red with --class wait --fail-on info."));
    EXPECT_TRUE(
        row_of("security/even-port-leak").ends_with(" Red with --class intrusive --intrusive."));
    EXPECT_EQ(row_of("rfc8656/7.2/allocate").find("Red with"), std::string::npos);
}

}  // namespace
}  // namespace portolan::ice_test
