#include <array>

#include "sdp-lint/rules/formats.hpp"
#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/registry.hpp"
#include "sdp-lint/rules/video_checks.hpp"

namespace portolan::lint {

namespace {

using sdp::Codec;
using sdp::FormatParameter;

/// A parameter with the numbers that it may have.
struct NumberRow {
    Code code;
    std::string_view encoding;
    std::string_view name;
    std::uint64_t least;
    std::uint64_t most;
};

constexpr std::uint64_t kUnbounded = UINT64_MAX;

constexpr std::array kNumbers{
    NumberRow{Code::VI010, "VP9", "profile-id", 0, 3},       // RFC 9628 s6
    NumberRow{Code::VI011, "VP8", "max-fs", 1, kUnbounded},  // RFC 7741 s6.1
    NumberRow{Code::VI011, "VP8", "max-fr", 1, kUnbounded},
    NumberRow{Code::VI012, "AV1", "profile", 0, 2},  // AV1 RTP payload specification s7.2
    NumberRow{Code::VI012, "AV1", "level-idx", 0, 31},
    NumberRow{Code::VI012, "AV1", "tier", 0, 1},
    NumberRow{Code::VI013, "H265", "profile-space", 0, 3},  // RFC 7798 s7.1
    NumberRow{Code::VI013, "H265", "profile-id", 0, 31},
    NumberRow{Code::VI013, "H265", "tier-flag", 0, 1},
    NumberRow{Code::VI013, "H265", "level-id", 0, 255},
};

void check_number(const NumberRow& row, const FormatParameter& parameter, Reporter& reporter) {
    const auto number = sdp::parse_number(parameter.value);
    if (number && *number >= row.least && *number <= row.most) return;
    const std::string range =
        row.most == kUnbounded
            ? std::string("a positive number")
            : text("a number from ", std::to_string(row.least), " to ", std::to_string(row.most));
    reporter.report(row.code, parameter.text,
                    text(row.name, " is ", range, ", not ", quoted(parameter.value)));
}

void check_parameters(const Description& description, const Codec& codec, Reporter& reporter) {
    for (const NumberRow& row : kNumbers) {
        if (!codec.is(row.encoding)) continue;
        for (const FormatParameter& parameter : codec.fmtp->parameters) {
            if (sdp::equal_in_any_case(parameter.name, row.name))
                check_number(row, parameter, reporter);
        }
    }
    const bool is_h265 = codec.is("H265");
    for (const FormatParameter& parameter : codec.fmtp->parameters) {
        if (is_h265 && sdp::equal_in_any_case(parameter.name, "tx-mode") &&
            parameter.value != "SRST" && parameter.value != "MRST" && parameter.value != "MRMT") {
            reporter.report(Code::VI013, parameter.text,
                            text(quoted(parameter.value), " is none of SRST, MRST and MRMT"));
        }
        if (sdp::starts_with_ignore_case(parameter.name, "x-google-")) {
            reporter
                .report(Code::VI021, parameter.text,
                        text(quoted(parameter.name), " is Chrome's own"))
                .fix("remove the parameter", remove_parameter(description, *codec.fmtp, parameter));
        }
    }
}

void check_video(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        if (section.media.kind != sdp::MediaKind::Video) continue;
        for (const Codec& codec : section.codecs) {
            if (codec.fmtp != nullptr && !codec.is("rtx"))
                check_parameters(description, codec, reporter);
        }
        section.each(Attr::Packetization, [&](const sdp::Attribute& attribute) {
            reporter
                .report(Code::VI021, description.line_of(attribute).text,
                        "raw packetization is Chrome's own")
                .fix("remove the line", erase_line(description, attribute));
        });
    }
}

}  // namespace

std::span<const Rule> video_rules() {
    static constexpr std::array kRules{
        Rule({Code::VI001, Code::VI002, Code::VI003, Code::VI004, Code::VI005, Code::VI006,
              Code::VI007, Code::VI008, Code::VI009},
             check_h264),
        Rule({Code::VI010, Code::VI011, Code::VI012, Code::VI013, Code::VI021}, check_video),
        Rule({Code::VI014, Code::VI015, Code::VI016, Code::VI017, Code::VI018, Code::VI019,
              Code::VI020},
             check_repair),
    };
    return kRules;
}

}  // namespace portolan::lint
