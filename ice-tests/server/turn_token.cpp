#include <algorithm>
#include <span>

#include "ice-tests/server/turn_auth.hpp"
#include "probe/stun/access_token.hpp"

// Third-party authorization (RFC 7635 s7).
namespace portolan::server {
namespace {

using stun::AttributeType;
using M = mutants::Mutant;
using std::chrono::seconds;

constexpr seconds kDelta{5};  // RFC 7635 s7 (RECOMMENDED)

stun::Bytes bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

bool is_signed_with(const stun::MessageView& request, stun::Bytes key) {
    const stun::Check integrity = request.has(AttributeType::MessageIntegritySha256)
                                      ? stun::verify_message_integrity_sha256(request, key)
                                      : stun::verify_message_integrity(request, key);
    return integrity == stun::Check::Valid;
}

// The mutant that takes a token although it is out of its time.
M taker_of(const stun::AccessToken& token, seconds now) {
    if (token.issued_at > now) return M::Rfc7635S7NotYet;
    return token.lifetime == seconds(0) ? M::Rfc7635S7NoLifetime : M::Rfc7635S7Expired;
}

}  // namespace

bool TurnAuth::is_third_party(const stun::MessageView& request, const Claim& claim) const {
    if (!third_party_) return false;
    return request.has(AttributeType::AccessToken) || claim.username == third_party_->kid;
}

std::optional<Principal> TurnAuth::open_token(stun::Bytes token, const Claim& claim) const {
    // Whom a mutant takes although nothing of the token can be read: there is no key to sign with.
    const Principal nobody{.username = std::string(claim.username),
                           .quota_name = std::string(claim.username),
                           .key = {},
                           .is_known = false};
    if (claim.username != third_party_->kid && !is(M::Rfc7635S7UnknownKid)) return std::nullopt;
    const stun::Bytes key = bytes_of(third_party_->key.reveal());
    auto opened = stun::open_token(token, key, third_party_->server_name);
    if (!opened && is(M::Rfc7635S6_2OtherServer)) {
        opened = stun::open_token(token, key, "not-" + third_party_->server_name);
    }
    if (!opened) return is(M::Rfc7635S7NotAuthentic) ? std::optional(nobody) : std::nullopt;
    const auto now = unix_time_();
    const auto age = std::chrono::abs(std::chrono::duration_cast<seconds>(now - opened->issued_at));
    // RFC 7635 s7: lifetime + Delta > abs(RDnew - TS).
    const seconds left = opened->lifetime + kDelta - age;
    if (left <= seconds(0) && !is(taker_of(*opened, now))) return std::nullopt;
    Principal out{.username = std::string(claim.username),
                  .quota_name = std::string(claim.username),
                  .key = opened->mac_key};
    if (!is(M::Rfc7635S9Lifetime) && left > seconds(0)) out.max_lifetime = left;
    return out;
}

std::optional<Principal> TurnAuth::find_by_token(
    const stun::MessageView& request, const Claim& claim,
    const std::optional<stun::LongTermKey>& held_key) const {
    std::optional<Principal> out;
    if (const auto token = request.find(AttributeType::AccessToken)) {
        out = open_token(token->value, claim);
    } else if (held_key && request.method() != stun::Method::Refresh) {
        // RFC 7635 s9: what a token gave lasts no longer than the next one allows.
        out = Principal{.username = std::string(claim.username),
                        .quota_name = std::string(claim.username),
                        .key = *held_key};
    } else if (is(M::Rfc7635S7TokenMissing)) {
        out = Principal{.username = std::string(claim.username),
                        .quota_name = std::string(claim.username),
                        .key = {},
                        .is_known = false};
    }
    if (!out || !out->is_known) return out;
    out->with_sha256 = request.has(AttributeType::MessageIntegritySha256);
    if (!is_signed_with(request, out->key.bytes()) && !is(M::Rfc7635S7MacKey)) return std::nullopt;
    // Whatever it signs with then, it is not what RFC 7635 s7 says.
    if (is(M::Rfc7635S7Token)) out->is_known = false;
    return out;
}

}  // namespace portolan::server
