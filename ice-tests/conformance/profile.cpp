#include "ice-tests/conformance/profile.hpp"

#include <algorithm>

namespace portolan::conformance {
namespace {

constexpr ProfileInfo kProfiles[] = {
    {Profile::Rfc8656, "rfc8656",
     "The protocol, and the security of a server that anybody may be pointed at."},
    {Profile::Rfc8489Auth, "rfc8489-auth",
     "The same, and the authentication of RFC 8489 (nonce cookie, SHA-256) is demanded whatever "
     "the server claims."},
    {Profile::WebrtcPublic, "webrtc-public",
     "A public server for browsers: what browsers do not use is not demanded (reservations)."},
    {Profile::Enterprise, "enterprise",
     "A server whose peers are in private networks: relaying there is what it is for."},
};

struct Excuse {
    Profile profile;
    std::string_view prefix;
    std::string_view why;
};

constexpr Excuse kExcuses[] = {
    {Profile::WebrtcPublic, "rfc8656/7.2/even-port", "browsers do not reserve ports"},
    {Profile::WebrtcPublic, "rfc8656/7.2/token", "browsers do not reserve ports"},
    {Profile::Enterprise, "security/peer/private",
     "the peers of an enterprise's server have private addresses"},
    {Profile::Enterprise, "security/relay-address",
     "the relays of an enterprise's server may have private addresses"},
};

}  // namespace

std::span<const ProfileInfo> profile_table() {
    return kProfiles;
}

std::string_view to_string(Profile profile) {
    return kProfiles[static_cast<std::size_t>(profile)].name;
}

std::optional<Profile> parse_profile(std::string_view name) {
    const auto* row = std::ranges::find(kProfiles, name, &ProfileInfo::name);
    return row != std::end(kProfiles) ? std::optional(row->profile) : std::nullopt;
}

std::optional<std::string_view> excuse(Profile profile, const Check& check) {
    for (const Excuse& row : kExcuses) {
        if (row.profile == profile && check.id.starts_with(row.prefix)) return row.why;
    }
    return std::nullopt;
}

}  // namespace portolan::conformance
