#include "nat-sim/cli/presets_command.hpp"

#include <algorithm>

#include "nat-sim/behavior/parameter_table.hpp"
#include "nat-sim/behavior/presets/preset.hpp"
#include "reports/cli/output.hpp"
#include "reports/render/escape.hpp"

namespace portolan::nat_sim {
namespace {

using nat::Preset;
using report::Json;
using report::OrderedJson;

std::string dump(const OrderedJson& json) {
    return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

OrderedJson to_json(const Preset& preset) {
    OrderedJson out = {
        {"name", preset.name}, {"summary", preset.summary}, {"aliases", preset.aliases}};
    if (preset.is_chain()) {
        out["boxes"] = preset.boxes;
    } else {
        out["parameters"] = preset.parameter_document;
    }
    out["carrier_grade"] = preset.carrier_grade;
    out["evidence"] = OrderedJson::array();
    for (const auto& evidence : preset.evidence)
        out["evidence"].push_back({{"seen", evidence.seen}, {"source", evidence.source}});
    out["violates"] = OrderedJson::object();
    for (const auto& violation : preset.violates)
        out["violates"][violation.check_id] = violation.why;
    if (!preset.is_chain()) out["all_parameters"] = nat::to_json(preset.parameters);
    return out;
}

void add_wrapped(std::string& text, const std::string& paragraph, std::size_t width,
                 const std::string& indent) {
    for (const auto& line : render::wrap(paragraph, width - indent.size()))
        text += indent + line + "\n";
}

std::string joined(const std::vector<std::string>& words, const std::string& between) {
    std::string out;
    for (const auto& word : words)
        out += (out.empty() ? "" : between) + word;
    return out;
}

/// The parameters that differ from the defaults, one line each.
std::string parameter_lines(const Preset& preset) {
    std::string out;
    for (const nat::ParameterRow& row : nat::parameter_table()) {
        const Json value = row.get(preset.parameters);
        if (value == row.default_value()) continue;
        out += "  " + std::string(row.pointer) + " = " +
               (value.is_string() ? value.get<std::string>() : value.dump()) + "\n";
    }
    return out.empty() ? "  none\n" : out;
}

std::string explain_text(const Preset& preset, std::size_t width) {
    std::string text = render::escape_for_terminal(preset.name) + "\n\n";
    add_wrapped(text, preset.summary, width, "");
    if (!preset.aliases.empty()) text += "\nAlso: " + joined(preset.aliases, ", ") + "\n";
    if (preset.carrier_grade) {
        text += "\n";
        add_wrapped(text, "A carrier's NAT: RFC 6888 applies.", width, "");
    }
    if (preset.is_chain()) {
        text += "\nBoxes, from the hosts outwards: " + joined(preset.boxes, ", ") + "\n";
    } else {
        text += "\nParameters that differ from the defaults:\n" + parameter_lines(preset);
        add_wrapped(text,
                    "The defaults follow the RFCs' recommendations with some exceptions; which, "
                    "nat-sim conformance says.",
                    width, "");
    }
    if (!preset.evidence.empty()) text += "\nSeen:\n";
    for (const auto& evidence : preset.evidence)
        add_wrapped(text, evidence.seen + " [" + evidence.source + "]", width, "  ");
    if (!preset.violates.empty()) text += "\nViolates by design:\n";
    for (const auto& violation : preset.violates)
        add_wrapped(text, violation.check_id + ": " + violation.why, width, "  ");
    return text;
}

std::string list_text(std::size_t width) {
    std::size_t columns = 0;
    for (const Preset& preset : nat::built_in_presets())
        columns = std::max(columns, preset.name.size());
    std::string text;
    for (const Preset& preset : nat::built_in_presets()) {
        const auto lines = render::wrap(preset.summary, width - columns - 2);
        for (std::size_t i = 0; i < lines.size(); ++i) {
            text += render::pad_right(i == 0 ? preset.name : "", columns) + "  " + lines[i] + "\n";
        }
    }
    return text;
}

std::string parameters_text(std::size_t width) {
    std::string text;
    for (const nat::ParameterRow& row : nat::parameter_table()) {
        text += std::string(row.pointer) + "\n";
        std::string words(row.meaning);
        if (!row.requirement.empty()) words += " " + std::string(row.requirement) + ".";
        add_wrapped(text, words, width, "    ");
        const Json standard = row.default_value();
        add_wrapped(text,
                    row.allowed + "; default " +
                        (standard.is_string() ? standard.get<std::string>() : standard.dump()),
                    width, "    ");
    }
    return text;
}

OrderedJson parameters_json() {
    OrderedJson out = OrderedJson::array();
    for (const nat::ParameterRow& row : nat::parameter_table()) {
        out.push_back({{"pointer", std::string(row.pointer)},
                       {"number", row.number},
                       {"unit", std::string(row.unit)},
                       {"requirement", std::string(row.requirement)},
                       {"meaning", std::string(row.meaning)},
                       {"allowed", row.allowed},
                       {"default", row.default_value()}});
    }
    return out;
}

Result<std::string> answer(const cli::Context& context) {
    const bool as_json = context.arguments.text("format") == "json";
    const std::size_t width = std::clamp<std::size_t>(context.terminal.width_columns, 60, 100);
    if (context.arguments.has("schema")) return nat::preset_schema().dump(2) + "\n";
    if (context.arguments.has("parameters")) {
        return as_json ? dump(parameters_json()) : parameters_text(width);
    }
    if (context.arguments.has("explain")) {
        auto preset = nat::load_preset(context.arguments.text("explain"));
        if (!preset) return std::move(preset).error();
        return as_json ? dump(to_json(*preset)) : explain_text(*preset, width);
    }
    if (!as_json) return list_text(width);
    OrderedJson all = OrderedJson::array();
    for (const Preset& preset : nat::built_in_presets())
        all.push_back(to_json(preset));
    return dump(all);
}

}  // namespace

cli::CommandSpec presets_spec() {
    cli::CommandSpec command;
    command.name = "presets";
    command.summary = "list the NATs that can be simulated";
    command.description = {
        "Lists the NATs that come with nat-sim, each with one sentence; --explain shows what one "
        "of them does, who has seen that where, and which requirements it violates by design.",
        "A NAT of your own is a JSON file: {\"schema\": \"portolan.nat-preset/1\", \"name\": ..., "
        "\"summary\": ..., \"parameters\": {...}}. Wherever a preset is named, a file may be "
        "given instead: ./my-nat.json."};
    command.options = {
        {.name = "explain",
         .help = "Shows this preset: a name, an alias, or a file.",
         .kind = cli::Text{"PRESET"}},
        {.name = "parameters", .help = "Lists every parameter of a NAT, with its default."},
        {.name = "schema", .help = "Writes the JSON Schema of preset files."},
        {.name = "format",
         .help = "How to write it.",
         .kind = cli::Choice{{"text", "json"}},
         .default_value = "text"},
        {.name = "output",
         .help = "Writes to this file instead of standard output.",
         .kind = cli::Text{"FILE"}}};
    command.examples = {{"nat-sim presets", "What there is."},
                        {"nat-sim presets --explain linux-masq", "One of them."},
                        {"nat-sim presets --explain ./my-nat.json", "Check one's own."}};
    command.common = {.report = false, .catalogue = false, .seed = false};
    return command;
}

Result<cli::ExitCode> presets(cli::Context& context) {
    auto text = answer(context);
    if (!text) return std::move(text).error();
    std::optional<std::string> path;
    if (context.arguments.has("output")) path = context.arguments.text("output");
    if (auto written = cli::write_output(*text, path); !written) return written.error();
    return cli::ExitCode::Ok;
}

}  // namespace portolan::nat_sim
