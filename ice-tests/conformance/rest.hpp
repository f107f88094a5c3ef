#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ice-tests/conformance/probe.hpp"

// Time-limited credentials (draft-uberti-behave-turn-rest-00).
namespace portolan::conformance {

/// "expiry:portolan", that many seconds from now.
std::string rest_username(std::int64_t expires_in_s);

/// Allocates as that user, with the password that the shared secret gives or with another one.
Task<Reply> allocate_as(Probe& probe, std::string username, std::optional<std::string> password);

/// Ends the check as undecided where a credential of the usual kind, good for ten minutes, is not
/// taken: what is refused then says nothing.
Task<bool> need_accepted_secret(Probe& probe);

}  // namespace portolan::conformance
