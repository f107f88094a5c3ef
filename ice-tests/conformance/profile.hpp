#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "ice-tests/conformance/check.hpp"

namespace portolan::conformance {

/// What a server is for: what is a fault in one is right in another.
enum class Profile { Rfc8656, Rfc8489Auth, WebrtcPublic, Enterprise };

struct ProfileInfo {
    Profile profile{};
    std::string_view name;
    std::string_view explanation;  ///< one sentence
};

std::span<const ProfileInfo> profile_table();
std::string_view to_string(Profile profile);
std::optional<Profile> parse_profile(std::string_view name);

/// Why a failure of this check is none under the profile; nothing when it is one.
std::optional<std::string_view> excuse(Profile profile, const Check& check);

}  // namespace portolan::conformance
