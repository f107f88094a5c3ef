#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/cli/exit_code.hpp"
#include "reports/cli/spec.hpp"
#include "reports/model/result.hpp"
#include "reports/render/renderer.hpp"

namespace portolan::cli {

/// A parsed and checked command line. Asking for an option that the command does not declare is a
/// bug: an assertion in debug builds, the empty value otherwise.
class Arguments {
  public:
    /// Empty when the tool's own behaviour was asked for.
    const std::string& command() const { return command_; }
    const std::vector<std::string>& positionals() const { return positionals_; }

    /// Whether it was on the command line, default or not.
    bool has(std::string_view option) const;
    /// The value given (the last), else the default, else "".
    std::string text(std::string_view option) const;
    /// All values given, else the default if there is one.
    std::vector<std::string> texts(std::string_view option) const;
    /// Count options; nothing if neither given nor defaulted.
    std::optional<std::int64_t> count(std::string_view option) const;
    /// Duration options; nothing if neither given nor defaulted.
    std::optional<std::chrono::microseconds> duration(std::string_view option) const;

    bool verbose() const { return verbose_; }
    bool quiet() const { return quiet_; }
    render::Format format() const { return format_; }
    const std::optional<std::string>& output() const { return output_; }
    const FailOn& fail_on() const { return fail_on_; }
    const std::optional<std::uint64_t>& seed() const { return seed_; }
    bool list() const { return list_; }
    const std::optional<std::string>& explain() const { return explain_; }
    bool help() const { return help_; }
    bool help_man() const { return help_man_; }
    bool version() const { return version_; }

    /// As given, for Report::parameters: {"family": "4", "stun": ["stun:a", "stun:b"]}. Options
    /// that hold secrets do not exist, so there is nothing to leave out.
    report::Json parameters() const;

  private:
    friend class ArgumentsBuilder;

    std::string command_;
    std::vector<std::string> positionals_;
    std::map<std::string, OptionSpec, std::less<>> specs_;
    std::map<std::string, std::vector<std::string>, std::less<>> given_;
    bool verbose_ = false;
    bool quiet_ = false;
    bool list_ = false;
    bool help_ = false;
    bool help_man_ = false;
    bool version_ = false;
    render::Format format_ = render::Format::Text;
    std::optional<std::string> output_;
    std::optional<std::string> explain_;
    FailOn fail_on_;
    std::optional<std::uint64_t> seed_;
};

/// `words` is argv without the program name. A command must be the first word. Names are never
/// guessed from abbreviations. Errors are usage errors ("unknown-option", "unknown-command",
/// "missing-value", "value", ...) with what is allowed or the nearest match as hint. With --help,
/// --help-man or --version nothing else is demanded.
Result<Arguments> parse_arguments(const ToolSpec& tool, std::span<const std::string> words);

/// The command of that name ("" for the tool's own), or nullptr.
const CommandSpec* find_command(const ToolSpec& tool, std::string_view name);

/// Every option that the command takes, its own first, then the shared ones.
std::vector<OptionSpec> all_options(const CommandSpec& command);

}  // namespace portolan::cli
