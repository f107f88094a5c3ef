#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

// The few primitives STUN needs, over GnuTLS. Internal to the codec.
namespace portolan::stun::crypto {

enum class Hash { Md5, Sha1, Sha256 };

constexpr std::size_t digest_bytes(Hash hash) {
    switch (hash) {
        case Hash::Md5:
            return 16;
        case Hash::Sha1:
            return 20;
        case Hash::Sha256:
            return 32;
    }
    return 0;
}

using Parts = std::initializer_list<std::span<const std::byte>>;

/// Of the parts in order. `out` must hold digest_bytes(hash). False only when GnuTLS refuses the
/// algorithm (MD5 in FIPS mode) or is out of memory.
[[nodiscard]] bool digest(Hash hash, Parts parts, std::byte* out);
[[nodiscard]] bool hmac(Hash hash, std::span<const std::byte> key, Parts parts, std::byte* out);

/// In constant time for equal lengths; the lengths themselves are not secret.
[[nodiscard]] bool equal(std::span<const std::byte> a, std::span<const std::byte> b);

void wipe(std::span<std::byte> secret);

/// CRC-32 of ITU V.42 (RFC 8489 s14.7) over the parts in order.
[[nodiscard]] std::uint32_t crc32(Parts parts);

}  // namespace portolan::stun::crypto
