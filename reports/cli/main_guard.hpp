#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "reports/cli/exit_code.hpp"
#include "reports/cli/options.hpp"
#include "reports/cli/progress.hpp"
#include "reports/cli/secrets.hpp"
#include "reports/cli/terminal.hpp"

namespace portolan::cli {

/// What a tool's main function works with. Lives as long as run_tool.
class Context {
  public:
    Context(const ToolSpec& spec, Arguments given, const Terminal& where, ColorMode color,
            bool with_progress);

    const ToolSpec& tool;
    const Arguments arguments;
    const Terminal terminal;
    const ColorMode color_mode;
    Redactor redactor;  ///< add every secret as soon as it is known
    Progress progress;

    /// Redacts, renders as --format says and writes where --output says. The exit code is the
    /// report's own. For a partial report too: a cut-off run still writes it.
    Result<ExitCode> publish(report::Report report);
    /// The same with another threshold than --fail-on.
    Result<ExitCode> publish(report::Report report, const FailOn& fail_on);

    /// For commands whose result is not a report. Redacted, and as it is otherwise.
    Result<void> write(std::string_view text);

    /// "tool: warning: message", on stderr, redacted and escaped.
    void warn(std::string_view message);
};

using ToolMain = std::function<Result<ExitCode>(Context&)>;

/// What a command is called and takes, and what it does. A tool is a table of these.
struct Command {
    CommandSpec (*spec)();
    Result<ExitCode> (*run)(Context&);
};

/// Runs the one that the arguments name. `commands` must outlive what is returned.
ToolMain run_named(std::span<const Command> commands);

/// The whole of a tool's main(): parses, answers --help, --help-man, --version, --list and
/// --explain, checks --output, calls `body`, and turns errors and exceptions into
/// "tool: error: message" with its hint on stderr and exit code 2. Never throws.
int run_tool(const ToolSpec& tool, int argc, const char* const* argv,
             const ToolMain& body) noexcept;

}  // namespace portolan::cli
