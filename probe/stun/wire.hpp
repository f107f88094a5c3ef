#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

// Big-endian loads and stores (RFC 8489 s5: network byte order throughout). The caller has checked
// the bounds.
namespace portolan::stun::wire {

/// Type and length (RFC 8489 s14).
inline constexpr std::size_t kAttributeHeaderBytes = 4;

constexpr std::uint8_t u8(std::byte octet) {
    return std::to_integer<std::uint8_t>(octet);
}

constexpr std::uint16_t load_u16(const std::byte* from) {
    return static_cast<std::uint16_t>((u8(from[0]) << 8) | u8(from[1]));
}

constexpr std::uint32_t load_u32(const std::byte* from) {
    return (static_cast<std::uint32_t>(load_u16(from)) << 16) | load_u16(from + 2);
}

constexpr std::uint64_t load_u64(const std::byte* from) {
    return (static_cast<std::uint64_t>(load_u32(from)) << 32) | load_u32(from + 4);
}

constexpr void store_u16(std::byte* to, std::uint16_t value) {
    to[0] = static_cast<std::byte>(value >> 8);
    to[1] = static_cast<std::byte>(value & 0xFFU);
}

constexpr void store_u32(std::byte* to, std::uint32_t value) {
    store_u16(to, static_cast<std::uint16_t>(value >> 16));
    store_u16(to + 2, static_cast<std::uint16_t>(value & 0xFFFFU));
}

constexpr void store_u64(std::byte* to, std::uint64_t value) {
    store_u32(to, static_cast<std::uint32_t>(value >> 32));
    store_u32(to + 4, static_cast<std::uint32_t>(value & 0xFFFFFFFFU));
}

/// Attributes, PASSWORD-ALGORITHMS parameters and ChannelData on streams end on 32 bits.
constexpr std::size_t padded(std::size_t length_bytes) {
    return (length_bytes + 3) & ~std::size_t{3};
}

inline std::string_view as_text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline std::span<const std::byte> as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

}  // namespace portolan::stun::wire
