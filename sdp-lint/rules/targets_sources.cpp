// What libwebrtc counts in the sections of a description. Measured with groups, tracks and mids of
// every kind; the comments say what it was seen to do.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "sdp-lint/rules/doubles.hpp"
#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/targets_checks.hpp"

namespace portolan::lint {

namespace {

using sdp::SsrcGroup;

/// A group that begins with a source that has a=ssrc lines; others it leaves out.
struct TrackGroup {
    const SsrcGroup* group;
    std::uint64_t first;

    std::string_view semantics() const { return group->semantics; }
};

std::vector<TrackGroup> groups_of_tracks(const Section& section) {
    std::vector<std::uint64_t> described;
    for (const sdp::Ssrc& source : section.ssrcs) {
        if (source.id.value) described.push_back(*source.id.value);
    }
    std::sort(described.begin(), described.end());
    std::vector<TrackGroup> out;
    for (const SsrcGroup& group : section.ssrc_groups) {
        if (group.ssrcs.empty()) continue;
        const auto first = sdp::parse_number(group.ssrcs.front());
        if (first && std::binary_search(described.begin(), described.end(), *first))
            out.push_back({&group, *first});
    }
    return out;
}

/// Streams of a simulcast have repair sources of one kind all or none.
void check_repair_of_simulcast(const std::vector<TrackGroup>& groups, std::string_view semantics,
                               Reporter& reporter) {
    const auto simulcast = std::find_if(groups.begin(), groups.end(), [](const TrackGroup& each) {
        return each.semantics() == "SIM";
    });
    if (simulcast == groups.end()) return;
    std::vector<std::uint64_t> repaired;
    for (const TrackGroup& each : groups) {
        if (each.semantics() == semantics) repaired.push_back(each.first);
    }
    std::sort(repaired.begin(), repaired.end());
    std::size_t count = 0;
    std::string_view lacking;
    for (const std::string_view source : simulcast->group->ssrcs) {
        const auto value = sdp::parse_number(source);
        if (value && std::binary_search(repaired.begin(), repaired.end(), *value)) {
            ++count;
        } else if (lacking.empty()) {
            lacking = source;
        }
    }
    if (count == 0 || lacking.empty()) return;
    reporter.report(Code::QK019, lacking,
                    text("source ", lacking, " of the simulcast has no ", semantics,
                         " group, and others have one"));
}

}  // namespace

void check_given_mids(const Description& description, Reporter& reporter) {
    std::size_t count = 0;
    for (const Section& section : description.sections()) {
        if (!description.mid_of(section).empty()) continue;
        const std::string given = std::to_string(count++);
        // Of others BU001 and SY014 tell.
        if (!section.is_rejected()) continue;
        const Section* const other = description.section_with_mid(given);
        if (other == nullptr) continue;
        reporter
            .report(Code::QK018, description.head_of(section),
                    text("the section has no mid; Chrome gives it ", quoted(given),
                         ", which another one has"))
            .related(description.head_of(*other), "the section with that mid");
    }
}

void check_source_groups(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        if (section.media.kind != sdp::MediaKind::Video || section.is_rejected()) continue;
        if (section.ssrc_groups.size() < 2) continue;
        const std::vector<TrackGroup> groups = groups_of_tracks(section);
        struct Name {
            std::uint64_t first;
            std::string_view semantics;
            auto operator<=>(const Name&) const = default;
        };
        find_doubles(
            groups,
            [](const TrackGroup& each) {
                return Name{each.first, each.semantics()};
            },
            [&](const TrackGroup& first, const TrackGroup& again) {
                reporter
                    .report(Code::QK019, again.group->ssrcs.front(),
                            text("source ", again.group->ssrcs.front(), " begins a second group ",
                                 again.semantics()))
                    .related(first.group->ssrcs.front(), "the first one");
            });
        for (const std::string_view semantics : {"FID", "FEC-FR"})
            check_repair_of_simulcast(groups, semantics, reporter);
    }
}

void check_source_tracks(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        if (!section.msids.empty() || (section.media.kind != sdp::MediaKind::Audio &&
                                       section.media.kind != sdp::MediaKind::Video)) {
            continue;
        }
        // The last a=ssrc line with an msid counts; a source without one has a track of no name.
        struct Source {
            std::uint64_t number;
            std::string_view id, track;
        };
        std::vector<Source> sources;
        for (const sdp::Ssrc& ssrc : section.ssrcs) {
            if (!ssrc.id.value) continue;
            std::string_view track;
            if (ssrc.name == "msid") {
                sdp::Cursor cursor(ssrc.value);
                cursor.word();
                track = cursor.word();
            }
            sources.push_back({*ssrc.id.value, ssrc.id.text, track});
        }
        std::stable_sort(sources.begin(), sources.end(),
                         [](const Source& a, const Source& b) { return a.number < b.number; });
        std::vector<Source> lasts;
        for (const Source& each : sources) {
            if (lasts.empty() || lasts.back().number != each.number) {
                lasts.push_back(each);
            } else if (!each.track.empty()) {
                lasts.back().track = each.track;
            }
        }
        std::sort(lasts.begin(), lasts.end(),
                  [](const Source& a, const Source& b) { return a.id.data() < b.id.data(); });
        const auto other = std::find_if(lasts.begin(), lasts.end(), [&](const Source& each) {
            return each.track != lasts.front().track;
        });
        if (other == lasts.end()) continue;
        const auto named = [](std::string_view track) {
            return track.empty() ? std::string("no track") : text("track ", quoted(track));
        };
        reporter
            .report(Code::QK020, other->id,
                    text("source ", other->id, " has ", named(other->track), ", and source ",
                         lasts.front().id, " has ", named(lasts.front().track)))
            .related(lasts.front().id, "the first source");
    }
}

}  // namespace portolan::lint
