#include "ice-tests/cli/compare_command.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "reports/cli/files.hpp"
#include "reports/digest/comparison.hpp"

namespace portolan::ice_test {

cli::CommandSpec compare_spec() {
    return {
        .name = "compare",
        .summary = "say what differs between two reports",
        .description =
            {"Reads two JSON reports of ice-test turn or of ice-test ice: of two servers, or of "
             "one "
             "before and after a change. A finding that fails in the second and does not in the "
             "first is a failure, the other way round a pass; addresses and times make no "
             "difference."},
        .positionals = {{.name = "REPORT",
                         .help = "The report before, and the report after.",
                         .min_count = 2,
                         .max_count = 2}},
        .examples = {{"ice-test compare coturn-4.6.json coturn-4.17.json",
                      "What an upgrade makes better, and what worse."}},
        .common = {.report = true},
        .default_fail_on = "must,high",
    };
}

Result<cli::ExitCode> compare_command(cli::Context& context) {
    const auto& paths = context.arguments.positionals();
    auto before = cli::read_report(paths.at(0));
    if (!before) return std::move(before).error();
    auto after = cli::read_report(paths.at(1));
    if (!after) return std::move(after).error();
    auto report = digest::compare(*before, *after, paths.at(0), paths.at(1));
    if (!report) return std::move(report).error();
    report->tool = {context.tool.name, context.tool.version};
    report->started_at =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    report->parameters = context.arguments.parameters();
    return context.publish(std::move(*report));
}

}  // namespace portolan::ice_test
