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
    std::optional<IpAddress> mapped_ip = {};  ///< ours, where a NAT makes it another one
    std::optional<IpAddress> relay_ip = {};   ///< where its relays are, as asked for by default
    /// Why nothing that the server relays arrives at peers on this host; empty when it may.
    std::string no_data_because = {};
    std::string software = {};
    bool claims_rfc8489 = false;
    bool has_ipv6_relays_only = false;
    /// Measured by what is newest in it, as profile rfc8489-auth does, whatever it claims.
    bool demands_rfc8489 = false;
};

}  // namespace portolan::conformance
