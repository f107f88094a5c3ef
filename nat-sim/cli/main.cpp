#include "nat-sim/cli/spec.hpp"
#include "reports/cli/main_guard.hpp"

int main(int argc, char** argv) {
    return portolan::cli::run_tool(portolan::nat_sim::tool_spec(), argc, argv,
                                   portolan::cli::run_named(portolan::nat_sim::commands()));
}
