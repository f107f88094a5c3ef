#include "probe/cli/run_start.hpp"

#include <chrono>
#include <string>

namespace portolan::nat_probe {

Result<std::shared_ptr<const transport::TlsCredentials>> authorities_from(
    const cli::Arguments& arguments) {
    if (!arguments.has("ca-file")) return std::shared_ptr<const transport::TlsCredentials>();
    return transport::TlsCredentials::trust_file(arguments.text("ca-file"));
}

report::Report begin_report(const cli::Context& context, const Session& session) {
    report::Report run;
    run.tool = {context.tool.name, context.tool.version};
    run.started_at =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    run.parameters = context.arguments.parameters();
    run.parameters["seed"] = std::to_string(session.seed());
    return run;
}

}  // namespace portolan::nat_probe
