#include <algorithm>

#include "sdp-lint/rules/formats.hpp"
#include "sdp-lint/rules/h264.hpp"
#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/usage.hpp"
#include "sdp-lint/rules/video_checks.hpp"

namespace portolan::lint {

namespace {

using sdp::Codec;
using sdp::FormatParameter;

void check_profile(const Description& description, const Section& section, const Codec& codec,
                   Reporter& reporter) {
    const FormatParameter* parameter = codec.parameter("profile-level-id");
    if (parameter == nullptr) {
        auto draft = reporter.report(Code::VI001, codec.rtpmap->encoding,
                                     "H264 without profile-level-id is Baseline at level 1");
        if (codec.fmtp != nullptr && !codec.fmtp->text.empty()) {
            draft.fix("add profile-level-id=42e01f",
                      insert_after(codec.fmtp->text, ";profile-level-id=42e01f"));
        } else if (codec.fmtp == nullptr) {
            draft.fix("add profile-level-id=42e01f",
                      append_line(description, section,
                                  text("a=fmtp:", codec.fmt, " profile-level-id=42e01f")));
        }
        return;
    }
    const std::string_view value = parameter->value;
    if (value.empty() || !sdp::all_of(value, sdp::is_hex)) {
        reporter.report(Code::VI003, value.empty() ? parameter->text : value,
                        text(quoted(value), " is not hexadecimal"));
        return;
    }
    const auto format = parse_profile_level_id(value);
    if (!format) {
        reporter.report(
            Code::VI002, value,
            text(quoted(value), " has ", std::to_string(value.size()), " digits instead of six"));
        return;
    }
    if (!is_h264_level(format->level_idc)) {
        reporter.report(Code::VI004, value, text("H264 has no level ", quoted(value.substr(4))));
    }
    const FormatParameter* asymmetry = codec.parameter("level-asymmetry-allowed");
    if (asymmetry == nullptr || asymmetry->value != "1") {
        auto draft = reporter.report(Code::VI008, codec.rtpmap->encoding,
                                     "both directions have to use the same level");
        if (asymmetry != nullptr && !asymmetry->value.empty()) {
            draft.fix("allow other levels", replace(asymmetry->value, "1"));
        } else if (asymmetry == nullptr) {
            draft.fix("allow other levels",
                      insert_after(codec.fmtp->text, ";level-asymmetry-allowed=1"));
        }
    }
}

void check_codec(const Description& description, const Section& section, const Codec& codec,
                 Reporter& reporter) {
    check_profile(description, section, codec, reporter);
    if (const FormatParameter* mode = codec.parameter("packetization-mode")) {
        const auto number = sdp::parse_number(mode->value);
        if (!number || *number > 2) {
            reporter.report(Code::VI005, mode->text,
                            text(quoted(mode->value), " is not one of the modes 0, 1 and 2"));
        }
    }
    if (const FormatParameter* sets = codec.parameter("sprop-parameter-sets")) {
        reporter.report(Code::VI009, sets->text, "WebRTC sends parameter sets in the stream only")
            .fix("remove the parameter", remove_parameter(description, *codec.fmtp, *sets));
    }
}

}  // namespace

void check_h264(const Description& description, Reporter& reporter) {
    // An answer has what the offer and its codecs left of the choice.
    const bool is_answer = is_answer_like(description);
    for (const Section& section : description.sections()) {
        if (section.media.kind != sdp::MediaKind::Video) continue;
        const Codec* first = nullptr;
        bool has_mode_1 = false;
        bool may_have_baseline = false;
        for (const Codec& codec : section.codecs) {
            if (!codec.is("H264") || codec.rtpmap == nullptr) continue;
            if (first == nullptr) first = &codec;
            check_codec(description, section, codec, reporter);
            has_mode_1 = has_mode_1 || packetization_mode_of(codec) == 1;
            const auto format = h264_format_of(codec);
            may_have_baseline =
                may_have_baseline || !format || format->profile == H264Profile::ConstrainedBaseline;
        }
        if (first == nullptr || is_answer || section.is_rejected()) continue;
        if (!has_mode_1) {
            reporter.report(Code::VI006, first->rtpmap->encoding,
                            "no H264 format of the section has packetization-mode=1");
        }
        if (!may_have_baseline) {
            reporter.report(Code::VI007, first->rtpmap->encoding,
                            "no H264 format of the section is Constrained Baseline");
        }
    }
}

}  // namespace portolan::lint
