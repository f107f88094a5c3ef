#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/turn/request.hpp"
#include "probe/stun/integrity.hpp"
#include "probe/stun/message.hpp"
#include "probe/stun/nonce_cookie.hpp"

namespace portolan::turn {

/// What a 401 or 438 says (RFC 8489 s9.2.4).
struct Challenge {
    std::string realm;
    std::string nonce;
    std::optional<stun::SecurityFeatures> features;  ///< of the nonce cookie
    std::vector<std::byte> algorithms;               ///< PASSWORD-ALGORITHMS as sent; empty: none
    /// THIRD-PARTY-AUTHORIZATION (RFC 7635 s6.1): the server's name there.
    std::optional<std::string> server_name = {};

    /// Nothing unless it has both REALM and NONCE.
    static std::optional<Challenge> read(const stun::MessageView& reply);
    [[nodiscard]] bool offers_sha256() const;
};

/// The attributes that authenticate a request (RFC 8489 s9.2.3.2). Each may be changed, or left out
/// where it is optional, to see what a server makes of it.
struct Signature {
    std::optional<std::string> username;
    std::optional<std::vector<std::byte>> userhash;
    std::optional<std::string> realm;
    std::optional<std::string> nonce;
    std::vector<std::byte> algorithms;  ///< PASSWORD-ALGORITHMS; empty: left out
    std::optional<stun::PasswordAlgorithm> algorithm;
    bool with_sha256 = false;  ///< MESSAGE-INTEGRITY-SHA256 instead of MESSAGE-INTEGRITY
    stun::LongTermKey key;
    /// ACCESS-TOKEN, in Allocate and Refresh requests only (RFC 7635 s9, MUST).
    std::optional<std::vector<std::byte>> access_token = {};

    /// The request with these attributes behind its own.
    [[nodiscard]] std::vector<std::byte> build(const Request& request,
                                               const stun::TransactionId& id) const;
    /// The same without the integrity attribute itself, to be made wrong.
    [[nodiscard]] stun::RawMessage raw(const Request& request, const stun::TransactionId& id) const;
    /// Of a response to a request signed so (RFC 8489 s9.2.5).
    [[nodiscard]] stun::Check verify(const stun::MessageView& reply) const;
};

}  // namespace portolan::turn
