// What was changed between createOffer or createAnswer and setLocalDescription.
#include <algorithm>
#include <array>
#include <optional>

#include "sdp-lint/rules/codec_kind.hpp"
#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/registry.hpp"

namespace portolan::lint {

namespace {

using sdp::Attribute;
using sdp::Codec;
using sdp::MediaKind;

/// "... (type 60 in Chrome's statistics)": the values of libwebrtc's SdpMungingType.
std::string counted(std::string_view what, int type) {
    return text(what, " (type ", std::to_string(type), " in Chrome's statistics of munging)");
}

std::vector<const Attribute*> lines_of(const Section& section, Attr id) {
    std::vector<const Attribute*> out;
    section.each(id, [&](const Attribute& attribute) { out.push_back(&attribute); });
    return out;
}

/// Where the lines of one kind differ: the first line that was changed or added; the section's
/// head when one is missing.
std::optional<std::string_view> change_of(const Munging& munging, const Section& created,
                                          const Section& munged, Attr id) {
    if (!created.has(id) && !munged.has(id)) return std::nullopt;
    const auto before = lines_of(created, id);
    const auto after = lines_of(munged, id);
    for (std::size_t i = 0; i < after.size(); ++i) {
        if (i >= before.size() || before[i]->value != after[i]->value)
            return munging.munged.line_of(*after[i]).text;
    }
    if (after.size() < before.size()) return munging.munged.head_of(munged);
    return std::nullopt;
}

/// Calls visit(created, munged) for the session parts and for each section that both have.
template <typename Visit>
void each_part(const Munging& munging, Visit visit) {
    visit(munging.created.session(), munging.munged.session());
    const auto before = munging.created.sections();
    const auto after = munging.munged.sections();
    for (std::size_t i = 0; i < std::min(before.size(), after.size()); ++i)
        visit(before[i], after[i]);
}

/// Reports the first change of these lines in the whole description.
void report_first(const Munging& munging, Code code, Attr id, const std::string& message,
                  Reporter& reporter) {
    bool done = false;
    each_part(munging, [&](const Section& created, const Section& munged) {
        if (done) return;
        const auto place = change_of(munging, created, munged, id);
        if (!place) return;
        reporter.report(code, *place, message);
        done = true;
    });
}

std::string_view count_place(const Munging& munging) {
    const auto sections = munging.munged.sections();
    return munging.munged.head_of(sections.empty() ? munging.munged.session() : sections.back());
}

bool has_other_count(const Munging& munging) {
    return munging.created.sections().size() != munging.munged.sections().size();
}

void check_forbidden(const Munging& munging, Reporter& reporter) {
    if (has_other_count(munging)) {
        reporter.report(Code::MG001, count_place(munging),
                        counted("the number of sections was changed", 4));
    }
    report_first(munging, Code::MG001, Attr::SctpInit, "a=sctp-init was changed", reporter);
    report_first(munging, Code::MG001, Attr::Sframe, "a=sframe was changed", reporter);
    report_first(munging, Code::MG001, Attr::Cryptex, "a=cryptex was changed", reporter);
}

void check_credentials(const Munging& munging, Reporter& reporter) {
    report_first(munging, Code::MG002, Attr::IceUfrag, counted("ice-ufrag was changed", 22),
                 reporter);
    report_first(munging, Code::MG002, Attr::IcePwd, counted("ice-pwd was changed", 21), reporter);
}

void check_transport(const Munging& munging, Reporter& reporter) {
    report_first(munging, Code::MG003, Attr::IceOptions, counted("ice-options was changed", 20),
                 reporter);
    report_first(munging, Code::MG003, Attr::IceLite, counted("ice-lite was changed", 23),
                 reporter);
    report_first(munging, Code::MG003, Attr::Setup, counted("the DTLS role was changed", 24),
                 reporter);
    report_first(munging, Code::MG003, Attr::Mid, counted("a mid was changed", 25), reporter);
    report_first(munging, Code::MG003, Attr::Group, "a=group was changed", reporter);
    report_first(munging, Code::MG003, Attr::Candidate, "candidates were changed", reporter);
}

/// Codecs of one media type, and the numbers that Chrome gives to their changes.
struct CodecRow {
    MediaKind kind;
    Code code;
    std::string_view name;
    int removed, added, reordered, fmtp, feedback, reduced_size;
};

constexpr std::array kCodecRows{
    CodecRow{MediaKind::Audio, Code::MG004, "audio", 60, 61, 62, 70, 71, 73},
    CodecRow{MediaKind::Video, Code::MG005, "video", 80, 81, 82, 85, 86, 89},
};

bool is_renumbered(const Section& created, const Section& munged) {
    return std::equal(
        created.codecs.begin(), created.codecs.end(), munged.codecs.begin(), munged.codecs.end(),
        [](const Codec& before, const Codec& after) { return is_same_kind(before, after); });
}

/// True when the list of formats is another one, and nothing more is to be said.
bool check_formats(const CodecRow& row, const Section& created, const Section& munged,
                   Reporter& reporter) {
    if (std::equal(created.media.fmts.begin(), created.media.fmts.end(), munged.media.fmts.begin(),
                   munged.media.fmts.end())) {
        return false;
    }
    const std::string_view place = munged.media.formats;
    const std::size_t before = created.media.fmts.size();
    const std::size_t after = munged.media.fmts.size();
    if (after < before) {
        reporter.report(row.code, place,
                        counted(text(row.name, " codecs were removed"), row.removed));
    } else if (after > before) {
        reporter.report(row.code, place, counted(text(row.name, " codecs were added"), row.added));
    } else if (is_renumbered(created, munged)) {
        reporter.report(Code::MG006, place, counted("payload types were changed", 26));
    } else {
        reporter.report(row.code, place,
                        counted(text(row.name, " codecs were put in another order, or replaced"),
                                row.reordered));
    }
    return true;
}

void check_codecs(const Munging& munging, const CodecRow& row, const Section& created,
                  const Section& munged, Reporter& reporter) {
    if (check_formats(row, created, munged, reporter)) return;
    const auto report = [&](Attr id, std::string_view what, int type) {
        if (const auto place = change_of(munging, created, munged, id))
            reporter.report(row.code, *place, counted(text(row.name, what), type));
    };
    if (const auto place = change_of(munging, created, munged, Attr::Rtpmap)) {
        reporter.report(row.code, *place,
                        text("what an ", row.name, " payload type means was changed"));
        return;
    }
    report(Attr::Fmtp, " codec parameters were changed", row.fmtp);
    report(Attr::RtcpFb, " RTCP feedback was changed", row.feedback);
    report(Attr::RtcpRsize, " rtcp-rsize was changed", row.reduced_size);
    if (row.kind != MediaKind::Video) return;
    if (const auto place = change_of(munging, created, munged, Attr::Packetization))
        reporter.report(row.code, *place, counted("raw packetization was changed", 88));
    const auto is_simulcast = [](const sdp::SsrcGroup& group) { return group.semantics == "SIM"; };
    if (std::any_of(created.ssrc_groups.begin(), created.ssrc_groups.end(), is_simulcast)) return;
    const auto added =
        std::find_if(munged.ssrc_groups.begin(), munged.ssrc_groups.end(), is_simulcast);
    if (added == munged.ssrc_groups.end()) return;
    reporter.report(row.code, munging.munged.line_of(*added->attribute).text,
                    counted("simulcast of old Chrome was added", 83));
}

void check_media(const Munging& munging, const Section& created, const Section& munged,
                 Reporter& reporter) {
    const auto report = [&](Attr id, const std::string& message) {
        if (const auto place = change_of(munging, created, munged, id))
            reporter.report(Code::MG006, *place, message);
    };
    if (munging.created.direction_of(created) != munging.munged.direction_of(munged)) {
        std::string_view place = munging.munged.head_of(munged);
        for (const Attribute& attribute : munged.attributes) {
            if (sdp::direction_from(attribute.id) != sdp::StreamDirection::None)
                place = munging.munged.line_of(attribute).text;
        }
        reporter.report(Code::MG006, place, counted("the direction was changed", 29));
    }
    report(Attr::RtcpMux, counted("rtcp-mux was changed", 30));
    report(Attr::Ssrc, counted("sources were changed", 27));
    report(Attr::Msid, "msid was changed");
    report(Attr::Extmap, counted("header extensions were changed",
                                 munged.extmaps.size() < created.extmaps.size()   ? 40
                                 : munged.extmaps.size() > created.extmaps.size() ? 41
                                                                                  : 42));
    report(Attr::SctpPort, "sctp-port was changed");
    report(Attr::MaxMessageSize, "max-message-size was changed");
}

void check_sections(const Munging& munging, Reporter& reporter) {
    each_part(munging, [&](const Section& created, const Section& munged) {
        if (munged.is_session() || created.media.media != munged.media.media) return;
        for (const CodecRow& row : kCodecRows) {
            if (row.kind == munged.media.kind)
                check_codecs(munging, row, created, munged, reporter);
        }
        check_media(munging, created, munged, reporter);
    });
}

void check_bandwidth(const Munging& munging, Reporter& reporter) {
    each_part(munging, [&](const Section& created, const Section& munged) {
        if (munged.bandwidths.empty()) return;
        std::vector<std::string_view> before;
        for (const sdp::Bandwidth& bandwidth : created.bandwidths)
            before.push_back(munging.created.lines()[bandwidth.line].text);
        std::sort(before.begin(), before.end());
        for (const sdp::Bandwidth& bandwidth : munged.bandwidths) {
            const std::string_view line = munging.munged.lines()[bandwidth.line].text;
            if (std::binary_search(before.begin(), before.end(), line)) continue;
            reporter.report(Code::MG007, line,
                            "b= in the local description limits the peer, not this side");
            return;
        }
    });
}

void check_firefox(const Munging& munging, Reporter& reporter) {
    if (has_other_count(munging)) {
        reporter.report(Code::MG008, count_place(munging),
                        "Firefox rejects another number of sections");
        return;
    }
    each_part(munging, [&](const Section& created, const Section& munged) {
        if (munged.is_session() || created.media.media == munged.media.media) return;
        reporter.report(Code::MG008, munged.media.media, "Firefox rejects another media type");
    });
    report_first(munging, Code::MG008, Attr::Mid, "Firefox rejects another mid", reporter);
    report_first(munging, Code::MG008, Attr::Candidate,
                 "Firefox rejects candidates that are not its own", reporter);
    report_first(munging, Code::MG008, Attr::IceLite, "Firefox rejects another ice-lite", reporter);
}

}  // namespace

std::span<const Rule> munging_rules() {
    static constexpr std::array kRules{
        Rule(Code::MG001, check_forbidden),
        Rule(Code::MG002, check_credentials),
        Rule(Code::MG003, check_transport),
        Rule({Code::MG004, Code::MG005, Code::MG006}, check_sections),
        Rule(Code::MG007, check_bandwidth),
        Rule(Code::MG008, check_firefox),
    };
    return kRules;
}

}  // namespace portolan::lint
