#include "probe/stun/access_token.hpp"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "probe/stun/crypto.hpp"
#include "probe/stun/wire.hpp"

namespace portolan::stun {
namespace {

constexpr std::size_t kLengthBytes = 2;
constexpr std::size_t kTimestampBytes = 8;
constexpr std::size_t kLifetimeBytes = 4;
constexpr std::size_t kTagBytes = 16;  // RFC 5116 s5.1
// RFC 7635 s6.2: the last 16 bits of the timestamp count 1/64000 of a second.
constexpr std::uint64_t kFractionsPerSecond = 64000;
constexpr unsigned kFractionBits = 16;
constexpr std::uint64_t kMicrosecondsPerSecond = 1'000'000;
// The year 10889: so many microseconds and their differences fit 64 bits.
constexpr std::uint64_t kLatestSecond = (std::uint64_t{1} << 48) / 1000;

struct CipherDeleter {
    void operator()(gnutls_aead_cipher_hd_t cipher) const { gnutls_aead_cipher_deinit(cipher); }
};
using Cipher = std::unique_ptr<std::remove_pointer_t<gnutls_aead_cipher_hd_t>, CipherDeleter>;

bool is_key_size(std::size_t size) {
    return size == kA128GcmKeyBytes || size == kA256GcmKeyBytes;
}

Cipher cipher_with(Bytes key) {
    const gnutls_datum_t datum{
        const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(key.data())),
        static_cast<unsigned>(key.size())};
    gnutls_aead_cipher_hd_t out = nullptr;
    const auto algorithm =
        key.size() == kA128GcmKeyBytes ? GNUTLS_CIPHER_AES_128_GCM : GNUTLS_CIPHER_AES_256_GCM;
    return Cipher(gnutls_aead_cipher_init(&out, algorithm, &datum) == 0 ? out : nullptr);
}

// The encrypted block in the clear; wiped when it goes.
struct Plain {
    std::vector<std::byte> bytes;
    ~Plain() { crypto::wipe(bytes); }
};

std::uint64_t to_timestamp(std::chrono::microseconds time) {
    const auto us = static_cast<std::uint64_t>(time.count());
    const std::uint64_t fraction =
        us % kMicrosecondsPerSecond * kFractionsPerSecond / kMicrosecondsPerSecond;
    return (us / kMicrosecondsPerSecond) << kFractionBits | fraction;
}

std::chrono::microseconds from_timestamp(std::uint64_t timestamp) {
    const std::uint64_t fraction = timestamp & ((1U << kFractionBits) - 1);
    const std::uint64_t second = std::min(timestamp >> kFractionBits, kLatestSecond);
    const std::uint64_t us =
        second * kMicrosecondsPerSecond + fraction * kMicrosecondsPerSecond / kFractionsPerSecond;
    return std::chrono::microseconds(static_cast<std::int64_t>(us));
}

std::optional<AccessToken> read_block(Bytes block) {
    if (block.size() < kLengthBytes) return std::nullopt;
    const std::size_t key_bytes = wire::load_u16(block.data());
    if (block.size() != kLengthBytes + key_bytes + kTimestampBytes + kLifetimeBytes) {
        return std::nullopt;
    }
    const auto mac_key = LongTermKey::from_bytes(block.subspan(kLengthBytes, key_bytes));
    if (!mac_key) return std::nullopt;
    const std::byte* at = block.data() + kLengthBytes + key_bytes;
    return AccessToken{.mac_key = *mac_key,
                       .issued_at = from_timestamp(wire::load_u64(at)),
                       .lifetime = std::chrono::seconds(wire::load_u32(at + kTimestampBytes))};
}

}  // namespace

Result<std::vector<std::byte>> seal(const AccessToken& token, Bytes key, Bytes nonce,
                                    std::string_view server_name) {
    if (!is_key_size(key.size())) {
        return Error{.culprit = Culprit::Usage,
                     .code = "stun.token-key",
                     .message = "a key of AES-GCM has 16 or 32 bytes"};
    }
    if (nonce.size() != kTokenNonceBytes) {
        return Error{.culprit = Culprit::Usage,
                     .code = "stun.token-nonce",
                     .message = "a nonce of AES-GCM has 12 bytes"};
    }
    const Bytes mac_key = token.mac_key.bytes();
    Plain plain{
        std::vector<std::byte>(kLengthBytes + mac_key.size() + kTimestampBytes + kLifetimeBytes)};
    std::byte* at = plain.bytes.data();
    wire::store_u16(at, static_cast<std::uint16_t>(mac_key.size()));
    std::copy(mac_key.begin(), mac_key.end(), at + kLengthBytes);
    at += kLengthBytes + mac_key.size();
    wire::store_u64(at, to_timestamp(token.issued_at));
    wire::store_u32(at + kTimestampBytes, static_cast<std::uint32_t>(token.lifetime.count()));

    std::vector<std::byte> out(kLengthBytes + nonce.size() + plain.bytes.size() + kTagBytes);
    wire::store_u16(out.data(), static_cast<std::uint16_t>(nonce.size()));
    std::copy(nonce.begin(), nonce.end(), out.begin() + kLengthBytes);
    std::size_t size = plain.bytes.size() + kTagBytes;
    const Cipher cipher = cipher_with(key);
    const bool is_sealed =
        cipher && gnutls_aead_cipher_encrypt(cipher.get(), nonce.data(), nonce.size(),
                                             server_name.data(), server_name.size(), kTagBytes,
                                             plain.bytes.data(), plain.bytes.size(),
                                             out.data() + kLengthBytes + nonce.size(), &size) == 0;
    if (is_sealed) return out;
    return Error{.culprit = Culprit::Environment,
                 .code = "stun.cipher-unavailable",
                 .message = "GnuTLS does not encrypt with AES-GCM here"};
}

std::optional<AccessToken> open_token(Bytes sealed, Bytes key, std::string_view server_name) {
    if (!is_key_size(key.size()) || sealed.size() < kLengthBytes) return std::nullopt;
    const std::size_t nonce_bytes = wire::load_u16(sealed.data());
    sealed = sealed.subspan(kLengthBytes);
    if (nonce_bytes != kTokenNonceBytes || sealed.size() < nonce_bytes + kTagBytes) {
        return std::nullopt;
    }
    const Bytes block = sealed.subspan(nonce_bytes);
    Plain plain{std::vector<std::byte>(block.size())};
    std::size_t size = plain.bytes.size();
    const Cipher cipher = cipher_with(key);
    if (!cipher ||
        gnutls_aead_cipher_decrypt(cipher.get(), sealed.data(), nonce_bytes, server_name.data(),
                                   server_name.size(), kTagBytes, block.data(), block.size(),
                                   plain.bytes.data(), &size) != 0) {
        return std::nullopt;
    }
    return read_block(Bytes(plain.bytes.data(), size));
}

}  // namespace portolan::stun
