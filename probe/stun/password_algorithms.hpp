#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "probe/stun/message.hpp"

// RFC 8489 s14.11, s14.12 and s18.5: which hash turns the long-term password into a key.
namespace portolan::stun {

enum class PasswordAlgorithm : std::uint16_t { Md5 = 0x0001, Sha256 = 0x0002 };

struct PasswordAlgorithmEntry {
    PasswordAlgorithm algorithm{};
    Bytes parameters;  ///< empty for both algorithms defined so far
};

/// One entry from the front of `rest`, which shrinks by it; nullopt when malformed. The padding of
/// the last entry may be missing, because the attribute's own padding can stand in for it.
std::optional<PasswordAlgorithmEntry> take_password_algorithm(Bytes& rest);

/// The value of PASSWORD-ALGORITHMS or PASSWORD-ALGORITHM; nullopt when malformed.
std::optional<std::vector<PasswordAlgorithmEntry>> parse_password_algorithms(Bytes value);

/// Same verdict without allocating.
bool is_password_algorithms(Bytes value);

/// The value of PASSWORD-ALGORITHMS, in order of preference, to be given to
/// MessageWriter::add_bytes(); with a single entry also that of PASSWORD-ALGORITHM.
std::vector<std::byte> build_password_algorithms(std::span<const PasswordAlgorithmEntry> entries);

}  // namespace portolan::stun
