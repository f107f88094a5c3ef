#include "reports/cli/options.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <utility>

#include "reports/cli/suggest.hpp"
#include "reports/cli/values.hpp"
#include "reports/model/usage_error.hpp"
#include "reports/render/escape.hpp"

namespace portolan::cli {
namespace {

namespace po = boost::program_options;

bool takes_value(const OptionSpec& option) {
    return !std::holds_alternative<Flag>(option.kind);
}

std::vector<std::string> command_names(const ToolSpec& tool) {
    std::vector<std::string> names;
    for (const auto& command : tool.commands) {
        if (!command.name.empty()) names.push_back(command.name);
    }
    return names;
}

std::vector<std::string> format_names() {
    std::vector<std::string> names;
    for (const auto& row : render::formats())
        names.emplace_back(row.name);
    return names;
}

/// What the tool understands before any command is named.
CommandSpec bare_command() {
    CommandSpec command;
    command.common.report = false;
    return command;
}

Result<void> check_value(const OptionSpec& option, std::string_view value) {
    const std::string flag = "--" + option.name;
    if (const auto* count = std::get_if<Count>(&option.kind)) {
        if (auto parsed = parse_count(flag, value, count->min, count->max); !parsed) {
            return std::move(parsed).error();
        }
    } else if (const auto* duration = std::get_if<Duration>(&option.kind)) {
        if (auto parsed = parse_duration(flag, value, duration->min, duration->max); !parsed) {
            return std::move(parsed).error();
        }
    } else if (const auto* choice = std::get_if<Choice>(&option.kind)) {
        const auto& words = choice->words;
        if (std::find(words.begin(), words.end(), value) == words.end()) {
            return usage_error("value",
                               flag + " cannot be " + shown(value) + ": it takes " + join_or(words),
                               did_you_mean(value, words));
        }
    }
    return {};
}

}  // namespace

const CommandSpec* find_command(const ToolSpec& tool, std::string_view name) {
    for (const auto& command : tool.commands) {
        if (command.name == name) return &command;
    }
    return nullptr;
}

std::vector<OptionSpec> all_options(const CommandSpec& command) {
    std::vector<OptionSpec> options = command.options;
    const auto add = [&](OptionSpec option) {
        const bool is_own = std::any_of(command.options.begin(), command.options.end(),
                                        [&](const auto& own) { return own.name == option.name; });
        if (!is_own) options.push_back(std::move(option));
    };
    const bool writes = command.common.report || command.common.catalogue;
    if (writes) {
        std::string help = "How the result is written:";
        for (const auto& row : render::formats()) {
            help += (&row == render::formats().data() ? " " : "; ") + std::string(row.name) + ", " +
                    std::string(row.description);
        }
        add({.name = "format",
             .help = help + ".",
             .kind = Choice{format_names()},
             .default_value = "text"});
        add({.name = "output",
             .help = "Where the result goes instead of standard output. The file appears whole or "
                     "not at all.",
             .kind = Text{"FILE"},
             .short_name = 'o'});
    }
    if (command.common.report) {
        add({.name = "fail-on",
             .help = "Which failures make the exit status 1: " + FailOn::allowed_words() +
                     "; or several with commas, of which any suffices.",
             .kind = Text{"WORD"},
             .default_value = command.default_fail_on});
    }
    if (command.common.catalogue) {
        add({.name = "list",
             .help = "Lists every id that can be reported, and does nothing else."});
        add({.name = "explain",
             .help = "Explains one id, and does nothing else.",
             .kind = Text{"ID"}});
    }
    if (command.common.seed) {
        add({.name = "seed",
             .help = "Makes every random choice repeatable: a number from 0 to 2^64-1, decimal or "
                     "0x hexadecimal. Without it " +
                     command.common.without_seed + ".",
             .kind = Text{"N"}});
    }
    add({.name = "verbose",
         .help = "Also shows evidence, environment and parameters.",
         .short_name = 'v'});
    add({.name = "quiet",
         .help = "Shows only the headline and what failed, and no progress.",
         .short_name = 'q'});
    add({.name = "help", .help = "Shows this help.", .short_name = 'h'});
    add({.name = "version", .help = "Shows the version."});
    add({.name = "help-man", .help = "Prints the man page.", .hidden = true});
    return options;
}

/// From words to Arguments, step by step; the first problem ends it.
class ArgumentsBuilder {
  public:
    explicit ArgumentsBuilder(const ToolSpec& tool) : tool_(tool) {}

    Result<Arguments> build(std::span<const std::string> words) {
        if (auto chosen = choose_command(words); !chosen) return chosen.error();
        for (auto& option : all_options(command_)) {
            args_.specs_.emplace(option.name, std::move(option));
        }
        if (auto parsed = parse(words); !parsed) return parsed.error();
        args_.help_ = args_.has("help");
        args_.help_man_ = args_.has("help-man");
        args_.version_ = args_.has("version");
        if (args_.help_ || args_.help_man_ || args_.version_) return std::move(args_);
        if (needs_command_) {
            return usage_error("missing-command", "a command is needed",
                               "the commands are " + join_or(command_names(tool_)));
        }
        if (auto checked = check_values(); !checked) return checked.error();
        if (auto taken = take_shared(); !taken) return taken.error();
        // --list and --explain ask about the tool, so the command's arguments are not needed.
        if (!args_.list_ && !args_.explain_) {
            if (auto counted = check_positionals(); !counted) return counted.error();
        }
        return std::move(args_);
    }

  private:
    Result<void> choose_command(std::span<const std::string>& words) {
        const CommandSpec* const own = find_command(tool_, "");
        const bool has_word = !words.empty() && !words[0].empty() && words[0][0] != '-';
        if (has_word) {
            if (const auto* named = find_command(tool_, words[0])) {
                command_ = *named;
                args_.command_ = named->name;
                words = words.subspan(1);
                return {};
            }
        }
        if (own != nullptr && (!has_word || !own->positionals.empty())) {
            command_ = *own;
            return {};
        }
        if (!has_word) {
            command_ = bare_command();
            needs_command_ = true;
            return {};
        }
        const auto names = command_names(tool_);
        if (names.empty()) {
            return usage_error("unexpected-argument", "unexpected argument " + shown(words[0]));
        }
        std::string hint = did_you_mean(words[0], names);
        if (hint.empty()) hint = "the commands are " + join_or(names);
        return usage_error("unknown-command", "unknown command " + shown(words[0]), hint);
    }

    Result<void> parse(std::span<const std::string> words) {
        po::options_description description;
        for (const auto& [name, option] : args_.specs_) {
            std::string names = name;
            if (option.short_name != '\0') names += std::string(",") + option.short_name;
            if (takes_value(option)) {
                description.add_options()(names.c_str(), po::value<std::string>(), "");
            } else {
                description.add_options()(names.c_str(), "");
            }
        }
        // A script that works with an abbreviation breaks with the next option that shares it.
        constexpr int kStyle =
            po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
        try {
            const auto parsed = po::command_line_parser({words.begin(), words.end()})
                                    .options(description)
                                    .style(kStyle)
                                    .allow_unregistered()
                                    .run();
            return collect(parsed.options);
        } catch (const po::invalid_command_line_syntax& problem) {
            return bad_syntax(problem);
        } catch (const std::exception&) {
            return usage_error("syntax", "the command line cannot be understood");
        }
    }

    Error bad_syntax(const po::invalid_command_line_syntax& problem) const {
        std::string name = problem.get_option_name();
        name.erase(0, name.find_first_not_of('-'));
        const auto found = args_.specs_.find(name);
        const std::string flag = "--" + render::escape_for_terminal(name);
        if (found != args_.specs_.end() && !takes_value(found->second)) {
            return usage_error("unexpected-value", flag + " takes no value");
        }
        return usage_error("missing-value", flag + " needs a value");
    }

    Result<void> collect(const std::vector<po::option>& options) {
        for (const auto& option : options) {
            if (option.position_key != -1) {
                args_.positionals_.insert(args_.positionals_.end(), option.value.begin(),
                                          option.value.end());
                continue;
            }
            if (option.unregistered) return unknown(option);
            auto& values = args_.given_[option.string_key];
            const OptionSpec& spec = args_.specs_.find(option.string_key)->second;
            if (!takes_value(spec)) continue;
            if (!spec.repeatable && !values.empty()) {
                return usage_error("repeated", "--" + spec.name + " can be given only once");
            }
            if (option.original_tokens.size() > 1 && is_known(option.original_tokens.back())) {
                return usage_error("missing-value", "--" + spec.name + " needs a value");
            }
            values.insert(values.end(), option.value.begin(), option.value.end());
        }
        return {};
    }

    /// An option where a value belongs means that the value was forgotten; whoever really wants it
    /// writes --output=--verbose.
    bool is_known(std::string_view word) const {
        return word.starts_with("--") &&
               args_.specs_.contains(word.substr(2, word.substr(2).find('=')));
    }

    Error unknown(const po::option& option) const {
        std::string word =
            option.original_tokens.empty() ? option.string_key : option.original_tokens.front();
        word = word.substr(0, word.find('='));
        std::vector<std::string> names;
        for (const auto& [name, spec] : args_.specs_) {
            if (!spec.hidden) names.push_back("--" + name);
        }
        std::string hint = word.starts_with("--") ? did_you_mean(word, names) : "";
        for (const auto& command : tool_.commands) {
            for (const auto& other : command.options) {
                if (hint.empty() && word == "--" + other.name && !other.hidden) {
                    hint = "it belongs to " + tool_.name +
                           (command.name.empty() ? " without a command" : " " + command.name);
                }
            }
        }
        return usage_error("unknown-option", "unknown option " + shown(word), hint);
    }

    Result<void> check_values() const {
        for (const auto& [name, values] : args_.given_) {
            for (const auto& value : values) {
                if (auto checked = check_value(args_.specs_.find(name)->second, value); !checked) {
                    return checked;
                }
            }
        }
        return {};
    }

    Result<void> take_shared() {
        args_.verbose_ = args_.has("verbose");
        args_.quiet_ = args_.has("quiet");
        if (args_.verbose_ && args_.quiet_) {
            return usage_error("conflict", "--verbose and --quiet exclude each other");
        }
        args_.list_ = command_.common.catalogue && args_.has("list");
        if (command_.common.catalogue && args_.has("explain"))
            args_.explain_ = args_.text("explain");
        if (args_.list_ && args_.explain_) {
            return usage_error("conflict", "--list and --explain exclude each other");
        }
        if (command_.common.report || command_.common.catalogue) {
            args_.format_ =
                render::parse_format(args_.text("format")).value_or(render::Format::Text);
            if (args_.has("output")) args_.output_ = args_.text("output");
        }
        const bool judges = args_.has("fail-on") || !command_.default_fail_on.empty();
        if (command_.common.report && judges) {
            auto fail_on = FailOn::parse(args_.text("fail-on"));
            if (!fail_on) return std::move(fail_on).error();
            args_.fail_on_ = *fail_on;
        }
        if (command_.common.seed && args_.has("seed")) {
            auto seed = parse_seed("--seed", args_.text("seed"));
            if (!seed) return std::move(seed).error();
            args_.seed_ = *seed;
        }
        return {};
    }

    Result<void> check_positionals() const {
        std::size_t least = 0;
        std::size_t most = 0;
        const auto count = args_.positionals_.size();
        for (const auto& positional : command_.positionals) {
            least += positional.min_count;
            if (count < least) {
                return usage_error("missing-argument",
                                   "the argument " + positional.name + " is missing");
            }
            most = positional.max_count > SIZE_MAX - most ? SIZE_MAX : most + positional.max_count;
        }
        if (count <= most) return {};
        const std::string& extra = args_.positionals_[most];
        std::string hint;
        if (args_.command_.empty() && find_command(tool_, extra) != nullptr && !extra.empty()) {
            hint = "a command must be the first word: " + tool_.name + " " + extra;
        }
        return usage_error("unexpected-argument", "unexpected argument " + shown(extra), hint);
    }

    const ToolSpec& tool_;
    CommandSpec command_;
    bool needs_command_ = false;
    Arguments args_;
};

Result<Arguments> parse_arguments(const ToolSpec& tool, std::span<const std::string> words) {
    return ArgumentsBuilder(tool).build(words);
}

}  // namespace portolan::cli
