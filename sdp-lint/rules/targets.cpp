// Quirks of one endpoint each, where the standards say otherwise.
#include <algorithm>
#include <array>
#include <string>

#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/h264.hpp"
#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/registry.hpp"
#include "sdp-lint/rules/targets_checks.hpp"
#include "sdp-lint/rules/usage.hpp"

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

/// QK007: what one byte of a one-byte header cannot hold, where EX009 has nothing to say of it.
void check_extension_ids(const Description& description, Reporter& reporter) {
    // RFC 8285 s4.3: 256 is the last; 15 is EX002's, whatever else is allowed.
    constexpr std::uint64_t kFirstTwoByteId = 16;
    constexpr std::uint64_t kLastTwoByteId = 256;
    // RFC 8285 s7: of offers that have more than they could number.
    constexpr std::uint64_t kFirstToBeChosen = 4096;
    constexpr std::uint64_t kLastToBeChosen = 4351;
    const bool all_mixed = description.session().has(Attr::ExtmapAllowMixed);
    for (const sdp::Extmap& extmap : description.extmaps()) {
        const auto id = extmap.id.value;
        if (!id) continue;
        if (*id >= kFirstToBeChosen && *id <= kLastToBeChosen) {
            reporter.report(Code::QK007, extmap.id.text,
                            text("ID ", extmap.id.text, " is for the answer to choose"));
            continue;
        }
        if (*id < kFirstTwoByteId || *id > kLastTwoByteId) continue;
        if (!all_mixed && !description.section(extmap.section).has(Attr::ExtmapAllowMixed))
            continue;
        reporter.report(Code::QK007, extmap.id.text,
                        text("ID ", extmap.id.text, " needs two-byte headers"));
    }
}

/// QK008, QK010
void check_first_of_bundle(const Description& description, Reporter& reporter) {
    for (const sdp::BundleGroup& bundle : description.bundle_groups()) {
        if (bundle.group->mids.empty()) continue;
        const std::string_view mid = bundle.group->mids.front();
        const Section* const section = description.section_with_mid(mid);
        if (section == nullptr) {
            reporter.report(Code::QK010, mid,
                            text("the group begins with ", quoted(mid), ", which no section has"));
            continue;
        }
        if (!section->is_rejected()) continue;
        reporter
            .report(Code::QK008, mid,
                    text("the group begins with section ", quoted(mid), ", which has port 0"))
            .related(section->media.port.text, "the section's port");
    }
}

/// QK009: of audio; of video it takes as many as there are.
void check_audio_sources(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        if (section.media.kind != sdp::MediaKind::Audio || section.is_rejected()) continue;
        const auto other =
            std::find_if(section.ssrcs.begin(), section.ssrcs.end(), [&](const sdp::Ssrc& ssrc) {
                return ssrc.id.value && ssrc.id.value != section.ssrcs.front().id.value;
            });
        if (other == section.ssrcs.end()) continue;
        reporter
            .report(Code::QK009, other->id.text,
                    text("source ", other->id.text, " is a second one in a section with audio"))
            .related(section.ssrcs.front().id.text, "the first one");
    }
}

/// QK011
void check_message_size(const Description& description, Reporter& reporter) {
    constexpr std::uint64_t kMost = 0x7FFFFFFF;
    for (const Section& section : description.sections()) {
        const sdp::Attribute* size = section.find(Attr::MaxMessageSize);
        if (size == nullptr || !sdp::is_digits(size->value)) continue;
        const auto value = sdp::parse_number(size->value);
        if (!value || *value <= kMost) continue;
        reporter.report(Code::QK011, size->value,
                        text("max-message-size ", size->value, " is more than 2147483647"));
    }
}

/// QK013, QK014, QK016, QK017: where the offer stands alone, a section that shares the transport of
/// another one has its lines too, in case that the answer parts them (RFC 8829 s5.2.1). Later
/// offers may leave them out (RFC 9143 s7.1.3), which browsers do not.
void check_bundled_transport(const Description& description, Reporter& reporter) {
    if (description.kind() != sdp::DescriptionKind::Offer) return;
    const auto find = [&](const Section& section, Attr attribute) {
        const sdp::Attribute* const own = section.find(attribute);
        return own != nullptr ? own : description.session().find(attribute);
    };
    for (const Section& section : description.sections()) {
        if (section.is_rejected() || is_bundle_only(section)) continue;
        if (!description.is_bundled_untagged(section)) continue;
        const std::string_view head = description.head_of(section);
        const sdp::Attribute* const ufrag = find(section, Attr::IceUfrag);
        const sdp::Attribute* const pwd = find(section, Attr::IcePwd);
        if (ufrag == nullptr && pwd == nullptr) {
            reporter.report(Code::QK013, head,
                            "the bundled section has neither a=ice-ufrag nor a=ice-pwd");
        } else if (ufrag == nullptr || pwd == nullptr) {
            const sdp::Attribute& there = ufrag != nullptr ? *ufrag : *pwd;
            reporter.report(Code::QK014, description.line_of(there).text,
                            text("the bundled section has a=", there.name,
                                 " and no a=", ufrag != nullptr ? "ice-pwd" : "ice-ufrag"));
        }
        if (find(section, Attr::Fingerprint) == nullptr) {
            reporter.report(Code::QK016, head, "the bundled section has no a=fingerprint");
        }
        if (find(section, Attr::Setup) == nullptr) {
            reporter.report(Code::QK017, head, "the bundled section has no a=setup");
        }
    }
}

/// QK015
void check_applications(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        const sdp::MediaLine& media = section.media;
        const bool is_sctp = media.is_sctp && media.proto != "SCTP/DTLS";
        if (media.kind != sdp::MediaKind::Application || is_sctp || media.is_rtp) continue;
        reporter.report(Code::QK015, media.proto,
                        text("an application over ", quoted(media.proto),
                             ", of which Firefox does not know what a port is"));
    }
}

bool has_capitals(std::string_view word) {
    return std::any_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// QK012
void check_candidate_case(const Description& description, Reporter& reporter) {
    for (const sdp::Candidate& candidate : description.candidates()) {
        if (candidate.type_value == sdp::CandidateType::Unknown ||
            !sdp::equal_in_any_case(candidate.typ, "typ")) {
            continue;
        }
        for (const std::string_view word : {candidate.typ, candidate.type}) {
            if (!has_capitals(word)) continue;
            const std::string small = sdp::lower_of(word);
            reporter
                .report(Code::QK012, word,
                        text(quoted(word), " has capital letters, which libwebrtc does not read"))
                .fix("write " + small, replace(word, small));
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
        Rule(Code::QK007, check_extension_ids),
        Rule({Code::QK008, Code::QK010}, check_first_of_bundle),
        Rule(Code::QK009, check_audio_sources),
        Rule(Code::QK011, check_message_size),
        Rule(Code::QK012, check_candidate_case),
        Rule({Code::QK013, Code::QK014, Code::QK016, Code::QK017}, check_bundled_transport),
        Rule(Code::QK015, check_applications),
        Rule(Code::QK018, check_given_mids),
        Rule(Code::QK019, check_source_groups),
        Rule(Code::QK020, check_source_tracks),
    };
    return kRules;
}

}  // namespace portolan::lint
