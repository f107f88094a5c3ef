#include "probe/stun/integrity.hpp"

#include <algorithm>

#include "probe/stun/crypto.hpp"
#include "probe/stun/wire.hpp"

namespace portolan::stun {
namespace {

std::string_view without_trailing_nuls(std::string_view text) {
    while (!text.empty() && text.back() == '\0')
        text.remove_suffix(1);
    return text;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == '"')
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == '"' || text.back() == '\0'))
        text.remove_suffix(1);
    return text;
}

// The first four bytes as they were when the attribute was computed: RFC 8489 s14.5 (MUST): the
// length is adjusted to point to the end of the integrity attribute.
std::array<std::byte, 4> adjusted_start(const MessageView& message,
                                        const AttributeView& attribute) {
    std::array<std::byte, 4> start{message.bytes()[0], message.bytes()[1]};
    const std::size_t end =
        attribute.offset_bytes + wire::kAttributeHeaderBytes + wire::padded(attribute.value.size());
    wire::store_u16(&start[2], static_cast<std::uint16_t>(end - kHeaderBytes));
    return start;
}

Check verify_hmac(const MessageView& message, const AttributeView& attribute, crypto::Hash hash,
                  Bytes key) {
    const auto start = adjusted_start(message, attribute);
    std::array<std::byte, kSha256Bytes> expected{};
    if (!crypto::hmac(hash, key, {start, message.bytes().subspan(4, attribute.offset_bytes - 4)},
                      expected.data())) {
        return Check::Invalid;
    }
    const Bytes needed = Bytes(expected).first(attribute.value.size());
    return crypto::equal(needed, attribute.value) ? Check::Valid : Check::Invalid;
}

Error hash_unavailable() {
    return Error{Culprit::Environment, "stun.hash_unavailable",
                 "GnuTLS refuses the hash that the credential needs (FIPS mode?)", std::nullopt};
}

}  // namespace

LongTermKey::~LongTermKey() {
    crypto::wipe(octets_);
}

std::optional<LongTermKey> LongTermKey::from_bytes(Bytes bytes) {
    LongTermKey out;
    if (bytes.empty() || bytes.size() > out.octets_.size()) return std::nullopt;
    std::ranges::copy(bytes, out.octets_.begin());
    out.size_ = bytes.size();
    return out;
}

Result<LongTermKey> long_term_key(PasswordAlgorithm algorithm, std::string_view username,
                                  std::string_view realm, std::string_view password) {
    crypto::Hash hash{};
    switch (algorithm) {
        case PasswordAlgorithm::Md5:
            hash = crypto::Hash::Md5;
            break;
        case PasswordAlgorithm::Sha256:
            hash = crypto::Hash::Sha256;
            break;
        default:
            return Error{Culprit::Usage, "stun.password_algorithm",
                         "password algorithm " + std::to_string(static_cast<unsigned>(algorithm)) +
                             " is not known",
                         std::nullopt};
    }
    const Bytes colon = wire::as_bytes(":");
    LongTermKey key;
    if (!crypto::digest(hash,
                        {wire::as_bytes(trimmed(username)), colon, wire::as_bytes(trimmed(realm)),
                         colon, wire::as_bytes(without_trailing_nuls(password))},
                        key.octets_.data())) {
        return hash_unavailable();
    }
    key.size_ = crypto::digest_bytes(hash);
    return key;
}

Bytes short_term_key(std::string_view password) {
    return wire::as_bytes(password);
}

Result<std::array<std::byte, kSha256Bytes>> userhash(std::string_view username,
                                                     std::string_view realm) {
    std::array<std::byte, kSha256Bytes> out{};
    if (!crypto::digest(crypto::Hash::Sha256,
                        {wire::as_bytes(username), wire::as_bytes(":"), wire::as_bytes(realm)},
                        out.data())) {
        return hash_unavailable();
    }
    return out;
}

std::string_view to_string(Check check) {
    switch (check) {
        case Check::Valid:
            return "valid";
        case Check::Invalid:
            return "invalid";
        case Check::Absent:
            return "absent";
        case Check::Malformed:
            return "malformed";
    }
    return "malformed";
}

Check verify_message_integrity(const MessageView& message, Bytes key) {
    const auto attribute = message.find(AttributeType::MessageIntegrity);
    if (!attribute) return Check::Absent;
    if (attribute->value.size() != kSha1Bytes) return Check::Malformed;
    return verify_hmac(message, *attribute, crypto::Hash::Sha1, key);
}

Check verify_message_integrity_sha256(const MessageView& message, Bytes key,
                                      std::size_t min_length_bytes) {
    const auto attribute = message.find(AttributeType::MessageIntegritySha256);
    if (!attribute) return Check::Absent;
    const std::size_t length = attribute->value.size();
    if (length < std::max(min_length_bytes, kMinSha256Bytes) || length > kSha256Bytes ||
        length % 4 != 0) {
        return Check::Malformed;
    }
    return verify_hmac(message, *attribute, crypto::Hash::Sha256, key);
}

Check verify_fingerprint(const MessageView& message) {
    const auto attribute = message.find(AttributeType::Fingerprint);
    if (!attribute) return Check::Absent;
    const Bytes bytes = message.bytes();
    if (attribute->value.size() != 4 ||
        attribute->offset_bytes + wire::kAttributeHeaderBytes + 4 != bytes.size()) {
        return Check::Malformed;
    }
    const std::uint32_t expected =
        crypto::crc32({bytes.first(attribute->offset_bytes)}) ^ kFingerprintXor;
    return wire::load_u32(attribute->value.data()) == expected ? Check::Valid : Check::Invalid;
}

}  // namespace portolan::stun
