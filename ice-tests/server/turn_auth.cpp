#include "ice-tests/server/turn_auth.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <span>
#include <utility>

#include "probe/stun/crypto.hpp"
#include "probe/stun/nonce_cookie.hpp"
#include "probe/stun/password_algorithms.hpp"

namespace portolan::server {
namespace {

using stun::AttributeType;
using stun::PasswordAlgorithm;
using F = ServerFault;
using M = mutants::Mutant;

constexpr std::size_t kHexDigits = 16;
constexpr std::size_t kNonceBytes = stun::kNonceCookieBytes + 2 * kHexDigits;
constexpr stun::SecurityFeatures kFeatures{stun::SecurityFeatures::kPasswordAlgorithms |
                                           stun::SecurityFeatures::kUsernameAnonymity};

std::string hex(std::uint64_t value) {
    std::string out(kHexDigits, '0');
    for (std::size_t i = kHexDigits; i-- > 0; value >>= 4)
        out[i] = "0123456789abcdef"[value & 0xF];
    return out;
}

std::string base64(stun::Bytes bytes) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            group = group << 8 |
                    (i + k < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i + k]) : 0U);
        }
        for (std::size_t k = 0; k < 4; ++k) {
            out += i + k <= bytes.size() ? kDigits[group >> (18 - 6 * k) & 0x3F] : '=';
        }
    }
    return out;
}

constexpr std::string_view kBrokenCookie = "!!!!";
constexpr std::size_t kLongNonceBytes = 140;

constexpr Refusal challenge(int code) {
    return {.code = code, .challenge = true, .is_stale = code == 438};
}
constexpr Refusal kBadRequest{.code = 400, .challenge = false};

stun::Bytes bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

}  // namespace

Result<TurnAuth> TurnAuth::make(TurnCredentials credentials, const TurnLifetimes& lifetimes,
                                const FaultSet& faults, transport::Random& random) {
    TurnAuth out;
    out.realm_ = std::move(credentials.realm);
    out.shared_secret_ = std::move(credentials.shared_secret);
    out.third_party_ = std::move(credentials.third_party);
    out.unix_time_ = std::move(credentials.unix_time);
    out.nonce_lifetime_ = lifetimes.nonce;
    out.max_credential_ = lifetimes.max_credential;
    out.mutants_ = credentials.mutants;
    out.faults_ = faults;
    for (std::size_t i = 0; i < out.nonce_key_.size(); i += sizeof(std::uint64_t)) {
        const std::uint64_t word = random();
        std::memcpy(&out.nonce_key_[i], &word, sizeof word);
    }
    // In order of preference (RFC 8489 s14.11).
    const stun::PasswordAlgorithmEntry offered[] = {{PasswordAlgorithm::Sha256, {}},
                                                    {PasswordAlgorithm::Md5, {}}};
    out.algorithms_ = stun::build_password_algorithms(offered);
    for (const TurnUser& user : credentials.users) {
        const std::string_view password = user.password.reveal();
        auto md5 = stun::long_term_key(PasswordAlgorithm::Md5, user.name, out.realm_, password);
        if (!md5) return std::move(md5).error();
        auto sha256 =
            stun::long_term_key(PasswordAlgorithm::Sha256, user.name, out.realm_, password);
        if (!sha256) return std::move(sha256).error();
        const auto hash = stun::userhash(user.name, out.realm_);
        if (!hash) return hash.error();
        const auto [entry, is_new] =
            out.users_.try_emplace(user.name, User{user.name, *md5, *sha256, {}});
        if (out.is(M::Rfc8489S9_2_4RealmWrong)) entry->second.password = user.password.clone();
        if (is_new) out.by_userhash_[*hash] = &entry->second;
    }
    return out;
}

std::string TurnAuth::make_nonce(transport::Time now, const TransportAddress& client) const {
    const bool is_for_all = is(M::Rfc8489S9_2_4NoncePerClient);
    const std::string made_at = hex(is_for_all ? 0 : static_cast<std::uint64_t>(now.count()));
    const bool is_anybodys = is_for_all || is(M::Rfc8489S9_2_4NonceReplayed);
    const IpAddress ip = is_anybodys ? IpAddress::any(client.ip.family()) : client.ip;
    const std::uint16_t port = is_anybodys ? 0 : client.port;
    std::array<std::byte, stun::kSha256Bytes> signature{};
    // Without the HMAC, which only a broken GnuTLS refuses, the nonce still names its time.
    (void)stun::crypto::hmac(
        stun::crypto::Hash::Sha256, nonce_key_,
        {bytes_of(made_at), std::as_bytes(ip.octets()), std::as_bytes(std::span(&port, 1))},
        signature.data());
    std::uint64_t word = 0;
    std::memcpy(&word, signature.data(), sizeof word);
    std::string out = stun::build_nonce(kFeatures, made_at + hex(word));
    if (is(M::Rfc8489S9_2NonceCookie)) {
        out.replace(stun::kNonceCookiePrefix.size(), kBrokenCookie.size(), kBrokenCookie);
    }
    if (is(M::Rfc8489S14_10TextLengths)) out.resize(kLongNonceBytes, 'n');
    return out;
}

bool TurnAuth::is_fresh(std::string_view nonce, transport::Time now,
                        const TransportAddress& client) const {
    const bool has_length =
        nonce.size() == (is(M::Rfc8489S14_10TextLengths) ? kLongNonceBytes : kNonceBytes);
    if (faults_.has(F::TurnStaleNonce) || !has_length) return false;
    const std::string_view digits = nonce.substr(stun::kNonceCookieBytes, kHexDigits);
    std::uint64_t made_at_us = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), made_at_us, 16);
    if (error != std::errc() || end != digits.data() + digits.size()) return false;
    const transport::Time made_at(static_cast<transport::Time::rep>(made_at_us));
    const bool is_too_old = now - made_at >= nonce_lifetime_ &&
                            !is(M::Rfc8489S9_2_4NoncePerClient) && !is(M::Rfc8656S5NonceLifetime);
    if (made_at > now || is_too_old) return false;
    return stun::crypto::equal(bytes_of(nonce), bytes_of(make_nonce(made_at, client)));
}

void TurnAuth::add_challenge(stun::MessageWriter& writer, transport::Time now,
                             const TransportAddress& client) const {
    if (!faults_.has(F::TurnNoRealm)) {
        writer.add_text(AttributeType::Realm,
                        faults_.has(F::TurnWrongRealm) ? "not-" + realm_ : realm_);
    }
    if (!faults_.has(F::TurnNoNonce) && !is(M::Rfc8489S9_2_4Challenge)) {
        writer.add_text(AttributeType::Nonce, make_nonce(now, client));
    }
    if (!is(M::Rfc8489S9_2_4PasswordAlgorithms)) {
        writer.add_bytes(AttributeType::PasswordAlgorithms, algorithms_);
    }
    if (third_party_ && !is(M::Rfc7635S6_1ServerName)) {
        writer.add_text(AttributeType::ThirdPartyAuthorization, third_party_->server_name);
    }
}

Refusal TurnAuth::incomplete(M mutant) const {
    return is(mutant) ? challenge(401) : kBadRequest;
}

// RFC 8489 s9.2.4, the checks that need no knowledge of the user.
std::variant<TurnAuth::Claim, Refusal> TurnAuth::read_claim(
    const stun::MessageView& request) const {
    if (!request.has(AttributeType::MessageIntegrity) &&
        !request.has(AttributeType::MessageIntegritySha256)) {
        return challenge(401);
    }
    Claim claim;
    const auto username = request.text(AttributeType::Username);
    const auto userhash = request.find(AttributeType::Userhash);
    const auto nonce = request.text(AttributeType::Nonce);
    const auto realm = request.text(AttributeType::Realm);
    if (!username && !userhash) return incomplete(M::Rfc8489S9_2_4UsernameMissing);
    if (!realm) return incomplete(M::Rfc8489S9_2_4RealmMissing);
    if (!nonce) return incomplete(M::Rfc8489S9_2_4NonceMissing);
    claim.realm = *realm;
    claim.nonce = *nonce;
    // A nonce that is not ours has no security features; it fails as stale later.
    const auto features = stun::parse_nonce_cookie(*nonce);
    const auto offered = request.find(AttributeType::PasswordAlgorithms);
    const auto chosen = request.find(AttributeType::PasswordAlgorithm);
    if (features && features->password_algorithms() && (offered || chosen)) {
        const bool is_ours = offered && std::ranges::equal(offered->value, algorithms_);
        if (!chosen || (!is_ours && !is(M::Rfc8489S9_2_1BidDown))) return kBadRequest;
        const auto entries = stun::parse_password_algorithms(chosen->value);
        if (!entries || entries->size() != 1 || !entries->front().parameters.empty()) {
            return kBadRequest;
        }
        claim.algorithm = entries->front().algorithm;
        if (claim.algorithm != PasswordAlgorithm::Md5 &&
            claim.algorithm != PasswordAlgorithm::Sha256) {
            return kBadRequest;
        }
        claim.names_algorithm = true;
    }
    if (username) {
        claim.username = *username;
        return claim;
    }
    std::array<std::byte, stun::kSha256Bytes> hash{};
    if (userhash->value.size() != hash.size()) return kBadRequest;
    if (is(M::Rfc8489S9_2_4Userhash)) return challenge(401);
    std::ranges::copy(userhash->value, hash.begin());
    const auto found = by_userhash_.find(hash);
    if (found == by_userhash_.end()) return challenge(401);
    claim.username = found->second->name;
    return claim;
}

std::optional<Principal> TurnAuth::find(const Claim& claim, stun::Method method) const {
    const auto found = users_.find(claim.username);
    if (found == users_.end()) return find_time_limited(claim, method);
    const User& user = found->second;
    if (is(M::Rfc8489S9_2_4RealmWrong)) {
        const auto key =
            stun::long_term_key(claim.algorithm, user.name, claim.realm, user.password.reveal());
        if (key) {
            return Principal{.username = user.name,
                             .quota_name = user.name,
                             .key = *key,
                             .with_sha256 = claim.names_algorithm};
        }
    }
    return Principal{.username = user.name,
                     .quota_name = user.name,
                     .key = claim.algorithm == PasswordAlgorithm::Sha256 ? user.sha256 : user.md5,
                     .with_sha256 = claim.names_algorithm};
}

// The credentials of draft-uberti-behave-turn-rest: "expiry:name", or the expiry alone.
std::optional<Principal> TurnAuth::find_time_limited(const Claim& claim,
                                                     stun::Method method) const {
    if (!shared_secret_ || !unix_time_) return std::nullopt;
    const std::string_view username = claim.username;
    std::int64_t expiry_s = 0;
    const char* const last = username.data() + username.size();
    const auto [end, error] = std::from_chars(username.data(), last, expiry_s);
    const bool is_number = error == std::errc() && (end == last || *end == ':');
    if (!is_number && !is(M::SecurityRestWrong)) return std::nullopt;
    const std::int64_t now_s = unix_time_().count();
    const bool takes_any_time = is(M::SecurityRestWrong);
    const bool is_kept = is(M::SecurityRestRefresh) && method == stun::Method::Refresh;
    if (expiry_s <= now_s && !is(M::SecurityRestExpired) && !takes_any_time && !is_kept) {
        return std::nullopt;
    }
    if (expiry_s > now_s + max_credential_.count() && !is(M::SecurityRestTtl)) {
        return std::nullopt;
    }
    std::array<std::byte, stun::kSha1Bytes> mac{};
    if (!stun::crypto::hmac(stun::crypto::Hash::Sha1, bytes_of(shared_secret_->reveal()),
                            {bytes_of(username)}, mac.data())) {
        return std::nullopt;
    }
    const cli::Secret password(base64(mac));
    auto key = stun::long_term_key(claim.algorithm, username, realm_, password.reveal());
    if (!key) return std::nullopt;
    return Principal{.username = std::string(username),
                     .quota_name = std::string(end == last ? end : end + 1, last),
                     .key = *key,
                     .with_sha256 = claim.names_algorithm};
}

bool TurnAuth::is_proven(const stun::MessageView& request, const Principal& principal,
                         bool is_time_limited) const {
    if (is_time_limited && is(M::SecurityRestWrong)) return true;
    const stun::Bytes key = principal.key.bytes();
    const stun::Check integrity = request.has(AttributeType::MessageIntegritySha256)
                                      ? stun::verify_message_integrity_sha256(request, key)
                                      : stun::verify_message_integrity(request, key);
    return integrity == stun::Check::Valid;
}

std::variant<Principal, Refusal> TurnAuth::check(
    transport::Time now, const TransportAddress& client, const stun::MessageView& request,
    const std::optional<stun::LongTermKey>& held_key) const {
    const auto claim = read_claim(request);
    if (const auto* refusal = std::get_if<Refusal>(&claim)) return *refusal;
    const auto& claimed = std::get<Claim>(claim);
    if (is_third_party(request, claimed)) {
        auto holder = find_by_token(request, claimed, held_key);
        if (!holder) return challenge(401);
        if (!is_fresh(claimed.nonce, now, client)) return challenge(438);
        return *std::move(holder);
    }
    auto principal = find(claimed, request.method());
    if (faults_.has(F::TurnAcceptsWrongCredentials)) {
        if (principal) return *std::move(principal);
        return Principal{.username = std::string(claimed.username),
                         .quota_name = std::string(claimed.username),
                         .key = {},
                         .with_sha256 = claimed.names_algorithm};
    }
    if (!principal) return is(M::Rfc8489S9_2_4UnknownUser) ? kBadRequest : challenge(401);
    if (is(M::Rfc8489S14_6Sha256) && request.has(AttributeType::MessageIntegritySha256)) {
        return challenge(401);
    }
    if (!is_proven(request, *principal, !users_.contains(claimed.username))) {
        return is(M::Rfc8489S9_2_4WrongPassword) ? kBadRequest : challenge(401);
    }
    if (!is_fresh(claimed.nonce, now, client)) {
        const bool is_of_before = is_fresh(claimed.nonce, now - nonce_lifetime_, client);
        return is_of_before && is(M::Rfc8489S9_2_4NonceStale) ? kBadRequest : challenge(438);
    }
    return *std::move(principal);
}

}  // namespace portolan::server
