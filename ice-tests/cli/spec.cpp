#include "ice-tests/cli/spec.hpp"

#include <algorithm>
#include <iterator>

#include "ice-tests/cli/compare_command.hpp"
#include "ice-tests/cli/ice_command.hpp"
#include "ice-tests/cli/serve.hpp"
#include "ice-tests/cli/serve_turn.hpp"
#include "ice-tests/cli/turn_command.hpp"
#include "ice-tests/conformance/report.hpp"
#include "ice-tests/scenarios/report.hpp"

namespace portolan::ice_test {
namespace {

constexpr cli::Command kCommands[] = {
    {serve_spec, serve},
    {turn_spec, turn_command},
    {ice_spec, ice_command},
    {compare_spec, compare_command},
};

}  // namespace

const cli::ToolSpec& tool_spec() {
    static const cli::ToolSpec spec = [] {
        cli::ToolSpec out{.name = "ice-test",
                          .version = PORTOLAN_VERSION,
                          .summary = "test servers for ICE, STUN and TURN",
                          .commands = {},
                          .environment = {{kPasswordVariable,
                                           "The password of the users of serve --turn that have "
                                           "no other."}},
                          .see_also = {"nat-probe(1)"}};
        for (const cli::Command& command : kCommands)
            out.commands.push_back(command.spec());
        out.catalogue = cli::joined(
            {conformance::catalogue, scenarios::catalogue, conformance::server_catalogue});
        return out;
    }();
    return spec;
}

std::span<const cli::Command> commands() {
    return kCommands;
}

}  // namespace portolan::ice_test
