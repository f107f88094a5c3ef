#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "ice-tests/turn/credentials.hpp"
#include "probe/transport/clock.hpp"
#include "reports/cli/secrets.hpp"
#include "reports/model/result.hpp"

namespace portolan::turn {

/// What a STUN server shares with an authorization server (RFC 7635 s4.1): whoever has it can give
/// tokens out.
struct ThirdPartyKey {
    std::string kid;
    cli::Secret key;          ///< 16 or 32 bytes: A128GCM or A256GCM
    std::string server_name;  ///< empty: not said

    [[nodiscard]] ThirdPartyKey clone() const { return {kid, key.clone(), server_name}; }
};

/// The JSON of RFC 7635 s4.1.1: "k" in base64, "kid", "enc" (A128GCM or A256GCM, the default), and
/// "server_name", which is our own. Usage errors: those of report::parse_json and JsonReader;
/// third-party.key for a key of another length; third-party.enc.
Result<ThirdPartyKey> parse_third_party_key(std::string_view json);
/// The same from a file, whose name then leads every message; usage error third-party.file.
Result<ThirdPartyKey> read_third_party_key(const std::string& path);

/// What of a mac_key is random. coturn 4.6.1 wants 20 octets and keys the HMAC with the first 16;
/// HMAC fills keys up with zeros, so that one which ends in four of them is the same to every
/// server.
enum class MacKey { Full, EndsInZeros };

/// A token that is good for that long, with a fresh mac_key of 160 bits (RFC 7635 s6.2, MUST).
/// Errors of stun::seal.
Result<Credentials> grant_access(const ThirdPartyKey& key, std::string_view server_name,
                                 std::chrono::microseconds issued_at, std::chrono::seconds lifetime,
                                 transport::Random& random, MacKey kind = MacKey::EndsInZeros);

}  // namespace portolan::turn
