#include "sdp-lint/cli/lint_command.hpp"
#include "sdp-lint/cli/spec.hpp"

int main(int argc, char** argv) {
    using namespace portolan;
    return cli::run_tool(sdp_lint::tool_spec(), argc, argv,
                         [](cli::Context& context) { return sdp_lint::run(context); });
}
