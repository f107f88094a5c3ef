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
    /// Seconds since 1970, which "expiry:name" counts in.
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

    [[nodiscard]] std::variant<Principal, Refusal> check(transport::Time now,
                                                         const TransportAddress& client,
                                                         const stun::MessageView& request) const;

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

    std::string realm_;
    std::map<std::string, User, std::less<>> users_;
    std::map<std::array<std::byte, stun::kSha256Bytes>, const User*> by_userhash_;
    std::optional<cli::Secret> shared_secret_;
    std::function<std::chrono::seconds()> unix_time_;
    std::chrono::seconds nonce_lifetime_{};
    std::chrono::seconds max_credential_{};
    FaultSet faults_;
    mutants::MutantSet mutants_;
    std::array<std::byte, stun::kSha256Bytes> nonce_key_{};
    std::vector<std::byte> algorithms_;
};

}  // namespace portolan::server
