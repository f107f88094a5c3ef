#include "reports/tool/commands.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "reports/cli/files.hpp"
#include "reports/digest/comparison.hpp"
#include "reports/digest/history.hpp"
#include "reports/digest/merge.hpp"
#include "reports/redact/redact.hpp"
#include "reports/tool/inputs.hpp"

namespace portolan::nat_report {
namespace {

constexpr std::size_t kMostFiles = 1'000'000;
/// So many broken files are warned of one by one; all are in the report.
constexpr std::size_t kMostWarnings = 10;

cli::OptionSpec redact_option() {
    return {.name = "redact",
            .help =
                "Replace IP addresses, and names of hosts, interfaces and files, by others of the "
                "same kind, the same one always by the same one, and leave out packets' bytes: for "
                "a report that others may see."};
}

cli::PositionalSpec many_reports() {
    return {.name = "FILE",
            .help = "Reports, or folders whose .json files are meant, but for that of --output.",
            .min_count = 1,
            .max_count = kMostFiles};
}

/// A report that this tool makes of others.
Result<cli::ExitCode> publish(cli::Context& context, report::Report report,
                              redact::Pseudonyms* pseudonyms) {
    report.tool = {context.tool.name, context.tool.version};
    report.started_at =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    report.parameters = context.arguments.parameters();
    if (pseudonyms != nullptr) {
        for (report::Json& path : report.parameters["arguments"])
            path = pseudonyms->names.of_file(path.get<std::string>());
    }
    return context.publish(std::move(report));
}

/// Reads what the command line names into a Merger or a History.
class Reader {
  public:
    explicit Reader(cli::Context& context) : context_(context) {}

    template <typename Taker, typename Broken>
    Result<void> read_into(Taker& taker, const Broken& on_broken) {
        const auto inputs =
            inputs_of(context_.arguments.positionals(), context_.arguments.output());
        if (!inputs) return inputs.error();
        const bool redact = context_.arguments.has("redact");
        const std::size_t folder_bytes = common_folder_bytes(*inputs);
        const std::size_t input_count = inputs->files.size() + inputs->no_files.size();
        std::size_t done_count = 0;
        std::size_t broken_count = 0;
        const auto show = [&] {
            if (++done_count % 100 == 0) {
                context_.progress.show(std::to_string(done_count) + " of " +
                                       std::to_string(input_count) + " reports read");
            }
        };
        read_each(
            *inputs,
            [&](const std::string& name, report::Report&& report) {
                if (redact) {
                    report = redact::redacted(std::move(report), pseudonyms_);
                    taker.add(pseudonyms_.names.of_file(name), report);
                } else {
                    taker.add(name.substr(folder_bytes), report);
                }
                show();
            },
            [&](const std::string& name, const Error& error) {
                if (++broken_count <= kMostWarnings) {
                    context_.warn("left out: " + error.message);
                }
                if (redact) {
                    Error told = error;
                    const std::string file = pseudonyms_.names.of_file(name);
                    told.message = pseudonyms_.replace_in(told.message);
                    on_broken(file, told);
                } else {
                    on_broken(name.substr(folder_bytes), error);
                }
                show();
            });
        if (broken_count > kMostWarnings) {
            context_.warn("left out: " + std::to_string(broken_count - kMostWarnings) +
                          " more files");
        }
        return {};
    }

    /// What the names in the reports have become; nothing without --redact.
    redact::Pseudonyms* pseudonyms() {
        return context_.arguments.has("redact") ? &pseudonyms_ : nullptr;
    }

  private:
    cli::Context& context_;
    redact::Pseudonyms pseudonyms_;
};

Error nothing_to_read() {
    return {.culprit = Culprit::Usage,
            .code = "reports.none",
            .message = "none of the files is a report",
            .hint = "every tool writes one with --format json"};
}

}  // namespace

cli::CommandSpec render_spec() {
    return {
        .name = "render",
        .summary = "show a saved report in another format",
        .description = {"Reads the JSON report of any tool and writes it as --format says. The "
                        "exit code is 0, unless --fail-on says what counts."},
        .options = {redact_option()},
        .positionals = {{.name = "FILE", .help = "A JSON report."}},
        .examples = {{"nat-report render run.json --format html --output run.html",
                      "One file to open or to send."},
                     {"nat-report render run.json --redact --format markdown",
                      "For a bug tracker, without addresses and names."}},
        .default_fail_on = "never",
    };
}

Result<cli::ExitCode> render_command(cli::Context& context) {
    const auto& paths = context.arguments.positionals();
    if (auto spared = spare_inputs(paths, context.arguments.output()); !spared)
        return std::move(spared).error();
    if (std::error_code ignored; std::filesystem::is_directory(paths.front(), ignored)) {
        return Error{
            .culprit = Culprit::Usage,
            .code = "file",
            .message = "\"" + paths.front() + "\": is a folder, and render shows one report",
            .hint = "nat-report merge sums up the reports of a folder"};
    }
    auto report = cli::read_report(paths.front());
    if (!report) return std::move(report).error();
    redact::Pseudonyms pseudonyms;
    if (context.arguments.has("redact")) {
        *report = redact::redacted(std::move(*report), pseudonyms);
    }
    const bool is_complete = report->complete;
    auto code = context.publish(std::move(*report));
    // What stayed open is the report's affair; showing it has succeeded. A cut-off run stays one.
    if (code && *code == cli::ExitCode::Inconclusive && is_complete) return cli::ExitCode::Ok;
    return code;
}

cli::CommandSpec merge_spec() {
    return {
        .name = "merge",
        .summary = "sum up many reports in one",
        .description = {"Counts how often each finding passes and fails in the given reports, of "
                        "whatever tools, with which values, and names the runs in which it fails. "
                        "What is no report is left out, named and counted: the exit code is then 3 "
                        "at least."},
        .options = {redact_option()},
        .positionals = {many_reports()},
        .examples = {{"nat-report merge artifacts/ --format html --output all.html",
                      "A CI matrix on one page."}},
    };
}

Result<cli::ExitCode> merge_command(cli::Context& context) {
    digest::Merger merger;
    Reader reader(context);
    const auto done = reader.read_into(merger, [&](const std::string& name, const Error& error) {
        merger.add_broken(name, error);
    });
    if (!done) return done.error();
    if (merger.run_count() == 0) return nothing_to_read();
    return publish(context, merger.finish(), reader.pseudonyms());
}

cli::CommandSpec diff_spec() {
    return {
        .name = "diff",
        .summary = "say what differs between two reports of one tool",
        .description = {"A finding that fails in the second and does not in the first is a "
                        "failure, the other way round a pass; another value or cause is told. What "
                        "told nothing in the first and fails now is counted apart from what is "
                        "worse. "
                        "Addresses, ports and single readings of a time are taken for noise, and "
                        "so are figures within a factor of 1.5. Round trips and loss have changed "
                        "where the ranges of their samples in both runs, five at least, have "
                        "nothing in common. What one run could not tell is counted, and no "
                        "difference."},
        .options = {redact_option()},
        .positionals = {{.name = "FILE",
                         .help = "The report before, and the report after.",
                         .min_count = 2,
                         .max_count = 2}},
        .examples = {{"nat-report diff yesterday.json today.json",
                      "What a new router or a new server version has changed."}},
    };
}

Result<cli::ExitCode> diff_command(cli::Context& context) {
    const auto& paths = context.arguments.positionals();
    if (auto spared = spare_inputs(paths, context.arguments.output()); !spared)
        return std::move(spared).error();
    auto before = cli::read_report(paths.at(0));
    if (!before) return std::move(before).error();
    auto after = cli::read_report(paths.at(1));
    if (!after) return std::move(after).error();
    redact::Pseudonyms pseudonyms;
    const bool redact = context.arguments.has("redact");
    if (redact) {
        *before = redact::redacted(std::move(*before), pseudonyms);
        *after = redact::redacted(std::move(*after), pseudonyms);
    }
    const auto name_of = [&](const std::string& path) {
        return redact ? pseudonyms.names.of_file(path) : path;
    };
    auto report = digest::compare(*before, *after, name_of(paths.at(0)), name_of(paths.at(1)));
    if (!report) return std::move(report).error();
    return publish(context, std::move(*report), redact ? &pseudonyms : nullptr);
}

cli::CommandSpec history_spec() {
    return {
        .name = "history",
        .summary = "tell what has changed over many runs, and when",
        .description = {"Puts the reports in the order of their start times and tells since when "
                        "each finding is as it is. One that fails in the last run and did not in "
                        "the first that tells is worse; one that was not tested or open until then "
                        "fails, and is not counted as worse. A figure has a trend where all of the "
                        "last third of 15 runs or more lie beyond all of the first, by a factor of "
                        "1.5. A run that could not tell changes nothing. What is no report is left "
                        "out, named and counted: the exit code is then 3 at least."},
        .options = {redact_option()},
        .positionals = {many_reports()},
        .examples = {{"nat-report history /var/lib/portolan/office",
                      "When the office's network became what it is."}},
    };
}

Result<cli::ExitCode> history_command(cli::Context& context) {
    digest::History history;
    Reader reader(context);
    const auto done = reader.read_into(history, [&](const std::string& name, const Error& error) {
        history.add_broken(name, error);
    });
    if (!done) return done.error();
    if (history.run_count() == 0) return nothing_to_read();
    return publish(context, history.finish(), reader.pseudonyms());
}

}  // namespace portolan::nat_report
