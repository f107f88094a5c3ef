// Quirks of one endpoint each, where the standards say otherwise.
#include <array>

#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/h264.hpp"
#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/registry.hpp"

namespace portolan::lint {

namespace {

/// QK006: 5.2, which some answerers do not have.
constexpr std::uint8_t kHighLevel = 52;

void check_session_fingerprints(const Description& description, Reporter& reporter) {
    const auto fingerprints = description.session().fingerprints;
    for (std::size_t i = 1; i < fingerprints.size(); ++i) {
        reporter
            .report(Code::QK001, description.line_of(*fingerprints[i].attribute).text,
                    "a second fingerprint at session level, which libwebrtc refuses")
            .related(description.line_of(*fingerprints[0].attribute).text, "the first one");
    }
}

void check_tracks(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        for (const sdp::Msid& msid : section.msids) {
            if (msid.id.empty() || !msid.appdata.empty()) continue;
            reporter.report(Code::QK002, msid.id,
                            "an msid without track, which old versions of Chrome refuse");
        }
    }
}

void check_connections(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        if (!section.is_rejected() || description.connection_for(section) != nullptr) continue;
        reporter
            .report(Code::QK003, description.head_of(section),
                    "a rejected section without c= line, which Firefox refuses")
            .fix("add c=IN IP4 0.0.0.0",
                 insert_line_after(description, description.media_line(section),
                                   "c=IN IP4 0.0.0.0"));
    }
}

void check_mixed(const Description& description, Reporter& reporter) {
    const sdp::Attribute* mixed = description.session().find(Attr::ExtmapAllowMixed);
    if (mixed == nullptr) return;
    reporter.report(Code::QK004, description.line_of(*mixed).text,
                    "extmap-allow-mixed breaks connections with Safari 12 and Chrome below 71");
}

void check_order(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        if (section.rids.empty() || section.ssrcs.empty()) continue;
        const sdp::Attribute& ssrc = *section.ssrcs.front().attribute;
        const sdp::Attribute& rid = *section.rids.front().attribute;
        if (rid.line < ssrc.line) continue;
        reporter
            .report(Code::QK005, description.line_of(rid).text,
                    "a=rid behind a=ssrc, which old versions of Janus overlook")
            .related(description.line_of(ssrc).text, "the first source");
    }
}

void check_levels(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        for (const sdp::Codec& codec : section.codecs) {
            if (!codec.is("H264")) continue;
            const sdp::FormatParameter* parameter = codec.parameter("profile-level-id");
            const auto format = h264_format_of(codec);
            if (parameter == nullptr || !format || format->level_idc < kHighLevel ||
                !is_h264_level(format->level_idc)) {
                continue;
            }
            reporter.report(Code::QK006, parameter->value,
                            text("the level of ", quoted(parameter->value),
                                 " is more than some answerers take"));
        }
    }
}

}  // namespace

std::span<const Rule> target_rules() {
    static constexpr std::array kRules{
        Rule(Code::QK001, check_session_fingerprints),
        Rule(Code::QK002, check_tracks),
        Rule(Code::QK003, check_connections),
        Rule(Code::QK004, check_mixed),
        Rule(Code::QK005, check_order),
        Rule(Code::QK006, check_levels),
    };
    return kRules;
}

}  // namespace portolan::lint
