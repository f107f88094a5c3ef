#include "probe/cli/run_start.hpp"

#include <array>
#include <chrono>

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

void warn_of_built_in_server(cli::Context& context, const std::string& naming_option) {
    for (const std::string name : {"interface", "all-interfaces", "ca-file"}) {
        if (!context.arguments.has(name)) continue;
        context.warn(std::string("--")
                         .append(name)
                         .append(" has no effect on the built-in server: name another with ")
                         .append(naming_option));
    }
}

IpAddress ipv6_loopback() {
    std::array<std::uint8_t, 16> octets{};
    octets.back() = 1;
    return IpAddress::v6(octets);
}

}  // namespace portolan::nat_probe
