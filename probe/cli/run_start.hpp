#pragma once

#include <memory>
#include <string>

#include "probe/cli/session.hpp"
#include "probe/stun/transport_address.hpp"
#include "probe/transport/tls_credentials.hpp"
#include "reports/cli/main_guard.hpp"
#include "reports/model/report.hpp"

/// How every command that measures begins.
namespace portolan::nat_probe {

/// Those of --ca-file, or null without it. To be read before there is a session: a pipe that nobody
/// writes to is then left by any signal.
Result<std::shared_ptr<const transport::TlsCredentials>> authorities_from(
    const cli::Arguments& arguments);

/// A report that says by which tool, when, with which options and which seed.
report::Report begin_report(const cli::Context& context, const Session& session);

/// Says which of the options given change nothing, where only the built-in server on the loopback
/// interface is asked. `naming_option` names another server: "--stun".
void warn_of_built_in_server(cli::Context& context, const std::string& naming_option);

/// ::1, the one loopback address of IPv6 (RFC 4291 s2.5.3).
IpAddress ipv6_loopback();

}  // namespace portolan::nat_probe
