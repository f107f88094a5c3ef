#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/turn/credentials.hpp"
#include "ice-tests/turn/endpoint.hpp"
#include "ice-tests/turn/third_party.hpp"

namespace portolan::turn {
class PathEstimate;
}

namespace portolan::conformance {

/// What the server's configuration says of how long things last: what is standard, unless we are
/// told.
struct Lifetimes {
    std::chrono::seconds allocation{600};  ///< RFC 8656 s6
    std::chrono::seconds permission{300};  ///< RFC 8656 s9
    std::chrono::seconds channel{600};     ///< RFC 8656 s12
    std::chrono::seconds nonce{3600};      ///< RFC 8656 s5 (SHOULD): at most
    std::chrono::seconds unbound{30};      ///< RFC 6062 s5.2, s5.3
    std::chrono::seconds idle{60};         ///< of a connection that sends nothing
};

/// Other credentials that the iceServers file has for the same URI.
struct OtherUser {
    std::string entry;  ///< "/iceServers/2"
    turn::Credentials user;
};

/// What is tested, and with what.
struct Target {
    std::string uri;  ///< as given
    /// The file that names it, or what stands for the command line there.
    std::string declared_in = "command-line";
    std::uint64_t declared_line = 1;
    /// The way through DNS to this address, empty where the URI has it.
    std::string found_by = {};
    /// Why no address was found for the URI; the endpoint is not known then.
    std::optional<Error> not_found = {};
    bool has_records = false;  ///< SRV or NAPTR records led to it
    /// Of the search for the URI's servers: with its first target.
    std::vector<transport::Remark> remarks = {};
    turn::Endpoint endpoint;
    std::optional<turn::Credentials> user;
    std::optional<turn::Credentials> second_user;
    std::vector<OtherUser> other_users = {};
    std::optional<cli::Secret> shared_secret;
    std::optional<turn::ThirdPartyKey> third_party = {};
    Lifetimes lifetimes = {};
    std::shared_ptr<turn::PathEstimate> path;  ///< shared by all who talk to it
    /// Whom the checks are about is where error 300 has led; this one was named.
    std::optional<turn::Endpoint> named = {};
    /// What is known of the server before the checks begin: see preflight().
    std::optional<IpAddress> mapped_ip = {};  ///< ours, where a NAT makes it another one
    std::optional<IpAddress> relay_ip = {};   ///< where its relays are, as asked for by default
    /// Why nothing that the server relays arrives at peers on this host; empty when it may.
    std::string no_data_because = {};
    std::string software = {};
    /// Where a permitted peer sees data come from another address than the relayed one: a sentence.
    std::string relay_elsewhere = {};
    bool claims_rfc8489 = false;
    bool is_open = false;  ///< allocates without credentials
    bool has_ipv6_relays_only = false;
    /// Measured by what is newest in it, as profile rfc8489-auth does, whatever it claims.
    bool demands_rfc8489 = false;
    /// Its peers may be anywhere on the internet, as under profile webrtc-public.
    bool has_public_peers = false;
    /// Peers that it is there for, by whoever runs it.
    std::vector<IpAddress> wanted_peers = {};
};

/// Where it is, or its URI when that is not known.
inline std::string address_of(const Target& target) {
    return target.not_found ? target.uri : target.endpoint.server.to_string();
}

}  // namespace portolan::conformance
