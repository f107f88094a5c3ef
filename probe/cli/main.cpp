#include "probe/cli/audit_command.hpp"
#include "probe/cli/classify_command.hpp"
#include "probe/cli/explain_command.hpp"
#include "probe/cli/spec.hpp"

int main(int argc, char** argv) {
    using namespace portolan;
    return cli::run_tool(nat_probe::tool_spec(), argc, argv, [](cli::Context& context) {
        if (context.arguments.command() == "explain") return nat_probe::explain_run(context);
        if (context.arguments.command() == "audit-server") return nat_probe::audit_server(context);
        return nat_probe::classify(context);
    });
}
