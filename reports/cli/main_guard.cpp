#include "reports/cli/main_guard.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <exception>
#include <utility>
#include <vector>

#include "reports/cli/catalogue.hpp"
#include "reports/cli/help.hpp"
#include "reports/cli/output.hpp"
#include "reports/render/escape.hpp"

namespace portolan::cli {
namespace {

void write_stderr(const std::string& line) {
    // Nobody is left to tell when this fails.
    static_cast<void>(write_all(STDERR_FILENO, line));
}

int report_error(const ToolSpec& tool, const std::string& command, const Error& error,
                 const Redactor& redactor) {
    const auto safe = [&](const std::string& text) {
        return render::escape_for_terminal(redactor.redact_message(text));
    };
    std::string hint = error.hint;
    if (hint.empty() && error.culprit == Culprit::Usage && error.code != "unknown-id") {
        hint = tool.name + (command.empty() ? "" : " " + command) + " --help shows what there is";
    }
    std::string lines = tool.name + ": error: " + safe(error.message) + "\n";
    if (error.culprit == Culprit::Internal) {
        lines += tool.name + ": this is a defect of " + tool.name + " " + tool.version + " (" +
                 safe(full_code(error)) + ")\n";
    }
    if (!hint.empty()) lines += tool.name + ": hint: " + safe(hint) + "\n";
    write_stderr(lines);
    return static_cast<int>(ExitCode::CouldNot);
}

/// A standard stream that the caller closed must not become the first socket or file opened, which
/// would then receive the report. Read-only, so that writing to it still fails.
void occupy_standard_descriptors() {
    for (int descriptor = 0; descriptor <= 2; ++descriptor) {
        if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) {
            static_cast<void>(::open("/dev/null", O_RDONLY));
        }
    }
}

/// The answer to a question about the tool itself, if that is what was asked.
Result<std::optional<std::string>> answer(const ToolSpec& tool, const Arguments& arguments,
                                          std::size_t width) {
    using Answer = std::optional<std::string>;
    if (arguments.help()) return Answer(help_text(tool, arguments.command(), width));
    if (arguments.help_man()) return Answer(man_page(tool));
    if (arguments.version()) return Answer(tool.name + " " + tool.version + "\n");
    if (!arguments.list() && !arguments.explain()) return Answer();
    const CommandSpec* command = find_command(tool, arguments.command());
    const Catalogue& asked = command && command->catalogue ? command->catalogue : tool.catalogue;
    const auto entries = asked ? asked() : std::vector<CatalogueEntry>();
    if (arguments.list()) return Answer(list_catalogue(entries, arguments.format()));
    auto text = explain(entries, *arguments.explain(), arguments.format(), width);
    // An id of another command is explained as well: reports are read where they were not made.
    if (!text && tool.catalogue)
        text = explain(tool.catalogue(), *arguments.explain(), arguments.format(), width);
    if (!text) return std::move(text).error();
    return Answer(std::move(*text));
}

int run_body(const ToolSpec& tool, Context& context, const ToolMain& body) {
    const std::string& command = context.arguments.command();
    try {
        const auto result = body(context);
        context.progress.clear();
        if (result) return static_cast<int>(*result);
        return report_error(tool, command, result.error(), context.redactor);
    } catch (const std::exception& problem) {
        context.progress.clear();
        return report_error(tool, command, {Culprit::Internal, "exception", problem.what()},
                            context.redactor);
    } catch (...) {
        context.progress.clear();
        return report_error(tool, command, {Culprit::Internal, "exception", "an unknown exception"},
                            context.redactor);
    }
}

int run(const ToolSpec& tool, int argc, const char* const* argv, const ToolMain& body) {
    // A reader that goes away is an error code of write(), not the end of the process.
    std::signal(SIGPIPE, SIG_IGN);
    occupy_standard_descriptors();
    const Redactor nothing_secret;
    const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
    auto arguments = parse_arguments(tool, words);
    if (!arguments) {
        // The command is the first word, whatever is wrong behind it.
        const bool named = !words.empty() && find_command(tool, words.front()) != nullptr;
        return report_error(tool, named ? words.front() : "", arguments.error(), nothing_secret);
    }
    const std::string command = arguments->command();

    const Terminal terminal = detect_terminal();
    const auto& output = arguments->output();
    if (const auto writable = check_output(output); !writable) {
        return report_error(tool, command, writable.error(), nothing_secret);
    }
    // Long lines are hard to read, however wide the window is.
    const std::size_t width = std::min<std::size_t>(terminal.width_columns, 100);
    auto text = answer(tool, *arguments, width);
    if (!text) return report_error(tool, command, text.error(), nothing_secret);
    if (*text) {
        const auto written = write_output(**text, output);
        return written ? 0 : report_error(tool, command, written.error(), nothing_secret);
    }

    const auto environment = process_environment();
    const ColorMode color = decide_color(terminal, output.has_value(), environment);
    const bool with_progress = decide_progress(terminal, arguments->quiet(), environment);
    Context context(tool, std::move(*arguments), terminal, color, with_progress);
    return run_body(tool, context, body);
}

}  // namespace

Context::Context(const ToolSpec& spec, Arguments given, const Terminal& where, ColorMode color,
                 bool with_progress)
    : tool(spec),
      arguments(std::move(given)),
      terminal(where),
      color_mode(color),
      progress(with_progress, where.width_columns) {}

Result<ExitCode> Context::publish(report::Report report, const FailOn& fail_on) {
    redactor.redact(report);
    const render::RenderOptions options{
        .verbose = arguments.verbose(),
        .quiet = arguments.quiet(),
        .color = color_mode == ColorMode::Color,
        .width_columns = terminal.width_columns,
        // "never" is a word on the exit code: what failed has failed all the same.
        .failure_from = fail_on.severity.value_or(report::Severity::High)};
    const std::string text = render::renderer_for(arguments.format()).render(report, options);
    progress.clear();
    if (auto written = write_output(text, arguments.output()); !written) return written.error();
    // Written all the same: somebody waits for it. But it must not pass as a good one.
    if (auto valid = report::validate(report); !valid) return valid.error();
    return exit_code_for(report, fail_on);
}

Result<ExitCode> Context::publish(report::Report report) {
    return publish(std::move(report), arguments.fail_on());
}

Result<void> Context::write(std::string_view text) {
    progress.clear();
    return write_output(redactor.redact(text), arguments.output());
}

void Context::warn(std::string_view message) {
    progress.clear();
    write_stderr(tool.name + ": warning: " +
                 render::escape_for_terminal(redactor.redact_message(message)) + "\n");
}

ToolMain run_named(std::span<const Command> commands) {
    return [commands](Context& context) -> Result<ExitCode> {
        for (const Command& command : commands) {
            if (command.spec().name == context.arguments.command()) return command.run(context);
        }
        return Error{.culprit = Culprit::Internal,
                     .code = "command",
                     .message = "the command \"" + context.arguments.command() + "\" has no code"};
    };
}

int run_tool(const ToolSpec& tool, int argc, const char* const* argv,
             const ToolMain& body) noexcept {
    try {
        return run(tool, argc, argv, body);
    } catch (...) {
        write_stderr("error: out of memory\n");
        return static_cast<int>(ExitCode::CouldNot);
    }
}

}  // namespace portolan::cli
