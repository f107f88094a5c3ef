#include "probe/stun/crypto.hpp"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <cstring>
#include <optional>

namespace portolan::stun::crypto {
namespace {

gnutls_mac_algorithm_t mac_of(Hash hash) {
    switch (hash) {
        case Hash::Md5:
            return GNUTLS_MAC_MD5;
        case Hash::Sha1:
            return GNUTLS_MAC_SHA1;
        case Hash::Sha256:
            return GNUTLS_MAC_SHA256;
    }
    return GNUTLS_MAC_UNKNOWN;
}

gnutls_digest_algorithm_t digest_of(Hash hash) {
    switch (hash) {
        case Hash::Md5:
            return GNUTLS_DIG_MD5;
        case Hash::Sha1:
            return GNUTLS_DIG_SHA1;
        case Hash::Sha256:
            return GNUTLS_DIG_SHA256;
    }
    return GNUTLS_DIG_UNKNOWN;
}

// GnuTLS allocates a context for every incremental HMAC, and its one-shot call wants contiguous
// input. A STUN message that fits a path MTU is joined on the stack instead.
constexpr std::size_t kJoinLimit = 1536;

class Joined {
  public:
    explicit Joined(Parts parts) {
        for (const auto part : parts) {
            if (part.size() > kJoinLimit - size_) {
                fits_ = false;
                return;
            }
            if (!part.empty()) std::memcpy(buffer_.data() + size_, part.data(), part.size());
            size_ += part.size();
        }
    }
    [[nodiscard]] bool fits() const { return fits_; }
    [[nodiscard]] const std::byte* data() const { return buffer_.data(); }
    [[nodiscard]] std::size_t size() const { return size_; }

  private:
    std::array<std::byte, kJoinLimit> buffer_;
    std::size_t size_ = 0;
    bool fits_ = true;
};

constexpr std::uint32_t kPolynomial = 0xEDB88320;  // V.42's, bits reversed
constexpr std::size_t kSlices = 8;
using SliceTable = std::array<std::array<std::uint32_t, 256>, kSlices>;

// Slicing by eight: table k advances a byte over k further zero bytes, so that eight input bytes
// cost eight independent loads instead of a chain of eight.
constexpr SliceTable make_slices() {
    SliceTable table{};
    for (std::uint32_t value = 0; value < 256; ++value) {
        std::uint32_t crc = value;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1U) != 0 ? kPolynomial : 0);
        table[0][value] = crc;
    }
    for (std::size_t slice = 1; slice < kSlices; ++slice) {
        for (std::size_t value = 0; value < 256; ++value) {
            const std::uint32_t previous = table[slice - 1][value];
            table[slice][value] = (previous >> 8) ^ table[0][previous & 0xFF];
        }
    }
    return table;
}

constexpr SliceTable kTable = make_slices();

std::uint32_t load_little_endian(const std::byte* from) {
    return std::to_integer<std::uint32_t>(from[0]) |
           (std::to_integer<std::uint32_t>(from[1]) << 8) |
           (std::to_integer<std::uint32_t>(from[2]) << 16) |
           (std::to_integer<std::uint32_t>(from[3]) << 24);
}

std::uint32_t crc32_update(std::uint32_t crc, std::span<const std::byte> bytes) {
    const std::byte* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 8; left -= 8, at += 8) {
        const std::uint32_t low = crc ^ load_little_endian(at);
        const std::uint32_t high = load_little_endian(at + 4);
        crc = kTable[7][low & 0xFF] ^ kTable[6][(low >> 8) & 0xFF] ^ kTable[5][(low >> 16) & 0xFF] ^
              kTable[4][low >> 24] ^ kTable[3][high & 0xFF] ^ kTable[2][(high >> 8) & 0xFF] ^
              kTable[1][(high >> 16) & 0xFF] ^ kTable[0][high >> 24];
    }
    for (; left > 0; --left, ++at) {
        crc = (crc >> 8) ^ kTable[0][(crc ^ std::to_integer<std::uint32_t>(*at)) & 0xFF];
    }
    return crc;
}

}  // namespace

bool digest(Hash hash, Parts parts, std::byte* out) {
    gnutls_hash_hd_t context = nullptr;
    if (gnutls_hash_init(&context, digest_of(hash)) < 0) return false;
    bool ok = true;
    for (const auto part : parts)
        ok = ok && gnutls_hash(context, part.data(), part.size()) >= 0;
    gnutls_hash_deinit(context, out);
    return ok;
}

bool hmac(Hash hash, std::span<const std::byte> key, Parts parts, std::byte* out) {
    static constexpr std::byte kNoKey{};  // an empty key is legal, a null pointer is not
    const void* key_data = key.empty() ? &kNoKey : key.data();
    if (const Joined joined(parts); joined.fits()) {
        return gnutls_hmac_fast(mac_of(hash), key_data, key.size(), joined.data(), joined.size(),
                                out) >= 0;
    }
    gnutls_hmac_hd_t context = nullptr;
    if (gnutls_hmac_init(&context, mac_of(hash), key_data, key.size()) < 0) return false;
    bool ok = true;
    for (const auto part : parts)
        ok = ok && gnutls_hmac(context, part.data(), part.size()) >= 0;
    gnutls_hmac_deinit(context, out);
    return ok;
}

bool equal(std::span<const std::byte> a, std::span<const std::byte> b) {
    return a.size() == b.size() && gnutls_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::span<std::byte> secret) {
    gnutls_memset(secret.data(), 0, secret.size());
}

std::uint32_t crc32(Parts parts) {
    std::uint32_t crc = 0xFFFFFFFF;
    for (const auto part : parts)
        crc = crc32_update(crc, part);
    return ~crc;
}

}  // namespace portolan::stun::crypto
