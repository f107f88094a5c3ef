#include "reports/cli/help.hpp"

#include <algorithm>
#include <vector>

#include "reports/cli/options.hpp"
#include "reports/cli/values.hpp"
#include "reports/render/escape.hpp"

namespace portolan::cli {
namespace {

constexpr std::size_t kMaxLabelColumns = 26;
constexpr std::size_t kMinWidthColumns = 40;
/// More words than this are named in the help sentence only.
constexpr std::size_t kMaxWordsColumns = 28;

std::string value_name(const OptionSpec& option) {
    if (const auto* text = std::get_if<Text>(&option.kind)) return text->value_name;
    if (std::holds_alternative<Count>(option.kind)) return "N";
    if (std::holds_alternative<Duration>(option.kind)) return "TIME";
    if (const auto* choice = std::get_if<Choice>(&option.kind)) {
        std::string joined;
        for (const auto& word : choice->words)
            joined += (joined.empty() ? "" : "|") + word;
        return joined.size() <= kMaxWordsColumns ? joined : "WORD";
    }
    return "";
}

/// The help sentence and what the kind says by itself: range, default, repetition.
std::string option_help(const OptionSpec& option) {
    std::string help = option.help;
    if (const auto* count = std::get_if<Count>(&option.kind)) {
        help += " From " + std::to_string(count->min);
        if (count->max != INT64_MAX) help += " to " + std::to_string(count->max);
        help += ".";
    } else if (const auto* duration = std::get_if<Duration>(&option.kind)) {
        help += " From " + format_duration(duration->min) + " to " +
                format_duration(duration->max) + ".";
    }
    if (option.repeatable) help += " May be repeated.";
    if (!option.default_value.empty()) help += " Default: " + option.default_value + ".";
    return help;
}

std::string positional_usage(const PositionalSpec& positional) {
    std::string text = positional.name;
    if (positional.max_count > 1) text += "...";
    return positional.min_count == 0 ? "[" + text + "]" : text;
}

std::string synopsis(const ToolSpec& tool, const CommandSpec& command) {
    std::string line = tool.name;
    if (!command.name.empty()) line += " " + command.name;
    line += " [OPTION]...";
    for (const auto& positional : command.positionals)
        line += " " + positional_usage(positional);
    return line;
}

std::vector<OptionSpec> visible(std::vector<OptionSpec> options) {
    std::erase_if(options, [](const auto& option) { return option.hidden; });
    return options;
}

// ---- --help ----

class HelpPage {
  public:
    explicit HelpPage(std::size_t width) : width_(std::max(width, kMinWidthColumns)) {}

    void paragraph(std::string_view text, std::size_t indent = 0) {
        for (const auto& line : render::wrap(text, width_ - indent)) {
            out_ += std::string(indent, ' ') + line + "\n";
        }
    }

    void heading(std::string_view title) { out_ += "\n" + std::string(title) + ":\n"; }
    void blank() { out_ += '\n'; }
    void line(std::string_view text) { out_ += std::string(text) + "\n"; }

    void entry(std::string_view label, std::string_view text, std::size_t label_columns) {
        const std::size_t indent = 2 + label_columns + 2;
        std::string lead = "  " + render::pad_right(label, label_columns) + "  ";
        if (render::display_width(label) > label_columns) {
            line("  " + std::string(label));
            lead.assign(indent, ' ');
        }
        const std::size_t room = width_ > indent + 20 ? width_ - indent : 20;
        for (const auto& part : render::wrap(text, room)) {
            line(lead + part);
            lead.assign(indent, ' ');
        }
    }

    std::string take() { return std::move(out_); }

  private:
    std::size_t width_;
    std::string out_;
};

struct Entry {
    std::string label;
    std::string text;
};

void entries(HelpPage& page, std::string_view title, const std::vector<Entry>& list) {
    if (list.empty()) return;
    page.heading(title);
    std::size_t columns = 0;
    for (const auto& entry : list) {
        const std::size_t label = render::display_width(entry.label);
        if (label <= kMaxLabelColumns) columns = std::max(columns, label);
    }
    for (const auto& entry : list)
        page.entry(entry.label, entry.text, columns);
}

std::vector<Entry> option_entries(const CommandSpec& command) {
    std::vector<Entry> list;
    for (const auto& option : visible(all_options(command))) {
        std::string label =
            option.short_name == '\0' ? "    " : std::string("-") + option.short_name + ", ";
        label += "--" + option.name;
        if (const auto value = value_name(option); !value.empty()) label += " " + value;
        list.push_back({std::move(label), option_help(option)});
    }
    return list;
}

std::vector<Entry> positional_entries(const CommandSpec& command) {
    std::vector<Entry> list;
    for (const auto& positional : command.positionals) {
        list.push_back({positional.name, positional.help});
    }
    return list;
}

std::vector<Entry> exit_entries(bool writes_report) {
    std::vector<Entry> list;
    for (const auto& row : exit_codes(writes_report)) {
        list.push_back({std::to_string(static_cast<int>(row.code)), std::string(row.meaning)});
    }
    return list;
}

bool writes_report(const ToolSpec& tool) {
    return std::any_of(tool.commands.begin(), tool.commands.end(),
                       [](const auto& each) { return each.common.report; });
}

/// What a tool without a behaviour of its own shows when no command is named.
CommandSpec own_command(const ToolSpec& tool) {
    if (const auto* own = find_command(tool, "")) return *own;
    CommandSpec command;
    command.common.report = false;
    return command;
}

// ---- man page ----

/// Text that roff must not interpret: `\` starts an escape, a leading `.` or `'` a request, and
/// a plain `-` may become a typographic hyphen that cannot be pasted into a shell.
std::string roff(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        if (c == '\\') {
            safe += "\\e";
        } else if (c == '-') {
            safe += "\\-";
        } else if (c == '\'') {
            safe += "\\(aq";
        } else if (c == '\n') {
            safe += ' ';
        } else {
            safe += c;
        }
    }
    if (!safe.empty() && safe.front() == '.') safe.insert(0, "\\&");
    return safe;
}

std::string upper(std::string text) {
    for (char& c : text) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
}

void man_options(std::string& out, const std::vector<OptionSpec>& options) {
    for (const auto& option : visible(options)) {
        out += ".TP\n";
        if (option.short_name != '\0') {
            out += "\\fB\\-" + std::string(1, option.short_name) + "\\fR, ";
        }
        out += "\\fB\\-\\-" + roff(option.name) + "\\fR";
        if (const auto value = value_name(option); !value.empty()) {
            out += " \\fI" + roff(value) + "\\fR";
        }
        out += "\n" + roff(option_help(option)) + "\n";
    }
}

void man_entries(std::string& out, const std::vector<Entry>& list) {
    for (const auto& entry : list) {
        out += ".TP\n\\fB" + roff(entry.label) + "\\fR\n" + roff(entry.text) + "\n";
    }
}

void man_paragraphs(std::string& out, const std::vector<std::string>& paragraphs) {
    for (const auto& paragraph : paragraphs)
        out += ".PP\n" + roff(paragraph) + "\n";
}

void man_examples(std::string& out, const std::vector<Example>& examples) {
    for (const auto& example : examples) {
        out += ".PP\n" + roff(example.meaning) + "\n.PP\n.RS 4\n.nf\n" + roff(example.command) +
               "\n.fi\n.RE\n";
    }
}

}  // namespace

std::string help_text(const ToolSpec& tool, std::string_view command_name,
                      std::size_t width_columns) {
    const CommandSpec* const named =
        command_name.empty() ? nullptr : find_command(tool, command_name);
    const CommandSpec command = named == nullptr ? own_command(tool) : *named;
    HelpPage page(width_columns);
    page.paragraph(named == nullptr ? tool.name + " - " + tool.summary
                                    : tool.name + " " + command.name + " - " + command.summary);
    page.blank();

    std::vector<Entry> commands;
    if (named != nullptr || find_command(tool, "") != nullptr) {
        page.line("Usage: " + synopsis(tool, command));
    }
    if (named == nullptr) {
        for (const auto& other : tool.commands) {
            if (other.name.empty()) continue;
            const bool is_first = commands.empty() && find_command(tool, "") == nullptr;
            page.line((is_first ? "Usage: " : "       ") + synopsis(tool, other));
            commands.push_back({other.name, other.summary});
        }
    }
    const auto& tool_description = named == nullptr ? tool.description : command.description;
    for (const auto& paragraph : tool_description) {
        page.blank();
        page.paragraph(paragraph);
    }
    if (named == nullptr) {
        for (const auto& paragraph : command.description) {
            page.blank();
            page.paragraph(paragraph);
        }
    }
    entries(page, "Arguments", positional_entries(command));
    entries(page, "Commands (each has its own --help)", commands);
    entries(page, "Options", option_entries(command));
    // Of a tool: whatever any of its commands may end with.
    entries(page, "Exit status",
            exit_entries(named == nullptr ? writes_report(tool) : command.common.report));
    std::vector<Entry> environment;
    for (const auto& variable : tool.environment)
        environment.push_back({variable.name, variable.help});
    entries(page, "Environment", environment);
    if (!command.examples.empty()) page.heading("Examples");
    for (const auto& example : command.examples) {
        page.line("  " + example.command);
        page.paragraph(example.meaning, 6);
    }
    return page.take();
}

std::string man_page(const ToolSpec& tool) {
    // No date: the same source must give the same page.
    std::string out = ".TH \"" + roff(upper(tool.name)) + "\" 1 \"\" \"" + roff(tool.name) + " " +
                      roff(tool.version) + "\" \"Portolan\"\n.nh\n.ad l\n";
    out += ".SH NAME\n" + roff(tool.name) + " \\- " + roff(tool.summary) + "\n";
    out += ".SH SYNOPSIS\n";
    bool is_first = true;
    for (const auto& command : tool.commands) {
        if (!is_first) out += ".br\n";
        is_first = false;
        out += "\\fB" + roff(tool.name) + "\\fR" +
               roff(synopsis(tool, command).substr(tool.name.size())) + "\n";
    }
    const CommandSpec own = own_command(tool);
    out += ".SH DESCRIPTION\n";
    man_paragraphs(
        out, tool.description.empty() ? std::vector<std::string>{tool.summary} : tool.description);
    man_paragraphs(out, own.description);
    out += ".SH OPTIONS\n";
    man_entries(out, positional_entries(own));
    man_options(out, all_options(own));
    bool has_commands = false;
    for (const auto& command : tool.commands) {
        if (command.name.empty()) continue;
        if (!has_commands) out += ".SH COMMANDS\n";
        has_commands = true;
        out += ".SS \"" + roff(synopsis(tool, command)) + "\"\n" + roff(command.summary) + "\n";
        man_paragraphs(out, command.description);
        man_entries(out, positional_entries(command));
        man_options(out, all_options(command));
    }
    out += ".SH EXIT STATUS\n";
    // One list for all commands.
    man_entries(out, exit_entries(writes_report(tool)));
    if (!tool.environment.empty()) out += ".SH ENVIRONMENT\n";
    for (const auto& variable : tool.environment) {
        man_entries(out, {{variable.name, variable.help}});
    }
    bool has_examples = false;
    for (const auto& command : tool.commands) {
        if (command.examples.empty()) continue;
        if (!has_examples) out += ".SH EXAMPLES\n";
        has_examples = true;
        man_examples(out, command.examples);
    }
    if (!tool.see_also.empty()) out += ".SH SEE ALSO\n";
    for (std::size_t i = 0; i < tool.see_also.size(); ++i) {
        out += (i > 0 ? ",\n" : "") + roff(tool.see_also[i]);
    }
    if (!tool.see_also.empty()) out += '\n';
    return out;
}

}  // namespace portolan::cli
