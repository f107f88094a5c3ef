#include "nat-sim/cli/call_command.hpp"

#include <utility>

#include "nat-sim/cli/interruption.hpp"
#include "nat-sim/cli/world_options.hpp"
#include "nat-sim/scenario/parse.hpp"
#include "nat-sim/scenario/report.hpp"
#include "reports/cli/files.hpp"

namespace portolan::nat_sim {

namespace {

Result<cli::ExitCode> run_and_publish(cli::Context& context, const scenario::Scenario& scenario) {
    auto recording = Recording::open(context.arguments);
    if (!recording) return std::move(recording).error();
    context.progress.show("simulating " + scenario.name);
    const Interruption interruption;
    scenario::CallOptions options = recording->options();
    options.is_cancelled = [] { return Interruption::has_come(); };
    auto done = scenario::run_call(scenario, options);
    if (!done) return std::move(done).error();
    if (done->result.is_cut_off) {
        context.warn(Interruption::name() + " came while \"" + scenario.name +
                     "\" was simulated; what is known so far is written");
    }
    report::Report report = scenario::report_of(done->result, scenario);
    report.tool = {context.tool.name, context.tool.version};
    report.parameters = context.arguments.parameters();
    report.parameters["seed"] = std::to_string(scenario.seed);
    auto code = context.publish(std::move(report));
    if (auto written = recording->write(done->captures); !written) return written.error();
    return code;
}

}  // namespace

cli::CommandSpec call_spec() {
    cli::CommandSpec spec{
        .name = "call",
        .summary = "one call between two networks",
        .description =
            {"Runs two unmodified libnice agents in simulated time, each behind the NAT that a "
             "preset describes, with STUN and TURN servers beside them, and says which candidate "
             "pair they select, whether media really takes it, and why.",
             "The same seed gives the same bytes."},
        .options =
            {
                {.name = "a",
                 .help = "The NAT in front of A, who calls: a preset, a preset file, or internet.",
                 .kind = cli::Text{"PRESET"},
                 .default_value = "linux-masq"},
                {.name = "b",
                 .help = "The NAT in front of B.",
                 .kind = cli::Text{"PRESET"},
                 .default_value = "linux-masq"},
                {.name = "turn",
                 .help = "Who has a TURN server and how it is reached: both over UDP, both over "
                         "TCP, one of them over UDP, or nobody.",
                 .kind = cli::Choice{{"none", "udp", "tcp", "a-only", "b-only"}},
                 .default_value = "udp"},
                family_option(),
                {.name = "media",
                 .help = "Two-way audio for this long after both sides are ready.",
                 .kind = cli::Duration{},
                 .default_value = "0s"},
                set_option(),
            },
        .examples = {{"nat-sim call --a linux-masq --b cgn-cell-sym --media 30s",
                      "a home calls a mobile phone"},
                     {"nat-sim call --a udp-blocked --b linux-masq --turn tcp",
                      "what is left when a firewall drops UDP"}},
        .common = {.report = true, .catalogue = true, .seed = true, .without_seed = "it is 1"}};
    for (cli::OptionSpec& option : recording_options())
        spec.options.push_back(std::move(option));
    spec.catalogue = [] { return scenario::catalogue("call/"); };
    return spec;
}

Result<cli::ExitCode> call(cli::Context& context) {
    const cli::Arguments& arguments = context.arguments;
    scenario::CallSpec spec;
    spec.a = arguments.text("a");
    spec.b = arguments.text("b");
    if (auto known = check_preset("--a", spec.a); !known) return known.error();
    if (auto known = check_preset("--b", spec.b); !known) return known.error();
    spec.turn = *scenario::parse_turn_choice(arguments.text("turn"));
    const Families families = families_of(arguments);
    spec.ipv4 = families.ipv4;
    spec.ipv6 = families.ipv6;
    spec.media = *arguments.duration("media");
    spec.seed = arguments.seed().value_or(kDefaultSeed);
    auto parameters = parameters_of(arguments);
    if (!parameters) return std::move(parameters).error();
    spec.parameters = std::move(*parameters);
    if (auto settable = check_settings({spec.a, spec.b}, spec.parameters); !settable) {
        return settable.error();
    }
    const auto scenario = scenario::scenario_of(spec);
    if (!scenario) return scenario.error();
    return run_and_publish(context, *scenario);
}

cli::CommandSpec run_spec() {
    cli::CommandSpec spec{
        .name = "run",
        .summary = "one call as a scenario file describes it",
        .description =
            {"Networks behind networks, hosts with several addresses, links with loss and delay, "
             "firewalls, TURN over UDP and TCP, events such as a NAT that reboots in the middle of "
             "a call: everything that nat-sim can simulate, as JSON. The format is described by "
             "scenario.schema.json."},
        .positionals = {{.name = "SCENARIO",
                         .help = "The scenario file; - is standard input.",
                         .max_count = 1}},
        .examples = {{"nat-sim run call.json", "the call that call.json describes"}},
        .common = {.report = true,
                   .catalogue = true,
                   .seed = true,
                   .without_seed = "it is the scenario's own, or 1"}};
    spec.options = recording_options();
    spec.catalogue = [] { return scenario::catalogue("call/"); };
    return spec;
}

Result<cli::ExitCode> run_scenario(cli::Context& context) {
    const std::string& given = context.arguments.positionals().front();
    const std::string path = given == "-" ? "/dev/stdin" : given;
    const auto text = cli::read_file(path, scenario::kMaxScenarioBytes, "scenario.file");
    if (!text) return text.error();
    auto scenario = scenario::parse_scenario(*text);
    if (!scenario) {
        Error error = std::move(scenario).error();
        error.message = path + ": " + error.message;
        return error;
    }
    if (context.arguments.seed()) scenario->seed = *context.arguments.seed();
    return run_and_publish(context, *scenario);
}

}  // namespace portolan::nat_sim
