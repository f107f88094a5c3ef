#include "nat-sim/cli/probe_command.hpp"

#include <glib.h>

#include <utility>

#include "nat-sim/cli/world_options.hpp"
#include "nat-sim/scenario/probe_run.hpp"

namespace portolan::nat_sim {

namespace {

Result<double> parse_loss(std::string text) {
    if (text.ends_with('%')) text.pop_back();
    const bool is_plain = !text.empty() && text.size() <= 16 &&
                          text.find_first_not_of("0123456789.") == std::string::npos;
    gchar* end = nullptr;
    const double value = is_plain ? g_ascii_strtod(text.c_str(), &end) : -1;
    if (!is_plain || end != text.c_str() + text.size() || value > 100) {
        return Error{Culprit::Usage, "value",
                     "--loss: \"" + text + "\" is not a percentage from 0 to 100"};
    }
    return value;
}

}  // namespace

cli::CommandSpec probe_spec() {
    cli::CommandSpec spec{
        .name = "probe",
        .summary = "nat-probe behind a simulated NAT",
        .description = {"Runs nat-probe's own code, unchanged, on a host behind a NAT, with a STUN "
                        "server on two addresses beyond it, and compares its verdicts with what "
                        "the NAT is configured to do: exactly that, or inconclusive."},
        .options = {{.name = "nat",
                     .help = "The NAT: a preset, a preset file, or internet.",
                     .kind = cli::Text{"PRESET"},
                     .default_value = "linux-masq"},
                    {.name = "family",
                     .help = "The family that is probed; through a NAT64, 6 reaches the server's "
                             "IPv4 addresses. Without it: 4 where the NAT carries IPv4, else 6.",
                     .kind = cli::Choice{{"4", "6"}}},
                    {.name = "loss",
                     .help = "Percentage of packets that the link beyond the NAT loses, each way.",
                     .kind = cli::Text{"PCT"},
                     .default_value = "0"}},
        .examples = {{"nat-sim probe --nat corp-fw --loss 5%",
                      "what nat-probe makes of a corporate firewall on a bad link"}},
        .common = {.report = true, .catalogue = true, .seed = true, .without_seed = "it is 1"},
        .catalogue = scenario::probe_catalogue};
    for (cli::OptionSpec& option : recording_options())
        spec.options.push_back(std::move(option));
    return spec;
}

Result<cli::ExitCode> probe(cli::Context& context) {
    const cli::Arguments& arguments = context.arguments;
    scenario::ProbeSpec spec;
    spec.nat = arguments.text("nat");
    if (auto known = check_preset("--nat", spec.nat); !known) return known.error();
    if (arguments.has("family")) {
        spec.family = arguments.text("family") == "6" ? AddressFamily::IPv6 : AddressFamily::IPv4;
    }
    const auto loss = parse_loss(arguments.text("loss"));
    if (!loss) return loss.error();
    spec.loss_pct = *loss;
    spec.seed = arguments.seed().value_or(kDefaultSeed);
    auto recording = Recording::open(arguments);
    if (!recording) return std::move(recording).error();
    context.progress.show("probing " + spec.nat);
    auto run = scenario::run_probe(spec, recording->options());
    if (!run) return std::move(run).error();
    report::Report report = scenario::report_of(*run, spec);
    report.tool = {context.tool.name, context.tool.version};
    report.parameters = arguments.parameters();
    report.parameters["seed"] = std::to_string(spec.seed);
    auto code = context.publish(std::move(report));
    if (auto written = recording->write(run->captures); !written) return written.error();
    return code;
}

}  // namespace portolan::nat_sim
