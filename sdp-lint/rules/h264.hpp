#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sdp-lint/sdp/description.hpp"

namespace portolan::lint {

/// RFC 6184 s8.1, table 5.
enum class H264Profile : std::uint8_t {
    ConstrainedBaseline,
    Baseline,
    Main,
    Extended,
    High,
    Other,
};

struct H264Format {
    H264Profile profile = H264Profile::Other;
    std::uint8_t profile_idc = 0;
    std::uint8_t profile_iop = 0;
    std::uint8_t level_idc = 0;
};

/// Of the six digits of profile-level-id; nothing for any other text.
std::optional<H264Format> parse_profile_level_id(std::string_view text);

/// Level 1b is 9 or, for the first three profiles, 11 with constraint_set3.
bool is_h264_level(std::uint8_t level_idc);

/// What applies without the parameter: Baseline at level 1 (RFC 6184 s8.1).
std::optional<H264Format> h264_format_of(const sdp::Codec& codec);

/// The mode, 0 when it is absent or unreadable (RFC 6184 s8.1).
std::uint64_t packetization_mode_of(const sdp::Codec& codec);

}  // namespace portolan::lint
