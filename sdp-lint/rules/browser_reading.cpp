#include "sdp-lint/rules/browser_reading.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "sdp-lint/rules/fix_guard.hpp"
#include "sdp-lint/sdp/text.hpp"

namespace portolan::lint {

namespace {

/// Whether an attribute is registered in small letters only.
bool has_other_case(const sdp::Section& section) {
    bool found = false;
    section.each(sdp::Attr::Unknown, [&](const sdp::Attribute& attribute) {
        found = found || sdp::find_attribute(sdp::lower_of(attribute.name)) != sdp::Attr::Unknown;
    });
    return found;
}

/// Whether the finding is at the mid that a bundle begins with. Firefox refuses an offer where that
/// section is disabled, and any other it overlooks.
bool is_first_of_bundle(const Finding& finding, const sdp::Description& description) {
    const auto bundles = description.bundle_groups();
    return std::any_of(bundles.begin(), bundles.end(), [&](const sdp::BundleGroup& bundle) {
        const auto mids = bundle.group->mids;
        return !mids.empty() &&
               description.document().range_of(mids.front()) == finding.place.range;
    });
}

/// Whether an a=ssrc-group line names sources by number, as Chrome's parser wants.
bool is_group_of_numbers(std::string_view line) {
    const std::size_t blank = line.find(' ');
    return blank != line.npos && blank + 1 < line.size() &&
           line.find_first_not_of("0123456789 ", blank) == line.npos;
}

/// Whether Chrome does nothing with a group of sources: it gives a group to the track that has the
/// first of its sources, counts those of FID and FEC-FR, and looks for the others in video alone.
bool is_group_overlooked(const Finding& finding, const sdp::Line& line,
                         const sdp::Section& section) {
    const auto group = std::find_if(
        section.ssrc_groups.begin(), section.ssrc_groups.end(), [&](const sdp::SsrcGroup& each) {
            return line.text.data() <= each.semantics.data() &&
                   each.semantics.data() < line.text.data() + line.text.size();
        });
    if (group == section.ssrc_groups.end() || group->ssrcs.empty()) return false;
    const bool has_track = std::any_of(
        section.ssrcs.begin(), section.ssrcs.end(),
        [&](const sdp::Ssrc& source) { return source.id.text == group->ssrcs.front(); });
    if (!has_track) return true;
    const bool is_looked_up =
        group->semantics == "FID" || group->semantics == "FEC-FR" || group->semantics == "SIM";
    return finding.code == Code::MS008 &&
           (section.media.kind != sdp::MediaKind::Video || !is_looked_up);
}

/// Whether one of the streams in the section's simulcast has an a=rid line.
bool has_known_stream(const sdp::Section& section) {
    return std::any_of(
        section.simulcasts.begin(), section.simulcasts.end(), [&](const sdp::Simulcast& simulcast) {
            return std::any_of(simulcast.streams.begin(), simulcast.streams.end(),
                               [&](const sdp::SimulcastStream& stream) {
                                   return std::any_of(
                                       section.rids.begin(), section.rids.end(),
                                       [&](const sdp::Rid& rid) { return rid.id == stream.rid; });
                               });
        });
}

/// Firefox takes blanks from the end of a line before it compares mids.
bool is_mid_with_blanks(const Finding& finding, const sdp::Description& description) {
    const auto sections = description.sections();
    return std::any_of(sections.begin(), sections.end(), [&](const sdp::Section& each) {
        return description.document().at(finding.place.range) ==
               sdp::trim(description.mid_of(each));
    });
}

/// Firefox compares the names of streams in any case.
bool is_rid_in_other_case(const Finding& finding, const sdp::Description& description,
                          const sdp::Section& section) {
    return std::any_of(section.rids.begin(), section.rids.end(), [&](const sdp::Rid& rid) {
        return sdp::equal_in_any_case(rid.id, description.document().at(finding.place.range));
    });
}

/// Chrome counts the sections without a mid from 0, and takes no heed of the mids that there are.
bool is_given_mid_taken(const sdp::Description& description, const sdp::Section& section) {
    const auto sections = description.sections();
    const auto before =
        std::count_if(sections.begin(), sections.end(), [&](const sdp::Section& each) {
            return each.index < section.index && description.mid_of(each).empty();
        });
    return description.section_with_mid(std::to_string(before)) != nullptr;
}

bool is_known_to_chrome(const sdp::Section& section) {
    const sdp::MediaLine& media = section.media;
    if (media.kind == sdp::MediaKind::Application) {
        return media.proto == "UDP/DTLS/SCTP" || media.proto == "TCP/DTLS/SCTP" ||
               media.proto == "DTLS/SCTP";
    }
    return media.kind == sdp::MediaKind::Audio || media.kind == sdp::MediaKind::Video;
}

/// Firefox wants a=rtcp-mux of the profiles with feedback only.
bool is_mux_unwanted(const Finding& finding, const sdp::Section& section) {
    return (finding.code == Code::BU013 || finding.code == Code::MX001 ||
            finding.code == Code::MX005) &&
           !section.media.is_feedback;
}

/// What Chrome says of sections of every kind.
bool is_said_of_any_kind(std::string_view message, std::string_view line) {
    if (message.starts_with("Failed to parse SessionDescription.")) {
        // It reads these lines where it knows what they are for.
        constexpr std::array<std::string_view, 4> kUnread{"a=fmtp", "a=rtcp-fb", "a=sctp-port",
                                                          "a=max-message-size"};
        return !message.ends_with("Failed to parse codecs correctly.") &&
               !message.ends_with("channels are supported.") &&
               message.find("Duplicate statically assigned payload type") == message.npos &&
               std::none_of(kUnread.begin(), kUnread.end(),
                            [&](std::string_view name) { return line.starts_with(name); });
    }
    return message.starts_with("Duplicate a=mid value") ||
           message.starts_with("The MID attribute exceeds") ||
           message.starts_with("A BUNDLE group contains a MID") ||
           message.find("has a ssrc-group with semantics") != message.npos;
}

}  // namespace

bool is_of_kind_unknown_to_chrome(const BrowserRow& row, const Finding& finding,
                                  const sdp::Line& line, const sdp::Description& description) {
    if (row.verdict != BrowserVerdict::Rejects) return false;
    const auto is_in_unknown = [&](std::int32_t section) {
        return section != sdp::kSession && !is_known_to_chrome(description.section(section));
    };
    if (is_in_unknown(line.section)) {
        // The transport of others it takes from there.
        const bool is_applied = row.message.starts_with("Failed to apply the description") &&
                                !description.is_bundled_untagged(description.section(line.section));
        return !is_applied && !is_said_of_any_kind(row.message, line.text);
    }
    // It compares the header extensions of a bundle without those of such a section.
    return row.message.find("codec collision") != row.message.npos &&
           std::any_of(finding.related.begin(), finding.related.end(), [&](const Related& other) {
               const sdp::Document& document = description.document();
               const auto index = document.line_index_at(other.place.range.begin);
               return is_in_unknown(document.lines()[index].section);
           });
}

bool is_read_otherwise(const Finding& finding, const sdp::Line& line,
                       const sdp::Description& description, Browser browser) {
    if (fix_round(finding.code) == FixRound::LineEnds) return false;
    const sdp::Section& section = description.section(line.section);
    const auto sections = description.sections();
    if (browser == Browser::Firefox) {
        // It stops reading at a line without type letter and equals sign, and takes what it has.
        const std::size_t stop = description.document().first_line_without_type();
        const auto lines = description.lines();
        if (stop < lines.size() && line.text.data() > lines[stop].text.data()) return true;
        // It ends lines at CR and NUL, and reads names in any case.
        if (description.document().has_control_byte()) return true;
        if (finding.code == Code::BU011) return is_first_of_bundle(finding, description);
        if (finding.code == Code::QK010 &&
            (std::any_of(sections.begin(), sections.end(), has_other_case) ||
             is_mid_with_blanks(finding, description))) {
            return true;
        }
        if (finding.code == Code::SI001 && is_rid_in_other_case(finding, description, section)) {
            return true;
        }
        if (is_mux_unwanted(finding, section)) return true;
        return finding.code != Code::SY016 && finding.code != Code::ME005 &&
               (has_other_case(section) || has_other_case(description.session()));
    }
    if (browser != Browser::Chrome) return false;
    if (line.text.find_first_of(std::string_view("\0\r", 2)) != std::string_view::npos) return true;
    // It gives a mid to a section that has none, which may be the one that is named.
    if (finding.code == Code::BU004 || finding.code == Code::QK010) {
        return std::any_of(sections.begin(), sections.end(), [&](const sdp::Section& each) {
            return description.mid_of(each).empty();
        });
    }
    if (finding.code == Code::BU001 ||
        (finding.code == Code::SY014 && line.text.starts_with("a=mid:"))) {
        return !is_given_mid_taken(description, section);
    }
    if (finding.code == Code::MS008 || finding.code == Code::MS009) {
        return is_group_of_numbers(line.text) && is_group_overlooked(finding, line, section);
    }
    // It minds a=sctp-port below an m= line of the drafts, and nothing else there.
    if (finding.code == Code::SC001) return !section.has(sdp::Attr::SctpPort);
    // Streams that no a=rid describes it takes out of the lists; what is left may be no simulcast.
    return finding.code == Code::SI011 && !has_known_stream(section);
}

}  // namespace portolan::lint
