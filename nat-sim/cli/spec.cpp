#include "nat-sim/cli/spec.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "nat-sim/cli/call_command.hpp"
#include "nat-sim/cli/conformance_command.hpp"
#include "nat-sim/cli/matrix_command.hpp"
#include "nat-sim/cli/presets_command.hpp"
#include "nat-sim/cli/probe_command.hpp"
#include "nat-sim/conformance/conformance.hpp"
#include "nat-sim/scenario/probe_run.hpp"
#include "nat-sim/scenario/report.hpp"

namespace portolan::nat_sim {
namespace {

/// In the order of --help. A new command is one row.
constexpr cli::Command kCommands[] = {
    {call_spec, call},   {run_spec, run_scenario}, {matrix_spec, matrix},
    {probe_spec, probe}, {presets_spec, presets},  {conformance_spec, conformance},
};

}  // namespace

const cli::ToolSpec& tool_spec() {
    static const cli::ToolSpec spec = [] {
        cli::ToolSpec out{
            .name = "nat-sim",
            .version = PORTOLAN_VERSION,
            .summary = "simulate NATs and what gets through them",
            .commands = {},
            .see_also = {"nat-probe(1)", "ice-test(1)"},
            .catalogue = cli::joined({[] { return scenario::catalogue(); },
                                      scenario::probe_catalogue, nat::conformance::catalogue})};
        for (const cli::Command& command : kCommands)
            out.commands.push_back(command.spec());
        return out;
    }();
    return spec;
}

std::span<const cli::Command> commands() {
    return kCommands;
}

}  // namespace portolan::nat_sim
