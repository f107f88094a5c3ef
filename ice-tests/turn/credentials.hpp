#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "reports/cli/secrets.hpp"

namespace portolan::turn {

/// What an authorization server gives a client (RFC 7635 s5), as bytes.
struct AccessGrant {
    cli::Secret token;
    cli::Secret mac_key;

    [[nodiscard]] AccessGrant clone() const { return {token.clone(), mac_key.clone()}; }
};

/// A long-term credential (RFC 8489 s9.2), or a kid with an access token (RFC 7635).
struct Credentials {
    std::string username;
    cli::Secret password;
    std::optional<AccessGrant> grant = {};

    [[nodiscard]] Credentials clone() const {
        return {username, password.clone(), grant ? std::optional(grant->clone()) : std::nullopt};
    }
};

/// base64(HMAC-SHA1(secret, username)): the password of a time-limited credential, as servers
/// with a "REST API" secret compute it (draft-uberti-behave-turn-rest-00).
cli::Secret time_limited_password(const cli::Secret& secret, std::string_view username);

/// "expiry:name" and its password.
Credentials time_limited(const cli::Secret& secret, std::string_view name,
                         std::chrono::seconds expires_at);

/// When a time-limited credential's user name ("expiry:name", draft-uberti-behave-turn-rest-00)
/// says that it ends, in seconds since 1970; nothing for other names.
std::optional<std::int64_t> expiry_of(std::string_view username);

}  // namespace portolan::turn
