#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "reports/cli/secrets.hpp"

namespace portolan::turn {

/// A long-term credential (RFC 8489 s9.2).
struct Credentials {
    std::string username;
    cli::Secret password;

    [[nodiscard]] Credentials clone() const { return {username, password.clone()}; }
};

/// base64(HMAC-SHA1(secret, username)): the password of a time-limited credential, as servers
/// with a "REST API" secret compute it (draft-uberti-behave-turn-rest-00).
cli::Secret time_limited_password(const cli::Secret& secret, std::string_view username);

/// "expiry:name" and its password.
Credentials time_limited(const cli::Secret& secret, std::string_view name,
                         std::chrono::seconds expires_at);

}  // namespace portolan::turn
