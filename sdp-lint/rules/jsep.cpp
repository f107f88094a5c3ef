#include <algorithm>
#include <array>
#include <vector>

#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/registry.hpp"
#include "sdp-lint/rules/say.hpp"
#include "sdp-lint/rules/usage.hpp"

namespace portolan::lint {

namespace {

using sdp::Attribute;
using sdp::BundleCategory;
using sdp::MediaKind;
using sdp::StreamDirection;

constexpr std::size_t kShortIdentifierBytes = 3;
constexpr std::size_t kMaxIdentifierBytes = 16;

/// Whether a=setup is about DTLS there. Over TCP alone an offer may say who connects (RFC 4145 s4).
bool is_setup_of_dtls(const Description& description, const Section& section, Profile profile) {
    if (is_webrtc(profile)) return true;
    if (!section.is_session()) return section.media.is_dtls;
    const auto sections = description.sections();
    return std::any_of(sections.begin(), sections.end(),
                       [](const Section& each) { return each.media.is_dtls; });
}

/// JS001: only for what is known to be an offer; the value itself is what others are told by.
void offer_setup(const Description& description, Reporter& reporter) {
    if (description.kind() != sdp::DescriptionKind::Offer) return;
    const auto check = [&](const Section& section) {
        if (section.is_rejected()) return;
        if (!is_setup_of_dtls(description, section, reporter.profile())) return;
        section.each(Attr::Setup, [&](const Attribute& attribute) {
            if (attribute.value != "active" && attribute.value != "passive") return;
            reporter
                .report(Code::JS001, attribute.value,
                        "an offer says " + quoted(attribute.value) + " instead of 'actpass'")
                .fix("write actpass", replace(attribute.value, "actpass"));
        });
    };
    check(description.session());
    for (const Section& section : description.sections())
        check(section);
}

bool has_word(std::string_view text, std::string_view wanted) {
    for (const std::string_view word : sdp::words(text)) {
        if (word == wanted) return true;
    }
    return false;
}

/// JS002
void ice_options(const Description& description, Reporter& reporter) {
    if (!is_offer_like(description) || description.sections().empty()) return;
    bool found = false;
    const auto check = [&](const Section& section) {
        section.each(Attr::IceOptions, [&](const Attribute& attribute) {
            found = true;
            std::string missing;
            for (const std::string_view option : {"trickle", "ice2"}) {
                if (!has_word(attribute.value, option)) missing += " " + std::string(option);
            }
            if (missing.empty() || sdp::trim(attribute.value).empty()) return;
            reporter.report(Code::JS002, attribute.value, "the options lack" + missing)
                .fix("add" + missing, insert_after(attribute.value, missing));
        });
    };
    check(description.session());
    for (const Section& section : description.sections())
        check(section);
    if (found) return;
    reporter
        .report(Code::JS002, description.head_of(description.session()),
                "there is no a=ice-options line")
        .fix("add a=ice-options:trickle ice2",
             append_line(description, description.session(), "a=ice-options:trickle ice2"));
}

/// JS003
void tls_id(const Description& description, Reporter& reporter) {
    if (!is_offer_like(description)) return;
    for (const Section& section : description.sections()) {
        if (!needs_dtls(section, reporter.profile()) || section.has(Attr::BundleOnly) ||
            description.is_bundled_untagged(section) ||
            description.find_effective(section, Attr::TlsId) != nullptr) {
            continue;
        }
        reporter.report(Code::JS003, description.head_of(section),
                        "the offer has no a=tls-id for this section");
    }
}

/// JS004
void default_destination(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        const auto port = section.media.port.value;
        if (!needs_ice(description, section, reporter.profile()) || !port || *port == 0 ||
            *port == 9 || *port > 65535 || !section.candidates.empty() ||
            // The port of the tagged section, by RFC 9143 s7.3.
            description.is_bundled_untagged(section) ||
            description.find_transport(section, Attr::IceUfrag) == nullptr) {
            continue;
        }
        reporter
            .report(
                Code::JS004, section.media.port.text,
                "port " + quoted(section.media.port.text) + " although there is no candidate yet")
            .fix("write port 9", replace(section.media.port.text, "9"));
    }
}

/// JS005, JS006
void common_codecs(const Description& description, Reporter& reporter) {
    if (!is_offer_like(description)) return;
    for (const Section& section : description.sections()) {
        if (!section.media.is_rtp || section.is_rejected() || section.codecs.empty()) continue;
        if (section.media.kind == MediaKind::Audio && section.codec_named("opus") == nullptr &&
            section.codec_named("PCMU") == nullptr && section.codec_named("PCMA") == nullptr) {
            reporter.report(Code::JS005, section.media.formats,
                            "neither Opus nor PCMU nor PCMA is offered");
        }
        if (section.media.kind == MediaKind::Video && section.codec_named("VP8") == nullptr &&
            section.codec_named("H264") == nullptr) {
            reporter.report(Code::JS006, section.media.formats, "neither VP8 nor H.264 is offered");
        }
    }
}

/// JS007, JS008
void bundle_attributes(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        if (!description.is_bundled(section)) continue;
        const bool has_no_transport = is_bundle_only(section);
        // RFC 9143 s7.1.3: in an initial offer the others MUST have them, in an answer MUST NOT.
        const bool is_answered = is_answer_like(description) && !section.is_rejected() &&
                                 description.is_bundled_untagged(section);
        if (!has_no_transport && !is_answered) continue;
        // BU012: it is the order of the group that is wrong, and these lines are all there is of a
        // transport.
        if (has_no_transport && description.bundle_of(section)->tagged == section.index) continue;
        for (const Attribute& attribute : section.attributes) {
            if (attribute.id == Attr::Unknown) continue;
            const BundleCategory category = sdp::row_of(attribute.id).category;
            const bool is_transport = category == BundleCategory::Transport;
            if (has_no_transport ? !is_transport
                                 : !is_transport && category != BundleCategory::Identical) {
                continue;
            }
            reporter
                .report(has_no_transport ? Code::JS008 : Code::JS007, attribute.name,
                        quoted(attribute.name) + " in a section that " +
                            (has_no_transport ? "is bundle-only" : "is not the tagged one"))
                .fix("remove the line", erase_line(description, attribute));
        }
    }
}

std::vector<std::string> fingerprint_set(std::span<const sdp::Fingerprint> fingerprints) {
    std::vector<std::string> set;
    set.reserve(fingerprints.size());
    for (const sdp::Fingerprint& fingerprint : fingerprints) {
        set.push_back(sdp::lower_of(text(fingerprint.hash, " ", fingerprint.digest)));
    }
    std::sort(set.begin(), set.end());
    set.erase(std::unique(set.begin(), set.end()), set.end());
    return set;
}

bool is_same(const sdp::Fingerprint& a, const sdp::Fingerprint& b) {
    return a.hash == b.hash && a.digest == b.digest;
}

/// JS009
void same_fingerprints(const Description& description, Reporter& reporter) {
    std::span<const sdp::Fingerprint> first;
    std::vector<std::string> first_set;
    std::int32_t first_index = 0;
    for (const Section& section : description.sections()) {
        if (section.is_rejected() || !section.media.is_dtls) continue;
        const auto own = section.fingerprints.empty() ? description.session().fingerprints
                                                      : section.fingerprints;
        if (own.empty() || own.data() == first.data()) continue;
        if (first.empty()) {
            first = own;
            first_index = section.index;
            continue;
        }
        if (own.size() == 1 && first.size() == 1 && is_same(own.front(), first.front())) continue;
        if (first_set.empty()) first_set = fingerprint_set(first);
        if (fingerprint_set(own) == first_set) continue;
        reporter
            .report(Code::JS009, own.front().attribute->value,
                    "not the fingerprints of section " + std::to_string(first_index))
            .related(first.front().attribute->value, "the other fingerprint");
    }
}

bool sends(StreamDirection direction) {
    return direction == StreamDirection::SendReceive || direction == StreamDirection::SendOnly;
}

/// JS010, JS011
void stream_ids(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        if (!section.media.is_rtp || section.is_rejected()) continue;
        const StreamDirection direction = description.direction_of(section);
        if (sends(direction)) {
            // a=ssrc:N msid: is what came before a=msid.
            const bool has_old_kind =
                std::any_of(section.ssrcs.begin(), section.ssrcs.end(),
                            [](const sdp::Ssrc& ssrc) { return ssrc.name == "msid"; });
            if (section.has(Attr::Msid) || has_old_kind) continue;
            reporter.report(Code::JS010, description.head_of(section),
                            "the section sends, but has no a=msid");
        } else if (section.has(Attr::Msid) && is_offer_like(description)) {
            reporter.report(Code::JS011, section.find(Attr::Msid)->name,
                            "the section does not send, but has a=msid");
        }
    }
}

/// JS012
void bundle_group(const Description& description, Reporter& reporter) {
    if (!is_offer_like(description) || !description.bundle_groups().empty()) return;
    std::size_t used_count = 0;
    bool all_have_mids = true;
    std::string group = "a=group:BUNDLE";
    for (const Section& section : description.sections()) {
        if (section.is_rejected()) continue;
        ++used_count;
        const std::string_view mid = description.mid_of(section);
        all_have_mids = all_have_mids && sdp::is_token(mid);
        group += " " + std::string(mid);
    }
    if (used_count < 2) return;
    Draft draft = reporter.report(Code::JS012, description.head_of(description.session()),
                                  std::to_string(used_count) + " sections and no BUNDLE group");
    const auto groups = description.groups();
    const bool is_misspelt = std::any_of(groups.begin(), groups.end(), [](const sdp::Group& each) {
        return sdp::equal_in_any_case(each.semantics, "BUNDLE");  // BU016
    });
    if (all_have_mids && !is_misspelt) {
        draft.fix("bundle all sections", append_line(description, description.session(), group));
    }
}

/// JS013
void identifier_lengths(const Description& description, Reporter& reporter) {
    const auto check = [&](std::string_view identifier, std::string_view kind) {
        // Even longer ones are BU003 and SI007.
        if (identifier.size() <= kShortIdentifierBytes || identifier.size() > kMaxIdentifierBytes) {
            return;
        }
        reporter.report(Code::JS013, identifier,
                        "this " + std::string(kind) + " has " + std::to_string(identifier.size()) +
                            " bytes; 3 fit into one word");
    };
    for (const Section& section : description.sections()) {
        check(description.mid_of(section), "mid");
        for (const sdp::Rid& rid : section.rids)
            check(rid.id, "rid");
    }
}

}  // namespace

std::span<const Rule> jsep_rules() {
    static constexpr std::array kRules{
        Rule(Code::JS001, offer_setup),
        Rule(Code::JS002, ice_options),
        Rule(Code::JS003, tls_id),
        Rule(Code::JS004, default_destination),
        Rule({Code::JS005, Code::JS006}, common_codecs),
        Rule({Code::JS007, Code::JS008}, bundle_attributes),
        Rule(Code::JS009, same_fingerprints),
        Rule({Code::JS010, Code::JS011}, stream_ids),
        Rule(Code::JS012, bundle_group),
        Rule(Code::JS013, identifier_lengths),
    };
    return kRules;
}

}  // namespace portolan::lint
