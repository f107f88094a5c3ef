#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "probe/stun/integrity.hpp"
#include "probe/stun/message.hpp"
#include "reports/model/result.hpp"

// The self-contained access token of third-party authorization (RFC 7635 s6.2). What is in it
// concerns the STUN server and the authorization server alone: clients pass it on as it is.
namespace portolan::stun {

inline constexpr std::size_t kA128GcmKeyBytes = 16;
inline constexpr std::size_t kA256GcmKeyBytes = 32;  // RFC 7635 s4.1.1 (MUST support)
inline constexpr std::size_t kTokenNonceBytes = 12;  // RFC 5116 s5.1 and s5.2: N_MIN and N_MAX

struct AccessToken {
    LongTermKey mac_key;
    std::chrono::microseconds issued_at{};  ///< since 1970
    std::chrono::seconds lifetime{};        ///< fits 32 bits
};

/// Encrypted with AES-GCM under the key that both servers share, for the STUN server of that name.
/// Errors: usage.stun.token-key for a key of another length than 16 or 32, usage.stun.token-nonce;
/// environment.stun.cipher-unavailable.
Result<std::vector<std::byte>> seal(const AccessToken& token, Bytes key, Bytes nonce,
                                    std::string_view server_name);

/// Nothing when it is not authentic, or not well-formed: RFC 5116's FAIL.
std::optional<AccessToken> open_token(Bytes sealed, Bytes key, std::string_view server_name);

}  // namespace portolan::stun
