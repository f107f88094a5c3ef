#pragma once

#include <cstdint>

#include "sdp-lint/sdp/description.hpp"

/// What fmtp parameters make of a codec: whether one side's decoder understands the other's stream.
namespace portolan::lint {

enum class FormatDifference : std::uint8_t { None, Profile, PacketizationMode };

/// Of two payload types of one kind (codec_kind.hpp). Only parameters that have to be the same in
/// offer and answer count: RFC 6184 s8.2.2, RFC 7798 s7.2.2, RFC 9628 s6.1, and AV1's payload
/// specification s7.2; levels may differ.
FormatDifference format_difference(const sdp::Codec& a, const sdp::Codec& b);

/// Whether the codec is one of those whose formats can differ.
bool has_profiles(const sdp::Codec& codec);

/// Nothing can foretell what a codec with a parameter that cannot be read is the same as, but
/// itself: for those, the texts are compared.
inline bool is_same_format(const sdp::Codec& a, const sdp::Codec& b) {
    return format_difference(a, b) == FormatDifference::None;
}

}  // namespace portolan::lint
