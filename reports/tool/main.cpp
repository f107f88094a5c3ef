#include "reports/cli/main_guard.hpp"
#include "reports/tool/spec.hpp"

int main(int argc, char** argv) {
    return portolan::cli::run_tool(portolan::nat_report::tool_spec(), argc, argv,
                                   portolan::cli::run_named(portolan::nat_report::commands()));
}
