#include "ice-tests/cli/spec.hpp"
#include "reports/cli/main_guard.hpp"

int main(int argc, char** argv) {
    return portolan::cli::run_tool(portolan::ice_test::tool_spec(), argc, argv,
                                   portolan::cli::run_named(portolan::ice_test::commands()));
}
