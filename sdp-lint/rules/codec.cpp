// The codec group: which payload type stands for what.
#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "sdp-lint/rules/codec_checks.hpp"
#include "sdp-lint/rules/codec_kind.hpp"
#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/registry.hpp"
#include "sdp-lint/rules/usage.hpp"

namespace portolan::lint {

namespace {

using sdp::Codec;
using sdp::RtpMap;

/// RFC 3551 s6, tables 4 and 5. Two reserved numbers that some still use are left out.
struct StaticAssignment {
    std::uint8_t payload_type;
    std::string_view encoding;
    std::uint32_t clock_rate_hz;
};

constexpr std::array kStaticAssignments{
    StaticAssignment{0, "PCMU", 8000},   StaticAssignment{3, "GSM", 8000},
    StaticAssignment{4, "G723", 8000},   StaticAssignment{5, "DVI4", 8000},
    StaticAssignment{6, "DVI4", 16000},  StaticAssignment{7, "LPC", 8000},
    StaticAssignment{8, "PCMA", 8000},   StaticAssignment{9, "G722", 8000},
    StaticAssignment{10, "L16", 44100},  StaticAssignment{11, "L16", 44100},
    StaticAssignment{12, "QCELP", 8000}, StaticAssignment{13, "CN", 8000},
    StaticAssignment{14, "MPA", 90000},  StaticAssignment{15, "G728", 8000},
    StaticAssignment{16, "DVI4", 11025}, StaticAssignment{17, "DVI4", 22050},
    StaticAssignment{18, "G729", 8000},  StaticAssignment{25, "CelB", 90000},
    StaticAssignment{26, "JPEG", 90000}, StaticAssignment{28, "nv", 90000},
    StaticAssignment{31, "H261", 90000}, StaticAssignment{32, "MPV", 90000},
    StaticAssignment{33, "MP2T", 90000}, StaticAssignment{34, "H263", 90000},
};

const StaticAssignment* static_assignment(std::optional<std::uint64_t> payload_type) {
    if (!payload_type || *payload_type > kStaticAssignments.back().payload_type) return nullptr;
    const auto at = std::find_if(
        kStaticAssignments.begin(), kStaticAssignments.end(),
        [&](const StaticAssignment& row) { return row.payload_type == *payload_type; });
    return at == kStaticAssignments.end() ? nullptr : &*at;
}

/// Encodings whose payload format knows a single clock rate. opus, G722 and rtx have rules of their
/// own; PCMU and PCMA may run faster under a dynamic payload type (RFC 4856 s2.1.18).
struct ClockRow {
    std::string_view encoding;
    std::uint32_t clock_rate_hz;
};

constexpr std::array kClocks{
    ClockRow{"VP8", 90000},    ClockRow{"VP9", 90000},       ClockRow{"AV1", 90000},
    ClockRow{"H264", 90000},   ClockRow{"H265", 90000},      ClockRow{"H266", 90000},
    ClockRow{"H261", 90000},   ClockRow{"H263", 90000},      ClockRow{"H263-1998", 90000},
    ClockRow{"JPEG", 90000},   ClockRow{"H263-2000", 90000}, ClockRow{"iLBC", 8000},
    ClockRow{"GSM", 8000},     ClockRow{"G723", 8000},       ClockRow{"G728", 8000},
    ClockRow{"G729", 8000},    ClockRow{"AMR", 8000},        ClockRow{"AMR-WB", 16000},
    ClockRow{"GSM-EFR", 8000}, ClockRow{"EVS", 16000},
};

/// What Chromium takes; nobody is known to send more.
constexpr std::uint64_t kMaxChannels = 16;

/// What receivers keep a clock rate in.
constexpr std::uint64_t kMaxClockHz = std::numeric_limits<std::int32_t>::max();

bool is_well_formed(const RtpMap& map) {
    return map.format.value && sdp::is_token(map.encoding) && map.clock_rate_hz.value &&
           *map.clock_rate_hz.value > 0 && *map.clock_rate_hz.value <= kMaxClockHz &&
           (!map.has_parameters || map.parameters.value);
}

void check_clock(const RtpMap& map, Reporter& reporter) {
    // Half of what browsers offer is rtx, which has the clock of what it repairs (VI017).
    if (map.encoding.size() < 2 || map.encoding == "rtx") return;
    std::uint32_t expected = 0;
    for (const ClockRow& row : kClocks) {
        if (!sdp::equal_in_any_case(row.encoding, map.encoding)) continue;
        expected = row.clock_rate_hz;
        break;
    }
    if (expected == 0) {
        const StaticAssignment* row = static_assignment(map.format.value);
        const bool is_its_own = row != nullptr && row->encoding != "G722" &&
                                sdp::equal_in_any_case(row->encoding, map.encoding);
        if (is_its_own) expected = row->clock_rate_hz;
    }
    if (expected == 0 || map.clock_rate_hz.value == expected) return;
    const std::string rate = std::to_string(expected);
    reporter
        .report(Code::CO007, map.clock_rate_hz.text,
                text(map.encoding, " runs at ", rate, ", not ", map.clock_rate_hz.text))
        .fix("write " + rate, replace(map.clock_rate_hz.text, rate));
}

/// CO005, CO017
void second_rtpmap(const Description& description, const RtpMap& first, const RtpMap& map,
                   Reporter& reporter) {
    const bool is_same = sdp::equal_in_any_case(first.encoding, map.encoding) &&
                         first.clock_rate_hz.value == map.clock_rate_hz.value &&
                         first.parameters.value == map.parameters.value;
    if (is_same) {
        reporter
            .report(Code::CO017, map.encoding,
                    text("payload type ", map.format.text, " is ", quoted(first.encoding),
                         " by an earlier line"))
            .related(first.encoding, "the first rtpmap")
            .fix("remove the line", erase_line(description, *map.attribute));
        return;
    }
    reporter
        .report(Code::CO005, map.encoding,
                text("payload type ", map.format.text, " is already ", quoted(first.encoding)))
        .related(first.encoding, "the first rtpmap");
}

void check_rtpmap(const Description& description, const Codec* codec, const RtpMap& map,
                  Reporter& reporter) {
    if (!is_well_formed(map)) {
        const std::string_view value = sdp::trim(map.attribute->value);
        reporter.report(Code::CO004, value.empty() ? map.attribute->name : value,
                        text(quoted(value), " is not of the form PT NAME/RATE"));
        return;
    }
    if (map.has_parameters && map.parameters.value && *map.parameters.value > kMaxChannels) {
        reporter.report(Code::CO016, map.parameters.text,
                        text(map.parameters.text, " channels are more than a receiver plays"));
    }
    if (codec != nullptr && codec->rtpmap != &map && codec->rtpmap != nullptr) {
        second_rtpmap(description, *codec->rtpmap, map, reporter);
    }
    const StaticAssignment* row = static_assignment(map.format.value);
    if (row != nullptr && !sdp::equal_in_any_case(row->encoding, map.encoding)) {
        reporter.report(Code::CO006, map.encoding,
                        text("payload type ", map.format.text, " is ", row->encoding,
                             " by the RTP profile, not ", quoted(map.encoding)));
    }
    check_clock(map, reporter);
}

/// CO018, at the first such line.
void about_nameless(const Section& section, const Codec& codec, Reporter& reporter) {
    const auto report = [&](std::string_view format) {
        reporter
            .report(Code::CO018, format,
                    text("this line is about payload type ", codec.fmt, ", which has no rtpmap"))
            .related(codec.fmt, "the payload type");
    };
    if (codec.fmtp != nullptr) {
        report(codec.fmtp->format.text);
        return;
    }
    if (!section.has(Attr::RtcpFb)) return;
    for (const sdp::RtcpFeedback& feedback : section.feedback) {
        if (feedback.payload_type != codec.payload_type) continue;
        report(feedback.format);
        return;
    }
}

void check_mappings(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        if (!section.media.is_rtp) continue;
        for (const RtpMap& map : section.rtpmaps) {
            const Codec* codec = section.codec(map.format.value);
            check_rtpmap(description, codec, map, reporter);
            if (map.format.value && codec == nullptr) {
                reporter
                    .report(Code::CO002, map.format.text,
                            text("payload type ", map.format.text, " is not on the m= line"))
                    .related(section.media.formats, "the payload types of the section")
                    .fix("remove the line", erase_line(description, *map.attribute));
            }
        }
        if (section.is_rejected()) continue;
        for (const Codec& codec : section.codecs) {
            if (codec.rtpmap != nullptr || !codec.payload_type || *codec.payload_type > 127 ||
                static_assignment(codec.payload_type) != nullptr) {
                continue;
            }
            // Numbers that RFC 3551 reserves have no meaning without an rtpmap either.
            reporter.report(Code::CO001, codec.fmt,
                            text("no a=rtpmap line says what payload type ", codec.fmt, " is"));
            about_nameless(section, codec, reporter);
        }
    }
}

/// CO012: what a payload type is, in one number that the order of its parameters does not change.
struct Identity {
    std::uint64_t hash = 0;
    const Codec* codec = nullptr;
};

std::uint64_t identity_hash(const Codec& codec) {
    std::uint64_t hash = kind_hash(codec);
    if (codec.fmtp != nullptr) {
        for (const sdp::FormatParameter& parameter : codec.fmtp->parameters)
            hash += hash_of(parameter.text);
    }
    return hash;
}

void check_repeated(const Description& description, Reporter& reporter) {
    std::vector<Identity> identities;
    for (const Section& section : description.sections()) {
        identities.clear();
        identities.reserve(section.codecs.size());
        for (const Codec& codec : section.codecs) {
            if (codec.name.empty() || codec.rtpmap == nullptr || codec.is_auxiliary()) continue;
            identities.push_back({identity_hash(codec), &codec});
        }
        std::sort(identities.begin(), identities.end(), [](const Identity& a, const Identity& b) {
            return a.hash != b.hash ? a.hash < b.hash : a.codec < b.codec;
        });
        for (std::size_t i = 1; i < identities.size(); ++i) {
            const Codec& first = *identities[i - 1].codec;
            const Codec& again = *identities[i].codec;
            if (identities[i - 1].hash != identities[i].hash || !is_same_kind(first, again) ||
                first.payload_type == again.payload_type) {
                continue;
            }
            reporter
                .report(Code::CO012, again.rtpmap->encoding,
                        text("payload type ", again.fmt, " offers what ", first.fmt, " does"))
                .related(first.rtpmap->encoding, "the first of them");
        }
    }
}

void check_auxiliary(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        if (section.codecs.empty() || section.is_rejected()) continue;
        const bool is_auxiliary = std::all_of(
            section.codecs.begin(), section.codecs.end(),
            [](const Codec& codec) { return !codec.name.empty() && codec.is_auxiliary(); });
        if (!is_auxiliary) continue;
        // RFC 4317 s2.4, s3.2, s4.1: a gateway takes the tones of a call on a port of their own.
        const bool is_tones =
            std::all_of(section.codecs.begin(), section.codecs.end(),
                        [](const Codec& codec) { return codec.is("telephone-event"); });
        if (is_tones && !is_webrtc(reporter.profile())) continue;
        // A repair stream in a section of its own is declared so (RFC 5956, RFC 8627).
        const bool is_repair =
            std::all_of(section.codecs.begin(), section.codecs.end(), [](const Codec& codec) {
                return codec.is("ulpfec") || codec.is("flexfec") || codec.is("parityfec") ||
                       codec.is("rtx");
            });
        if (is_repair && !description.is_bundled(section)) continue;
        reporter.report(Code::CO013, description.head_of(section),
                        "none of the section's codecs carries media");
    }
}

}  // namespace

std::span<const Rule> codec_rules() {
    static constexpr std::array kRules{
        Rule({Code::CO001, Code::CO002, Code::CO004, Code::CO005, Code::CO006, Code::CO007,
              Code::CO016, Code::CO017, Code::CO018},
             check_mappings),
        Rule({Code::CO003, Code::CO008, Code::CO009, Code::CO010, Code::CO015, Code::CO019},
             check_format_parameters),
        Rule(Code::CO011, check_packet_times),
        Rule(Code::CO012, check_repeated),
        Rule(Code::CO013, check_auxiliary),
        Rule(Code::CO014, check_image_attributes),
    };
    return kRules;
}

}  // namespace portolan::lint
