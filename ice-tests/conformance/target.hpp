#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ice-tests/turn/credentials.hpp"
#include "ice-tests/turn/endpoint.hpp"

namespace portolan::turn {
class PathEstimate;
}

namespace portolan::conformance {

/// What is tested, and with what.
struct Target {
    std::string uri;  ///< as given
    turn::Endpoint endpoint;
    std::optional<turn::Credentials> user;
    std::optional<turn::Credentials> second_user;
    std::optional<cli::Secret> shared_secret;
    std::shared_ptr<turn::PathEstimate> path;  ///< shared by all who talk to it
    /// What is known of the server before the checks begin: see preflight().
    std::string software = {};
    bool claims_rfc8489 = false;
    bool has_ipv6_relays_only = false;
    /// Measured by what is newest in it, as profile rfc8489-auth does, whatever it claims.
    bool demands_rfc8489 = false;
};

}  // namespace portolan::conformance
