#include <algorithm>
#include <array>
#include <optional>

#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/registry.hpp"

namespace portolan::lint {

namespace {

using sdp::Codec;
using sdp::FormatParameter;

constexpr std::uint32_t kOpusClockHz = 48000;          // RFC 7587 s7
constexpr std::uint64_t kMinOpusBitsPerSecond = 6000;  // RFC 7587 s6.1
constexpr std::uint64_t kMaxOpusBitsPerSecond = 510000;
constexpr std::uint64_t kMinOpusRateHz = 8000;
constexpr std::uint64_t kMaxOpusRateHz = 48000;
constexpr std::uint32_t kG722ClockHz = 8000;  // RFC 3551 s4.5.2
constexpr std::uint64_t kMaxEvent = 255;      // RFC 4733 s2.3.1

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view candidate) {
        return sdp::equal_in_any_case(name, candidate);
    });
}

void check_opus_map(const sdp::RtpMap& map, Reporter& reporter) {
    // Without a readable rate the line is CO004's.
    if (!map.clock_rate_hz.value) return;
    if (map.clock_rate_hz.value != kOpusClockHz) {
        reporter
            .report(Code::AU002, map.clock_rate_hz.text,
                    text("opus runs at 48000, not ", map.clock_rate_hz.text))
            .fix("write 48000", replace(map.clock_rate_hz.text, "48000"));
    }
    if (map.has_parameters && map.parameters.value == 2U) return;
    // What is no number is CO004's too.
    if (map.has_parameters && !map.parameters.value) return;
    const std::string_view last = map.has_parameters ? map.parameters.text : map.clock_rate_hz.text;
    auto draft = reporter.report(Code::AU001, sdp::span_of(map.encoding, last),
                                 text("opus is always declared with two channels"));
    if (map.has_parameters) {
        draft.fix("write two channels", replace(map.parameters.text, "2"));
    } else {
        draft.fix("write two channels", insert_after(map.clock_rate_hz.text, "/2"));
    }
}

void check_opus_parameter(const FormatParameter& parameter, Reporter& reporter) {
    const auto number = sdp::parse_number(parameter.value);
    if (is_one_of(parameter.name, {"maxaveragebitrate"})) {
        if (number && *number >= kMinOpusBitsPerSecond && *number <= kMaxOpusBitsPerSecond) return;
        reporter.report(Code::AU003, parameter.text,
                        text(quoted(parameter.value), " is not between 6000 and 510000 bit/s"));
    } else if (is_one_of(parameter.name,
                         {"stereo", "sprop-stereo", "cbr", "useinbandfec", "usedtx"})) {
        if (number && *number <= 1 && parameter.value.size() == 1) return;
        reporter.report(Code::AU004, parameter.text,
                        text(parameter.name, " is 0 or 1, not ", quoted(parameter.value)));
    } else if (is_one_of(parameter.name, {"maxplaybackrate", "sprop-maxcapturerate"})) {
        if (number && *number >= kMinOpusRateHz && *number <= kMaxOpusRateHz) return;
        reporter.report(Code::AU005, parameter.text,
                        text(quoted(parameter.value), " is not between 8000 and 48000 Hz"));
    }
}

void check_red(const Section& section, const Codec& red, Reporter& reporter) {
    // A list of payload types is the only form there is; parameters are somebody's own.
    if (red.fmtp == nullptr || red.fmtp->text.find('=') != std::string_view::npos) return;
    for (const std::string_view part : sdp::split(red.fmtp->text, '/')) {
        const std::string_view format = sdp::trim(part);
        const Codec* codec = section.codec(format);
        if (codec == nullptr) {
            reporter
                .report(Code::AU006, format.empty() ? red.fmtp->text : format,
                        text("payload type ", quoted(format), " is not on the m= line"))
                .related(section.media.formats, "the payload types of the section");
        } else if (codec->clock_rate_hz != red.clock_rate_hz && codec->clock_rate_hz != 0 &&
                   red.clock_rate_hz != 0) {
            reporter.report(
                Code::AU006, format,
                text("payload type ", format, " runs at ", std::to_string(codec->clock_rate_hz),
                     " and red at ", std::to_string(red.clock_rate_hz)));
        }
    }
}

void check_events(const sdp::Fmtp& fmtp, Reporter& reporter) {
    for (const std::string_view part : sdp::split(fmtp.text, ',')) {
        const std::string_view event = sdp::trim(part);
        const std::size_t hyphen = event.find('-');
        const auto from = sdp::parse_number(event.substr(0, hyphen));
        const auto to =
            hyphen == std::string_view::npos ? from : sdp::parse_number(event.substr(hyphen + 1));
        if (!from || !to || *from > kMaxEvent || *to > kMaxEvent) {
            reporter.report(Code::AU008, event.empty() ? fmtp.text : event,
                            text(quoted(event), " is no event, or range of events, up to 255"));
        } else if (*from > *to) {
            reporter.report(Code::AU007, event, text("the range ", event, " runs backwards"));
        }
    }
}

/// Whether events at that rate can go along with some codec of the section.
bool has_clock(const Section& section, std::uint32_t clock_rate_hz) {
    bool any_known = false;
    for (const Codec& codec : section.codecs) {
        if (codec.is_auxiliary()) continue;
        if (codec.clock_rate_hz == 0) return true;
        any_known = true;
        if (codec.clock_rate_hz == clock_rate_hz) return true;
    }
    return !any_known;
}

void check_codec(const Section& section, const Codec& codec, Reporter& reporter) {
    if (codec.is("opus")) {
        if (codec.rtpmap != nullptr) check_opus_map(*codec.rtpmap, reporter);
        if (codec.fmtp == nullptr) return;
        for (const FormatParameter& parameter : codec.fmtp->parameters)
            check_opus_parameter(parameter, reporter);
    } else if (codec.is("red")) {
        check_red(section, codec, reporter);
    } else if (codec.is("telephone-event")) {
        if (codec.fmtp != nullptr) check_events(*codec.fmtp, reporter);
        if (codec.rtpmap == nullptr || codec.clock_rate_hz == 0 ||
            has_clock(section, codec.clock_rate_hz)) {
            return;
        }
        reporter.report(Code::AU009, codec.rtpmap->clock_rate_hz.text,
                        text("no codec of the section runs at ", codec.rtpmap->clock_rate_hz.text));
    } else if (codec.is("G722")) {
        if (codec.rtpmap == nullptr || !codec.rtpmap->clock_rate_hz.value ||
            codec.clock_rate_hz == kG722ClockHz) {
            return;
        }
        const std::string_view rate = codec.rtpmap->clock_rate_hz.text;
        reporter.report(Code::AU010, rate, text("G722 has an RTP clock of 8000, not ", rate))
            .fix("write 8000", replace(rate, "8000"));
    } else if (codec.is("multiopus") || codec.is("ISAC")) {
        reporter.report(Code::AU011, codec.rtpmap->encoding,
                        text(codec.name, " is not of the standard codecs of WebRTC"));
    }
}

void check_audio(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        if (section.media.kind != sdp::MediaKind::Audio) continue;
        for (const Codec& codec : section.codecs)
            check_codec(section, codec, reporter);
    }
}

}  // namespace

std::span<const Rule> audio_rules() {
    static constexpr std::array kRules{
        Rule({Code::AU001, Code::AU002, Code::AU003, Code::AU004, Code::AU005, Code::AU006,
              Code::AU007, Code::AU008, Code::AU009, Code::AU010, Code::AU011},
             check_audio),
    };
    return kRules;
}

}  // namespace portolan::lint
