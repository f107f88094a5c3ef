#include "sdp-lint/rules/codec_format.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "sdp-lint/rules/h264.hpp"

namespace portolan::lint {

namespace {

/// A parameter that is the same on both sides; without it the default applies.
struct SymmetricRow {
    std::string_view encoding;
    std::string_view parameter;
    std::string_view otherwise;
};
constexpr std::array kSymmetric{
    SymmetricRow{"VP9", "profile-id", "0"},     SymmetricRow{"AV1", "profile", "0"},
    SymmetricRow{"H265", "profile-space", "0"}, SymmetricRow{"H265", "profile-id", "1"},
    SymmetricRow{"H265", "tier-flag", "0"},
};

std::string_view value_of(const sdp::Codec& codec, std::string_view name,
                          std::string_view otherwise) {
    const sdp::FormatParameter* found = codec.parameter(name);
    return found != nullptr ? found->value : otherwise;
}

bool is_same_value(std::string_view a, std::string_view b) {
    const auto first = sdp::parse_number(a);
    const auto second = sdp::parse_number(b);
    return first && second ? first == second : a == b;
}

FormatDifference h264_difference(const sdp::Codec& a, const sdp::Codec& b) {
    const auto first = h264_format_of(a);
    const auto second = h264_format_of(b);
    if (first && second) {
        const bool is_same =
            first->profile == second->profile &&
            (first->profile != H264Profile::Other || first->profile_idc == second->profile_idc);
        if (!is_same) return FormatDifference::Profile;
    } else if (!sdp::equal_in_any_case(value_of(a, "profile-level-id", ""),
                                       value_of(b, "profile-level-id", ""))) {
        return FormatDifference::Profile;
    }
    return packetization_mode_of(a) == packetization_mode_of(b)
               ? FormatDifference::None
               : FormatDifference::PacketizationMode;
}

}  // namespace

FormatDifference format_difference(const sdp::Codec& a, const sdp::Codec& b) {
    if (a.is("H264")) return h264_difference(a, b);
    for (const SymmetricRow& row : kSymmetric) {
        if (!a.is(row.encoding)) continue;
        if (!is_same_value(value_of(a, row.parameter, row.otherwise),
                           value_of(b, row.parameter, row.otherwise))) {
            return FormatDifference::Profile;
        }
    }
    return FormatDifference::None;
}

bool has_profiles(const sdp::Codec& codec) {
    return codec.is("H264") ||
           std::any_of(kSymmetric.begin(), kSymmetric.end(),
                       [&](const SymmetricRow& row) { return codec.is(row.encoding); });
}

}  // namespace portolan::lint
