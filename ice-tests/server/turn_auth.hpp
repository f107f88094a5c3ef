#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ice-tests/mutants/mutant.hpp"
#include "ice-tests/server/turn_config.hpp"
#include "probe/stun/integrity.hpp"
#include "probe/stun/message.hpp"
#include "probe/transport/clock.hpp"

namespace portolan::server {

struct TurnCredentials {
    std::string realm;
    std::vector<TurnUser> users;
    std::optional<cli::Secret> shared_secret;
    std::optional<ThirdPartyKey> third_party = {};
    /// Seconds since 1970, which "expiry:name" and access tokens count in.
    std::function<std::chrono::seconds()> unix_time;
    mutants::MutantSet mutants = {};
};

/// Whoever a request proved to come from.
struct Principal {
    std::string username;
    /// What quotas count by: for "expiry:name" the name.
    std::string quota_name;
    stun::LongTermKey key;
    /// RFC 8489 s9.2.4: which integrity attribute the response must have.
    bool with_sha256 = false;
    /// Of whoever came with an access token (RFC 7635 s9): no allocation may last longer.
    std::optional<std::chrono::seconds> max_lifetime = {};
    /// False for somebody whom a mutant took without credentials: there is no key to sign with.
    bool is_known = true;
};

/// Why a request was refused; `challenge` says that the response carries REALM, NONCE and
/// PASSWORD-ALGORITHMS.
struct Refusal {
    int code = 401;
    bool challenge = true;
    bool is_stale = false;  ///< a nonce that was never given, or is too old
};

/// The server's side of the long-term credential mechanism (RFC 8489 s9.2.4). Keeps nothing about
/// clients: a nonce says when and for whom it was made, and is signed.
class TurnAuth {
  public:
    /// Errors: those of stun::long_term_key and stun::userhash.
    static Result<TurnAuth> make(TurnCredentials credentials, const TurnLifetimes& lifetimes,
                                 const FaultSet& faults, transport::Random& random);

    /// `held_key` is that of the access token which the client's allocation came with: further
    /// requests have no token (RFC 7635 s9).
    [[nodiscard]] std::variant<Principal, Refusal> check(
        transport::Time now, const TransportAddress& client, const stun::MessageView& request,
        const std::optional<stun::LongTermKey>& held_key = {}) const;
    /// Whether ACCESS-TOKEN means something here.
    [[nodiscard]] bool takes_tokens() const { return third_party_.has_value(); }

    /// REALM, NONCE, PASSWORD-ALGORITHMS.
    void add_challenge(stun::MessageWriter& writer, transport::Time now,
                       const TransportAddress& client) const;

  private:
    struct User {
        std::string name;
        stun::LongTermKey md5;
        stun::LongTermKey sha256;
        cli::Secret password;  ///< only kept for a mutant that needs other keys
    };
    struct Claim {
        std::string_view username;
        std::string_view realm;
        std::string_view nonce;
        stun::PasswordAlgorithm algorithm = stun::PasswordAlgorithm::Md5;
        bool names_algorithm = false;
    };

    TurnAuth() = default;
    [[nodiscard]] std::string make_nonce(transport::Time now, const TransportAddress& client) const;
    [[nodiscard]] bool is_fresh(std::string_view nonce, transport::Time now,
                                const TransportAddress& client) const;
    [[nodiscard]] std::variant<Claim, Refusal> read_claim(const stun::MessageView& request) const;
    [[nodiscard]] std::optional<Principal> find(const Claim& claim, stun::Method method) const;
    [[nodiscard]] std::optional<Principal> find_time_limited(const Claim& claim,
                                                             stun::Method method) const;
    [[nodiscard]] bool is(mutants::Mutant mutant) const { return mutants_.has(mutant); }
    [[nodiscard]] Refusal incomplete(mutants::Mutant mutant) const;
    [[nodiscard]] bool is_proven(const stun::MessageView& request, const Principal& principal,
                                 bool is_time_limited) const;
    // turn_token.cpp
    [[nodiscard]] std::optional<Principal> find_by_token(
        const stun::MessageView& request, const Claim& claim,
        const std::optional<stun::LongTermKey>& held_key) const;
    [[nodiscard]] std::optional<Principal> open_token(stun::Bytes token, const Claim& claim) const;
    [[nodiscard]] bool is_third_party(const stun::MessageView& request, const Claim& claim) const;

    std::string realm_;
    std::map<std::string, User, std::less<>> users_;
    std::map<std::array<std::byte, stun::kSha256Bytes>, const User*> by_userhash_;
    std::optional<cli::Secret> shared_secret_;
    std::optional<ThirdPartyKey> third_party_;
    std::function<std::chrono::seconds()> unix_time_;
    std::chrono::seconds nonce_lifetime_{};
    std::chrono::seconds max_credential_{};
    FaultSet faults_;
    mutants::MutantSet mutants_;
    std::array<std::byte, stun::kSha256Bytes> nonce_key_{};
    std::vector<std::byte> algorithms_;
};

}  // namespace portolan::server
