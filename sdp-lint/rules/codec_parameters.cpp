#include <algorithm>
#include <array>
#include <optional>

#include "sdp-lint/rules/codec_checks.hpp"
#include "sdp-lint/rules/doubles.hpp"
#include "sdp-lint/rules/formats.hpp"
#include "sdp-lint/rules/message.hpp"

namespace portolan::lint {

namespace {

using sdp::Codec;
using sdp::Fmtp;
using sdp::FormatParameter;

/// The parameters of a codec's payload format.
struct Vocabulary {
    std::string_view encoding;
    std::string_view names;  ///< blank before and after each, the usual ones first
};

constexpr std::array kVocabularies{
    // RFC 7587 s6.1; minptime is of its drafts, and browsers write it.
    Vocabulary{"opus",
               " minptime useinbandfec maxplaybackrate sprop-maxcapturerate maxptime ptime "
               "maxaveragebitrate stereo sprop-stereo cbr usedtx "},
    // RFC 7741 s6.1, RFC 9628 s6
    Vocabulary{"VP8", " max-fr max-fs "},
    Vocabulary{"VP9", " profile-id max-fr max-fs "},
    // AV1 RTP payload specification s7.2
    Vocabulary{"AV1", " profile level-idx tier "},
    // RFC 6184 s8.1, and libwebrtc's switch for parameter sets
    Vocabulary{"H264",
               " level-asymmetry-allowed packetization-mode profile-level-id max-recv-level "
               "max-mbps max-smbps max-fs max-cpb max-dpb max-br redundant-pic-cap "
               "sprop-parameter-sets sprop-level-parameter-sets use-level-src-parameter-sets "
               "in-band-parameter-sets sprop-interleaving-depth sprop-deint-buf-req deint-buf-cap "
               "sprop-init-buf-time sprop-max-don-diff max-rcmd-nalu-size sar-understood "
               "sar-supported sps-pps-idr-in-keyframe "},
    // RFC 7798 s7.1
    Vocabulary{"H265",
               " profile-space profile-id tier-flag level-id interop-constraints "
               "profile-compatibility-indicator sprop-sub-layer-id recv-sub-layer-id "
               "max-recv-level-id tx-mode sprop-vps sprop-sps sprop-pps sprop-sei max-lsr max-lps "
               "max-cpb max-dpb max-br max-tr max-tc max-fps sprop-max-don-diff "
               "sprop-depack-buf-nalus sprop-depack-buf-bytes depack-buf-cap "
               "sprop-segmentation-id sprop-spatial-segmentation-idc dec-parallel-cap "
               "include-dph "},
    // RFC 4588 s8.1
    Vocabulary{"rtx", " apt rtx-time "},
};

const Vocabulary* vocabulary_of(const Codec& codec) {
    for (const Vocabulary& row : kVocabularies) {
        if (codec.is(row.encoding)) return &row;
    }
    return nullptr;
}

bool knows(const Vocabulary& vocabulary, std::string_view name) {
    std::size_t at = 0;
    while ((at = vocabulary.names.find(name, at)) != std::string_view::npos) {
        if (vocabulary.names[at - 1] == ' ' && vocabulary.names[at + name.size()] == ' ') {
            return true;
        }
        ++at;
    }
    return false;
}

/// Parameter names are not case-sensitive (RFC 2045 s5.1), and nearly always in lower case.
bool knows_any_case(const Vocabulary& vocabulary, std::string_view name) {
    if (knows(vocabulary, name)) return true;
    const std::string lower = sdp::lower_of(name);
    return lower != name && knows(vocabulary, lower);
}

void check_names(const Codec& codec, const Fmtp& fmtp, Reporter& reporter) {
    const Vocabulary* vocabulary = vocabulary_of(codec);
    if (vocabulary == nullptr) return;
    for (const FormatParameter& parameter : fmtp.parameters) {
        // Private ones are VI021's.
        if (parameter.name.empty() || sdp::starts_with_ignore_case(parameter.name, "x-")) continue;
        if (parameter.name.find(' ') == std::string_view::npos &&
            knows_any_case(*vocabulary, parameter.name)) {
            continue;
        }
        reporter.report(Code::CO010, parameter.text,
                        text(vocabulary->encoding, " has no parameter ", quoted(parameter.name)));
    }
}

/// The known name that is meant, in whatever case it is written; else the name itself.
std::string usual_name(const Codec& codec, std::string_view name) {
    const Vocabulary* const vocabulary = vocabulary_of(codec);
    const std::string lower = sdp::lower_of(name);
    return vocabulary != nullptr && !knows(*vocabulary, name) && knows(*vocabulary, lower)
               ? lower
               : std::string(name);
}

/// CO019: what means the same by RFC 4855 s3, and what libwebrtc does not find.
void check_spelling(const Codec& codec, const Fmtp& fmtp, Reporter& reporter) {
    const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    for (const FormatParameter& parameter : fmtp.parameters) {
        const std::string_view name = parameter.name;
        if (name.empty()) continue;
        const bool has_blanks = parameter.text.size() != name.size() + 1 + parameter.value.size();
        if (!has_blanks && std::none_of(name.begin(), name.end(), is_capital)) continue;
        const std::string usual = usual_name(codec, name);
        if (!has_blanks && usual == name) continue;
        const std::string written = text(usual, "=", parameter.value);
        reporter
            .report(Code::CO019, parameter.text,
                    has_blanks
                        ? text("blanks around the equals sign of ", quoted(name))
                        : text(quoted(name), " is not ", quoted(usual), ": browsers mind the case"))
            .fix(text("write ", written), replace(parameter.text, written));
    }
}

void check_doubles(const Description& description, const Fmtp& fmtp, Reporter& reporter) {
    if (fmtp.parameters.size() < 2) return;
    find_doubles(
        fmtp.parameters, [](const FormatParameter& parameter) { return parameter.name; },
        [&](const FormatParameter& first, const FormatParameter& again) {
            // RFC 8331 s4: one for each kind of data in the stream.
            if (again.name.empty() || again.name == "DID_SDID") return;
            auto draft = reporter.report(Code::CO008, again.text,
                                         text(quoted(again.name), " is given twice"));
            draft.related(first.text, "first given here");
            // Which of two different values counts is anybody's guess.
            if (first.value == again.value) {
                draft.fix("remove the repetition", remove_parameter(description, fmtp, again));
            }
        });
}

/// RFC 8866 s6.15. A tab instead of the space makes all of it one word.
bool is_well_formed(const Fmtp& fmtp) {
    return fmtp.format.value && sdp::is_digits(fmtp.format.text) && !sdp::trim(fmtp.text).empty();
}

}  // namespace

void check_format_parameters(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        if (!section.media.is_rtp) continue;
        for (const Fmtp& fmtp : section.fmtps) {
            if (!is_well_formed(fmtp)) {
                const std::string_view value = sdp::trim(fmtp.attribute->value);
                // An empty value is SY014.
                if (!value.empty()) {
                    reporter.report(Code::CO015, value,
                                    text(quoted(value), " is not a payload type and parameters"));
                }
                continue;
            }
            const Codec* codec = section.codec(fmtp.format.value);
            check_doubles(description, fmtp, reporter);
            if (codec == nullptr) {
                if (!fmtp.format.value) continue;
                reporter
                    .report(Code::CO003, fmtp.format.text,
                            text("payload type ", fmtp.format.text, " is not on the m= line"))
                    .related(section.media.formats, "the payload types of the section")
                    .fix("remove the line", erase_line(description, *fmtp.attribute));
                continue;
            }
            check_names(*codec, fmtp, reporter);
            check_spelling(*codec, fmtp, reporter);
            if (codec->fmtp == &fmtp || codec->fmtp == nullptr) continue;
            auto draft = reporter.report(
                Code::CO009, description.line_of(*fmtp.attribute).text,
                text("payload type ", fmtp.format.text, " already has an fmtp line"));
            draft.related(description.line_of(*codec->fmtp->attribute).text, "the first one");
            if (!fmtp.text.empty() && !codec->fmtp->text.empty()) {
                draft.fix("join the two lines",
                          {insert_after(codec->fmtp->text, text(";", fmtp.text)),
                           erase_line(description, *fmtp.attribute)});
            }
        }
    }
}

namespace {

/// RFC 8866 s9: non-zero-int-or-real; in thousandths, to compare.
std::optional<std::uint64_t> packet_time(std::string_view value) {
    const std::size_t dot = value.find('.');
    const auto whole = sdp::parse_number(value.substr(0, dot));
    if (!whole || *whole > 1'000'000) return std::nullopt;
    std::uint64_t thousandths = *whole * 1000;
    if (dot != std::string_view::npos) {
        const std::string_view fraction = value.substr(dot + 1);
        if (!sdp::is_digits(fraction)) return std::nullopt;
        std::uint64_t unit = 100;
        for (const char c : fraction.substr(0, 3)) {
            thousandths += static_cast<std::uint64_t>(c - '0') * unit;
            unit /= 10;
        }
    }
    if (thousandths == 0) return std::nullopt;
    return thousandths;
}

}  // namespace

void check_packet_times(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        if (!section.has(Attr::Ptime) && !section.has(Attr::Maxptime)) continue;
        for (const Attr id : {Attr::Ptime, Attr::Maxptime}) {
            section.each(id, [&](const sdp::Attribute& attribute) {
                if (packet_time(attribute.value)) return;
                reporter.report(Code::CO011,
                                attribute.value.empty() ? attribute.name : attribute.value,
                                text(quoted(attribute.value), " is not a packet time"));
            });
        }
        const sdp::Attribute* preferred = section.find(Attr::Ptime);
        const sdp::Attribute* most = section.find(Attr::Maxptime);
        if (preferred == nullptr || most == nullptr) continue;
        const auto preferred_time = packet_time(preferred->value);
        const auto most_time = packet_time(most->value);
        if (!preferred_time || !most_time || *preferred_time <= *most_time) continue;
        reporter
            .report(Code::CO011, preferred->value,
                    text("ptime ", preferred->value, " is above maxptime ", most->value))
            .related(most->value, "the largest packet time");
    }
}

}  // namespace portolan::lint
