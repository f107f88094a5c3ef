#include <algorithm>
#include <array>
#include <bitset>
#include <tuple>
#include <vector>

#include "sdp-lint/rules/bundle_checks.hpp"
#include "sdp-lint/rules/doubles.hpp"
#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/say.hpp"

namespace portolan::lint {

namespace {

using sdp::BundleGroup;
using sdp::Codec;

constexpr std::string_view kMidUri = "urn:ietf:params:rtp-hdrext:sdes:mid";
/// RFC 8285 s4.2: 1 to 14 in one-byte headers.
constexpr std::size_t kMaxOneByteId = 14;

/// Visits the RTP sections of a group that are in use.
template <typename Visit>
void each_rtp_section(const Description& description, const BundleGroup& bundle, Visit visit) {
    for (const std::int32_t index : bundle.sections) {
        const Section& section = description.section(index);
        // A mid that is listed twice is BU005.
        if (section.media.is_rtp && !section.is_rejected()) visit(section);
    }
}

std::string name_of(const Codec& codec) {
    std::string name = std::string(codec.name) + "/" + std::to_string(codec.clock_rate_hz);
    if (codec.channels != 1) name += "/" + std::to_string(codec.channels);
    return name;
}

std::string_view place_of(const Codec& codec) {
    return codec.rtpmap != nullptr ? codec.rtpmap->encoding : codec.fmt;
}

/// BU008
void payload_types(const Description& description, const BundleGroup& bundle, Reporter& reporter) {
    std::array<const Codec*, 128> first{};
    each_rtp_section(description, bundle, [&](const Section& section) {
        for (const Codec& codec : section.codecs) {
            if (!codec.payload_type || *codec.payload_type >= first.size() || codec.name.empty()) {
                continue;
            }
            const Codec*& earlier = first[*codec.payload_type];
            if (earlier == nullptr) {
                earlier = &codec;
                continue;
            }
            if (earlier->section == codec.section) continue;
            const bool is_same_kind =
                description.section(earlier->section).media.kind == section.media.kind;
            if (is_same_kind && codec.is(earlier->name) &&
                codec.clock_rate_hz == earlier->clock_rate_hz &&
                codec.channels == earlier->channels) {
                continue;
            }
            reporter
                .report(Code::BU008, place_of(codec),
                        "payload type " + std::to_string(*codec.payload_type) + " is " +
                            quoted(name_of(codec)) + " here and " + quoted(name_of(*earlier)) +
                            " in another section of the bundle")
                .related(place_of(*earlier), "the other codec");
        }
    });
}

/// BU009
void header_extensions(const Description& description, const BundleGroup& bundle,
                       Reporter& reporter) {
    std::vector<const sdp::Extmap*> all;
    each_rtp_section(description, bundle, [&](const Section& section) {
        for (const sdp::Extmap& extmap : section.extmaps) {
            if (extmap.id.value && !extmap.uri.empty()) all.push_back(&extmap);
        }
    });
    find_doubles(
        all, [](const sdp::Extmap* extmap) { return *extmap->id.value; },
        [&](const sdp::Extmap* first, const sdp::Extmap* again) {
            if (first->section == again->section || first->uri == again->uri) return;
            reporter
                .report(Code::BU009, again->uri,
                        "identifier " + std::string(again->id.text) + " is " + quoted(first->uri) +
                            " in another section of the bundle")
                .related(first->uri, "the other extension");
        });
}

/// BU015
void sources(const Description& description, const BundleGroup& bundle, Reporter& reporter) {
    std::vector<const sdp::Ssrc*> all;
    each_rtp_section(description, bundle, [&](const Section& section) {
        for (const sdp::Ssrc& ssrc : section.ssrcs) {
            if (ssrc.id.value) all.push_back(&ssrc);
        }
    });
    // One for each source and section, the first line of it.
    const auto key = [](const sdp::Ssrc* ssrc) {
        return std::tuple(*ssrc->id.value, ssrc->attribute->section);
    };
    std::stable_sort(all.begin(), all.end(),
                     [&](const auto* a, const auto* b) { return key(a) < key(b); });
    all.erase(std::unique(all.begin(), all.end(),
                          [&](const auto* a, const auto* b) { return key(a) == key(b); }),
              all.end());
    find_doubles(
        all, [](const sdp::Ssrc* ssrc) { return *ssrc->id.value; },
        [&](const sdp::Ssrc* first, const sdp::Ssrc* again) {
            reporter
                .report(Code::BU015, again->id.text,
                        "another section of the bundle has this source too")
                .related(first->id.text, "the other section's source");
        });
}

}  // namespace

void bundle_conflicts(const Description& description, Reporter& reporter) {
    for (const BundleGroup& bundle : description.bundle_groups()) {
        if (bundle.sections.size() < 2) continue;
        payload_types(description, bundle, reporter);
        header_extensions(description, bundle, reporter);
        sources(description, bundle, reporter);
    }
}

void bundle_requirements(const Description& description, Reporter& reporter) {
    const bool is_browser = reporter.profile() == Profile::WebRtc;
    for (const BundleGroup& bundle : description.bundle_groups()) {
        std::bitset<kMaxOneByteId + 1> used_ids;
        bool all_used = false;
        for (const std::int32_t index : bundle.sections) {
            for (const sdp::Extmap& extmap : description.section(index).extmaps) {
                if (extmap.id.value && *extmap.id.value <= kMaxOneByteId) {
                    used_ids.set(*extmap.id.value);
                }
            }
        }
        std::size_t free_id = 1;
        while (free_id <= kMaxOneByteId && used_ids.test(free_id))
            ++free_id;
        all_used = free_id > kMaxOneByteId;
        each_rtp_section(description, bundle, [&](const Section& section) {
            // RFC 9143 s7.1.3 lets it stand in the tagged section alone; browsers do not.
            const bool has_mux =
                is_browser ? section.has(Attr::RtcpMux)
                           : description.find_transport(section, Attr::RtcpMux) != nullptr;
            if (!section.has(Attr::BundleOnly) && !has_mux) {
                reporter
                    .report(Code::BU013, description.head_of(section),
                            "the section is bundled, but has no a=rtcp-mux")
                    .fix("add a=rtcp-mux", append_line(description, section, "a=rtcp-mux"));
            }
            if (bundle.sections.size() < 2) return;
            const auto extmaps = description.extmaps_for(section);
            if (std::any_of(extmaps.begin(), extmaps.end(),
                            [](const sdp::Extmap& extmap) { return extmap.uri == kMidUri; })) {
                return;
            }
            Draft draft = reporter.report(Code::BU014, description.head_of(section),
                                          "no header extension carries the mid");
            if (!all_used) {
                draft.fix("add the extension", append_line(description, section,
                                                           "a=extmap:" + std::to_string(free_id) +
                                                               " " + std::string(kMidUri)));
            }
        });
    }
}

}  // namespace portolan::lint
