// Retransmission and forward error correction.
#include <algorithm>

#include "sdp-lint/rules/doubles.hpp"
#include "sdp-lint/rules/formats.hpp"
#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/usage.hpp"
#include "sdp-lint/rules/video_checks.hpp"

namespace portolan::lint {

namespace {

using sdp::Codec;
using sdp::FormatParameter;

/// An rtx format and the payload type that it repairs.
struct Repair {
    const Codec* codec;
    const FormatParameter* apt;
    std::uint64_t payload_type;
};

void check_rtx(const Description& description, const Section& section, const Codec& rtx,
               std::vector<Repair>& repairs, Reporter& reporter) {
    const FormatParameter* apt = rtx.parameter("apt");
    if (apt == nullptr) {
        reporter.report(Code::VI014, rtx.rtpmap->encoding,
                        text("rtx ", rtx.fmt, " has no apt and repairs nothing"));
        return;
    }
    const Codec* repaired = section.codec(apt->value);
    if (repaired == nullptr) {
        auto draft =
            reporter.report(Code::VI015, apt->value.empty() ? apt->text : apt->value,
                            text("payload type ", quoted(apt->value), " is not on the m= line"));
        draft.related(section.media.formats, "the payload types of the section");
        if (auto edits = remove_format(description, section, rtx); !edits.empty())
            draft.fix("remove the rtx format", std::move(edits));
        return;
    }
    if (repaired->is("rtx")) {
        reporter.report(Code::VI016, apt->value,
                        text("payload type ", apt->value, " is an rtx format itself"));
        return;
    }
    repairs.push_back({&rtx, apt, *repaired->payload_type});
    if (rtx.clock_rate_hz == 0 || repaired->clock_rate_hz == 0 ||
        rtx.clock_rate_hz == repaired->clock_rate_hz) {
        return;
    }
    const std::string rate = std::to_string(repaired->clock_rate_hz);
    reporter
        .report(Code::VI017, rtx.rtpmap->clock_rate_hz.text,
                text("rtx runs at ", rtx.rtpmap->clock_rate_hz.text, ", and ",
                     quoted(repaired->name), " at ", rate))
        .related(repaired->rtpmap != nullptr ? repaired->rtpmap->clock_rate_hz.text : repaired->fmt,
                 "the clock of the codec")
        .fix("write " + rate, replace(rtx.rtpmap->clock_rate_hz.text, rate));
}

/// VI020, second half: a codec that asks for retransmissions, in a section without any for it.
void check_nack(const Section& section, const std::vector<Repair>& repairs, Reporter& reporter) {
    for (const sdp::RtcpFeedback& feedback : section.feedback) {
        if (feedback.type != "nack" || !feedback.parameter.empty() || feedback.is_wildcard())
            continue;
        const Codec* codec = section.codec(feedback.payload_type);
        if (codec == nullptr || codec->is_auxiliary() || codec->rtpmap == nullptr) continue;
        const bool is_repaired = std::any_of(
            repairs.begin(), repairs.end(),
            [&](const Repair& repair) { return repair.payload_type == codec->payload_type; });
        if (is_repaired) continue;
        reporter
            .report(Code::VI020, codec->rtpmap->encoding,
                    text(quoted(codec->name), " asks for lost packets, and no rtx repairs it"))
            .related(feedback.attribute->value, "asks for lost packets");
        return;
    }
}

void check_fec(const Section& section, const Codec& codec, Reporter& reporter) {
    if (codec.is("flexfec") || codec.is("flexfec-03")) {
        if (codec.parameter("repair-window") == nullptr) {
            reporter.report(Code::VI019, codec.rtpmap->encoding,
                            text(codec.name, " ", codec.fmt, " has no repair-window"));
        }
    } else if (codec.is("ulpfec") && section.codec_named("red") == nullptr &&
               section.codecs.size() > 1) {
        reporter.report(Code::VI020, codec.rtpmap->encoding, "ulpfec without red to carry it");
    }
}

}  // namespace

void check_repair(const Description& description, Reporter& reporter) {
    std::vector<Repair> repairs;
    for (const Section& section : description.sections()) {
        if (section.is_rejected()) continue;
        repairs.clear();
        repairs.reserve(section.codecs.size());
        for (const Codec& codec : section.codecs) {
            if (codec.rtpmap == nullptr) continue;
            if (codec.is("rtx")) {
                check_rtx(description, section, codec, repairs, reporter);
            } else if (codec.is_auxiliary()) {
                check_fec(section, codec, reporter);
            }
        }
        find_doubles(
            repairs, [](const Repair& repair) { return repair.payload_type; },
            [&](const Repair& first, const Repair& again) {
                reporter
                    .report(Code::VI018, again.apt->value,
                            text("rtx ", first.codec->fmt, " already repairs payload type ",
                                 again.apt->value))
                    .related(first.apt->value, "the first rtx");
            });
        if (section.media.kind == sdp::MediaKind::Video && !is_answer_like(description))
            check_nack(section, repairs, reporter);
    }
}

}  // namespace portolan::lint
