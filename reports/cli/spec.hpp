#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "reports/cli/catalogue.hpp"
#include "reports/cli/exit_code.hpp"

namespace portolan::cli {

/// What an option takes. Ranges are inclusive and appear in --help and in errors.
struct Flag {};
struct Text {
    std::string value_name = "TEXT";  ///< "URI", "FILE"
};
struct Count {
    std::int64_t min = 0;
    std::int64_t max = INT64_MAX;
};
struct Duration {
    std::chrono::microseconds min{0};
    std::chrono::microseconds max = std::chrono::hours(24);
};
struct Choice {
    std::vector<std::string> words;
};
using OptionKind = std::variant<Flag, Text, Count, Duration, Choice>;

struct OptionSpec {
    std::string name;  ///< without dashes
    std::string help;  ///< one sentence or more, capital first, full stop last
    OptionKind kind = Flag{};
    char short_name = '\0';
    bool repeatable = false;
    bool hidden = false;
    std::string default_value = {};  ///< as it would be typed; empty for none
};

struct PositionalSpec {
    std::string name;  ///< "URI"
    std::string help;
    std::size_t min_count = 1;
    std::size_t max_count = 1;
};

struct Example {
    std::string command;  ///< the whole line
    std::string meaning;
};

/// Which of the shared options a command takes. --help, --version, --verbose and --quiet are
/// always there.
struct CommonOptions {
    bool report = true;  ///< --format, --output, --fail-on
    bool catalogue =
        false;          ///< --list, --explain ID; answered by run_tool from ToolSpec::catalogue
    bool seed = false;  ///< --seed N
    std::string without_seed = "a fresh one is taken and reported";  ///< what happens then
};

struct CommandSpec {
    std::string name;     ///< empty for a tool's own behaviour without a command
    std::string summary;  ///< a few words, for the list of commands
    std::vector<std::string> description = {};  ///< paragraphs
    std::vector<OptionSpec> options = {};
    std::vector<PositionalSpec> positionals = {};
    std::vector<Example> examples = {};
    CommonOptions common = {};
    /// What --list and --explain know of; those of the whole tool when empty.
    Catalogue catalogue = {};
    /// For --fail-on; shown in --help as typed. Empty: the command gives Context::publish its own.
    std::string default_fail_on = "low";
};

struct EnvironmentVariable {
    std::string name;
    std::string help;
};

/// Everything that a tool's command line is: parsing, --help and the man page derive from it.
struct ToolSpec {
    std::string name;
    std::string version;
    std::string summary;  ///< one line, no full stop: "classify the NAT in front of this machine"
    std::vector<std::string> description = {};  ///< paragraphs
    /// The command without a name is what the tool does when none is given; without such a command
    /// one has to be given.
    std::vector<CommandSpec> commands;
    std::vector<EnvironmentVariable> environment = {};
    std::vector<std::string> see_also = {};  ///< "nat-sim(1)"
    Catalogue catalogue = {};
};

}  // namespace portolan::cli
