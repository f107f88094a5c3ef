#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/cli/serve_tls.hpp"
#include "ice-tests/server/stun_server.hpp"
#include "ice-tests/server/turn_server.hpp"
#include "reports/cli/main_guard.hpp"
#include "reports/cli/options.hpp"
#include "reports/cli/spec.hpp"

namespace portolan::ice_test {

cli::CommandSpec serve_spec();

struct ServeRequest {
    server::StunServerOptions server;
    /// With --turn: instead of `server`, with the same addresses, ports and faults.
    std::optional<server::TurnServerOptions> turn;
    std::optional<ServeTls> tls;  ///< only with `turn`
    bool show_credentials = false;
    std::uint64_t seed = 0;
    std::optional<std::string> ready_file;
    std::optional<std::chrono::microseconds> duration;  ///< until a signal when absent
};

/// Usage errors for what the command line's own checks cannot know: addresses, loss, faults.
Result<ServeRequest> read_serve_request(const cli::Arguments& arguments);

/// What RTCPeerConnection and --ice-servers take, on one line. With credentials the turn: URIs are
/// one of the servers; without, they stand beside them as "turn", because a turn: URI without
/// credentials is no iceServer.
std::string ice_servers_json(const std::vector<std::string>& stun_uris,
                             const std::vector<std::string>& turn_uris,
                             const server::TurnUser* user);

/// `ice-test serve`: an embedded server until a signal or the end of --duration.
Result<cli::ExitCode> serve(cli::Context& context);

}  // namespace portolan::ice_test
