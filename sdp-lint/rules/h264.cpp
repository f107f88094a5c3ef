#include "sdp-lint/rules/h264.hpp"

#include <algorithm>
#include <array>

namespace portolan::lint {

namespace {

constexpr std::uint8_t kConstraintSet0 = 0x80;
constexpr std::uint8_t kConstraintSet1 = 0x40;

H264Profile profile_of(std::uint8_t idc, std::uint8_t iop) {
    // Without the bits that do not tell profiles apart, the reserved ones included.
    switch (idc) {
        case 0x42:
            return (iop & kConstraintSet1) != 0 ? H264Profile::ConstrainedBaseline
                                                : H264Profile::Baseline;
        case 0x4D:
            return (iop & kConstraintSet0) != 0 ? H264Profile::ConstrainedBaseline
                                                : H264Profile::Main;
        case 0x58:
            if ((iop & kConstraintSet0) == 0) return H264Profile::Extended;
            return (iop & kConstraintSet1) != 0 ? H264Profile::ConstrainedBaseline
                                                : H264Profile::Baseline;
        case 0x64:
            return H264Profile::High;
        default:
            return H264Profile::Other;
    }
}

}  // namespace

std::optional<H264Format> parse_profile_level_id(std::string_view text) {
    if (text.size() != 6) return std::nullopt;
    const auto value = sdp::parse_hex(text);
    if (!value) return std::nullopt;
    H264Format format;
    format.profile_idc = static_cast<std::uint8_t>(*value >> 16U);
    format.profile_iop = static_cast<std::uint8_t>((*value >> 8U) & 0xFFU);
    format.level_idc = static_cast<std::uint8_t>(*value & 0xFFU);
    format.profile = profile_of(format.profile_idc, format.profile_iop);
    return format;
}

bool is_h264_level(std::uint8_t level_idc) {
    constexpr std::array<std::uint8_t, 20> kLevels{9,  10, 11, 12, 13, 20, 21, 22, 30, 31,
                                                   32, 40, 41, 42, 50, 51, 52, 60, 61, 62};
    return std::find(kLevels.begin(), kLevels.end(), level_idc) != kLevels.end();
}

std::optional<H264Format> h264_format_of(const sdp::Codec& codec) {
    const sdp::FormatParameter* parameter = codec.parameter("profile-level-id");
    return parse_profile_level_id(parameter == nullptr ? "42000a" : parameter->value);
}

std::uint64_t packetization_mode_of(const sdp::Codec& codec) {
    const sdp::FormatParameter* parameter = codec.parameter("packetization-mode");
    return parameter == nullptr ? 0 : sdp::parse_number(parameter->value).value_or(0);
}

}  // namespace portolan::lint
