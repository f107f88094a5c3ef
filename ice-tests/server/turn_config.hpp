#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/server/fault.hpp"
#include "ice-tests/server/peer_policy.hpp"
#include "probe/stun/transport_address.hpp"
#include "reports/cli/secrets.hpp"

namespace portolan::server {

/// A long-term credential (RFC 8489 s9.2). Name and password as OpaqueString (RFC 8265) leaves
/// them.
struct TurnUser {
    std::string name;
    cli::Secret password;
};

/// What a TURN server shares with an authorization server (RFC 7635 s4.1).
struct ThirdPartyKey {
    std::string kid;
    cli::Secret key;  ///< 16 or 32 bytes: A128GCM or A256GCM
    std::string server_name;

    [[nodiscard]] ThirdPartyKey clone() const { return {kid, key.clone(), server_name}; }
};

/// How long things live. Whole seconds: LIFETIME has no others.
struct TurnLifetimes {
    std::chrono::seconds default_allocation{600};  ///< RFC 8656 s7.2
    std::chrono::seconds max_allocation{3600};     ///< RFC 8656 s7.2 (RECOMMENDED)
    std::chrono::seconds permission{300};          ///< RFC 8656 s9
    std::chrono::seconds channel{600};             ///< RFC 8656 s12
    std::chrono::seconds nonce{600};               ///< RFC 8656 s5: at most an hour
    std::chrono::seconds reservation{30};          ///< RFC 8656 s7.2: at least 30 s
    std::chrono::seconds connect{30};              ///< RFC 6062 s5.2: at least 30 s
    std::chrono::seconds unbound{30};              ///< RFC 6062 s5.2, s5.3: without ConnectionBind
    /// Of a connection that sends nothing and has no allocation.
    std::chrono::seconds idle{60};
    /// How far ahead a time-limited credential may expire: who may make them for ever might as
    /// well have a password.
    std::chrono::seconds max_credential{std::chrono::hours(24)};
};

/// What bounds the memory of a server.
struct TurnQuotas {
    std::size_t allocation_count = 4096;       ///< of all users: error 508
    std::size_t user_allocation_count = 4096;  ///< of one user: error 486
    std::size_t permission_count = 1024;       ///< of one allocation: error 508
    std::size_t channel_count = 1024;          ///< of one allocation: error 508
    std::size_t connection_count = 256;        ///< of one TCP relay: error 508
    /// Challenges a second over UDP and DTLS to one IP address, which may be forged; 0: no limit.
    std::size_t challenge_count = 0;
};

}  // namespace portolan::server
