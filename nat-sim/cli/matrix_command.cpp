#include "nat-sim/cli/matrix_command.hpp"

#include <optional>
#include <utility>

#include "nat-sim/cli/interruption.hpp"
#include "nat-sim/cli/workers.hpp"
#include "nat-sim/cli/world_options.hpp"
#include "nat-sim/scenario/matrix.hpp"
#include "nat-sim/scenario/report.hpp"

namespace portolan::nat_sim {

cli::CommandSpec matrix_spec() {
    return {
        .name = "matrix",
        .summary = "each network with each",
        .description =
            {"Calls between each of the networks of A and each of B, without and with TURN "
             "servers, and how each compares with what follows from the NATs' rules. Without --a "
             "and --b: the nine combinations of mapping and filtering.",
             "The same seed gives the same bytes, whatever --jobs is."},
        .options =
            {
                {.name = "a",
                 .help = "A network of A: a preset, a preset file, or internet.",
                 .kind = cli::Text{"PRESET"},
                 .repeatable = true},
                {.name = "b",
                 .help = "A network of B.",
                 .kind = cli::Text{"PRESET"},
                 .repeatable = true},
                {.name = "turn",
                 .help = "Who has a TURN server, as for nat-sim call; without any, none and udp.",
                 .kind = cli::Choice{{"none", "udp", "tcp", "a-only", "b-only"}},
                 .repeatable = true},
                family_option(),
                set_option(),
                {.name = "jobs",
                 .help = "How many processes share the work.",
                 .kind = cli::Count{1, 256},
                 .default_value = "1"},
            },
        .examples = {{"nat-sim matrix --jobs 2", "the whole 9 x 9 matrix, twice"},
                     {"nat-sim matrix --a linux-masq --b corp-fw --b cgn-cell-sym --turn none",
                      "whom a home reaches without a relay"}},
        .common = {.report = true, .catalogue = true, .seed = true, .without_seed = "it is 1"},
        .catalogue = [] { return scenario::catalogue("matrix/"); }};
}

Result<cli::ExitCode> matrix(cli::Context& context) {
    const cli::Arguments& arguments = context.arguments;
    scenario::MatrixSpec spec;
    spec.a = arguments.texts("a");
    spec.b = arguments.texts("b");
    for (const char* option : {"a", "b", "turn"}) {
        auto different = check_different("--" + std::string(option), arguments.texts(option));
        if (!different) return different.error();
    }
    if (spec.a.empty()) spec.a = scenario::nine_kinds();
    if (spec.b.empty()) spec.b = scenario::nine_kinds();
    for (const std::string& name : spec.a) {
        if (auto known = check_preset("--a", name); !known) return known.error();
    }
    for (const std::string& name : spec.b) {
        if (auto known = check_preset("--b", name); !known) return known.error();
    }
    for (const std::string& word : arguments.texts("turn"))
        spec.turn.push_back(*scenario::parse_turn_choice(word));
    if (spec.turn.empty()) spec.turn = {scenario::TurnChoice::None, scenario::TurnChoice::Udp};
    const Families families = families_of(arguments);
    spec.common.ipv4 = families.ipv4;
    spec.common.ipv6 = families.ipv6;
    spec.common.seed = arguments.seed().value_or(kDefaultSeed);
    auto parameters = parameters_of(arguments);
    if (!parameters) return std::move(parameters).error();
    spec.common.parameters = std::move(*parameters);
    for (const auto* presets : {&spec.a, &spec.b}) {
        auto settable = check_settings(*presets, spec.common.parameters);
        if (!settable) return settable.error();
    }

    const std::vector<scenario::CallSpec> calls = scenario::calls_of(spec);
    // What is wrong with all of them is said once, and before the work.
    for (const scenario::CallSpec& call : calls) {
        if (const auto scenario = scenario::scenario_of(call); !scenario) return scenario.error();
    }
    const Work work = [&](std::size_t index) -> Result<std::string> {
        const auto cell = scenario::run_cell(calls[index]);
        if (!cell) return cell.error();
        return cell->dump();
    };
    const Interruption interruption;
    const auto results = run_in_workers(
        calls.size(), static_cast<std::size_t>(arguments.count("jobs").value_or(1)),
        [&](std::size_t index) { return scenario::name_of(calls[index]); }, work,
        [&](std::size_t done) {
            context.progress.show("call " + std::to_string(done) + " of " +
                                  std::to_string(calls.size()));
        },
        [] { return Interruption::has_come(); });
    if (!results) return results.error();
    std::vector<report::Json> cells;
    for (const std::optional<std::string>& text : *results) {
        if (text) cells.push_back(report::Json::parse(*text));
    }
    const bool is_whole = cells.size() == calls.size();
    if (!is_whole) {
        context.warn(Interruption::name() + " came after " + std::to_string(cells.size()) +
                     " of the " + std::to_string(calls.size()) + " calls; the report is of these");
    }

    report::Report report = scenario::matrix_report(spec, cells);
    report.tool = {context.tool.name, context.tool.version};
    report.parameters = arguments.parameters();
    // How the work was divided is nobody's business: the same seed, the same bytes.
    report.parameters.erase("jobs");
    report.parameters["seed"] = std::to_string(spec.common.seed);
    if (arguments.format() != render::Format::Text || !is_whole)
        return context.publish(std::move(report));
    context.progress.clear();
    if (auto written = context.write(scenario::matrix_text(spec, cells)); !written) {
        return written.error();
    }
    return cli::exit_code_for(report, arguments.fail_on());
}

}  // namespace portolan::nat_sim
