#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "probe/stun/message.hpp"
#include "probe/stun/password_algorithms.hpp"
#include "reports/model/result.hpp"

// Message integrity and fingerprint: RFC 8489 s9.1.1, s9.2.2, s14.4 to s14.7, s18.5.1.
//
// Text and OpaqueString. RFC 8489 wants username (when taken from configuration), realm and
// password in UTF-8 after the OpaqueString profile (RFC 8265) or, for RFC 5389 peers, SASLprep.
// That is left to the caller, because Unicode normalisation needs tables that this module does not
// carry. Printable ASCII, the space included, is unchanged by both, so ASCII credentials may be
// given as they are. Anything else must have been normalised, or keys differ from those of a peer
// that does it.
namespace portolan::stun {

inline constexpr std::size_t kSha1Bytes = 20;
inline constexpr std::size_t kSha256Bytes = 32;
inline constexpr std::size_t kMinSha256Bytes = 16;            // RFC 8489 s14.6 (MUST)
inline constexpr std::uint32_t kFingerprintXor = 0x5354554E;  // RFC 8489 s14.7, "STUN"

/// An HMAC key. Wiped when destroyed; neither printed nor compared anywhere.
class LongTermKey {
  public:
    LongTermKey() = default;
    LongTermKey(const LongTermKey&) = default;
    LongTermKey& operator=(const LongTermKey&) = default;
    ~LongTermKey();

    [[nodiscard]] Bytes bytes() const { return Bytes(octets_.data(), size_); }
    /// A key that is given as it is: RFC 7635's mac_key. Nothing for more than 32 bytes, or none.
    static std::optional<LongTermKey> from_bytes(Bytes bytes);

  private:
    friend Result<LongTermKey> long_term_key(PasswordAlgorithm, std::string_view, std::string_view,
                                             std::string_view);
    std::array<std::byte, kSha256Bytes> octets_{};
    std::size_t size_ = 0;
};

/// RFC 8489 s9.2.2 and s18.5.1: H(username ":" realm ":" password), 16 bytes for MD5, 32 for
/// SHA-256. Quotes around username and realm and trailing NULs are removed as s9.2.2 says. Errors:
/// usage.stun.password_algorithm for an unknown algorithm, environment.stun.hash_unavailable when
/// GnuTLS refuses the hash (MD5 in FIPS mode).
Result<LongTermKey> long_term_key(PasswordAlgorithm algorithm, std::string_view username,
                                  std::string_view realm, std::string_view password);

/// RFC 8489 s9.1.1: the password is the key. Views the argument.
Bytes short_term_key(std::string_view password);

/// RFC 8489 s14.4: SHA-256(username ":" realm).
Result<std::array<std::byte, kSha256Bytes>> userhash(std::string_view username,
                                                     std::string_view realm);

enum class Check : std::uint8_t {
    Valid,
    Invalid,    ///< there, well-formed, and not what the key (or CRC) gives
    Absent,     ///< not there, or where it does not count (behind another integrity attribute)
    Malformed,  ///< wrong length; for FINGERPRINT also: not the last attribute
};

/// "valid", "invalid", "absent", "malformed".
std::string_view to_string(Check check);

Check verify_message_integrity(const MessageView& message, Bytes key);

/// RFC 8489 s14.6: the value must be the full 32 bytes unless the usage allows truncation, which
/// the caller states by `min_length_bytes`; 16 is the least that is ever allowed. Shorter is
/// Malformed.
Check verify_message_integrity_sha256(const MessageView& message, Bytes key,
                                      std::size_t min_length_bytes = kSha256Bytes);

Check verify_fingerprint(const MessageView& message);

}  // namespace portolan::stun
