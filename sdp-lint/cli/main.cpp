#include <algorithm>
#include <string>
#include <vector>

#include "sdp-lint/cli/lint_command.hpp"
#include "sdp-lint/cli/rule_names.hpp"
#include "sdp-lint/cli/spec.hpp"

int main(int argc, char** argv) {
    using namespace portolan;
    auto arguments = sdp_lint::with_codes({argv, argv + argc});
    if (!arguments) {
        return cli::run_tool(
            sdp_lint::tool_spec(), std::min(argc, 1), argv,
            [&](cli::Context&) -> Result<cli::ExitCode> { return std::move(arguments).error(); });
    }
    std::vector<const char*> words;
    for (const std::string& word : *arguments)
        words.push_back(word.c_str());
    return cli::run_tool(sdp_lint::tool_spec(), argc, words.data(),
                         [](cli::Context& context) { return sdp_lint::run(context); });
}
