#include "reports/tool/spec.hpp"

#include "reports/tool/commands.hpp"

namespace portolan::nat_report {
namespace {

constexpr cli::Command kCommands[] = {
    {render_spec, render_command},
    {merge_spec, merge_command},
    {diff_spec, diff_command},
    {history_spec, history_command},
};

}  // namespace

const cli::ToolSpec& tool_spec() {
    static const cli::ToolSpec spec = [] {
        cli::ToolSpec out{.name = "nat-report",
                          .version = PORTOLAN_VERSION,
                          .summary = "show, sum up and compare the reports of the other tools",
                          .commands = {},
                          .see_also = {"nat-probe(1)", "ice-test(1)", "nat-sim(1)", "sdp-lint(1)"}};
        for (const cli::Command& command : kCommands)
            out.commands.push_back(command.spec());
        return out;
    }();
    return spec;
}

std::span<const cli::Command> commands() {
    return kCommands;
}

}  // namespace portolan::nat_report
