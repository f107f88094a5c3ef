#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// RFC 8489 s9.2: a server that supports it starts its NONCE with "obMatJos2" and four base64
// characters that carry 24 feature bits, so that removing a feature on the way breaks the nonce.
namespace portolan::stun {

inline constexpr std::string_view kNonceCookiePrefix = "obMatJos2";
inline constexpr std::size_t kNonceCookieBytes = 13;

struct SecurityFeatures {
    /// RFC 8489 s18.1: bit 0 is the most significant of the 24.
    static constexpr std::uint32_t kPasswordAlgorithms = 1U << 23;
    static constexpr std::uint32_t kUsernameAnonymity = 1U << 22;

    std::uint32_t bits = 0;  ///< the low 24 bits

    [[nodiscard]] bool password_algorithms() const { return (bits & kPasswordAlgorithms) != 0; }
    [[nodiscard]] bool username_anonymity() const { return (bits & kUsernameAnonymity) != 0; }
    friend bool operator==(const SecurityFeatures&, const SecurityFeatures&) = default;
};

/// nullopt when the nonce does not start with a nonce cookie: the server is an RFC 5389 one.
std::optional<SecurityFeatures> parse_nonce_cookie(std::string_view nonce);

/// The cookie followed by `rest`, the server's own part.
std::string build_nonce(SecurityFeatures features, std::string_view rest);

}  // namespace portolan::stun
