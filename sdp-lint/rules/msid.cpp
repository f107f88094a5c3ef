#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "sdp-lint/rules/doubles.hpp"
#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/registry.hpp"

namespace portolan::lint {

namespace {

using sdp::Msid;
using sdp::Ssrc;
using sdp::SsrcGroup;

constexpr std::size_t kMaxMsidBytes = 64;  // RFC 8830 s2

void check_part(std::string_view part, Reporter& reporter) {
    if (part.size() > kMaxMsidBytes) {
        reporter.report(
            Code::MS002, part,
            text("an msid part of ", std::to_string(part.size()), " characters; 64 is the most"));
    } else if (!sdp::is_token(part)) {
        reporter.report(Code::MS002, part, text(quoted(part), " is not a token"));
    }
}

void check_msids(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        std::optional<std::string_view> track;
        for (const Msid& msid : section.msids) {
            if (msid.id.empty()) {
                reporter.report(Code::MS001, description.line_of(*msid.attribute).text,
                                "the msid is empty");
                continue;
            }
            check_part(msid.id, reporter);
            if (!msid.appdata.empty()) check_part(msid.appdata, reporter);
            if (msid.field_count > 2) {
                const std::string_view rest = sdp::trim(msid.attribute->value);
                reporter.report(Code::MS002, rest, "an msid has two parts at most");
            }
            if (track && !msid.appdata.empty() && *track != msid.appdata) {
                reporter
                    .report(Code::MS004, msid.appdata,
                            text("track ", quoted(msid.appdata), " differs from ", quoted(*track)))
                    .related(*track, "the track of the section");
            }
            if (!track && !msid.appdata.empty()) track = msid.appdata;
        }
        struct Name {
            std::string_view id, appdata;
            auto operator<=>(const Name&) const = default;
        };
        find_doubles(
            section.msids,
            [](const Msid& msid) {
                return Name{msid.id, msid.appdata};
            },
            [&](const Msid& first, const Msid& again) {
                if (again.id.empty()) return;
                reporter
                    .report(Code::MS003, description.line_of(*again.attribute).text,
                            "the same stream and track once more")
                    .related(description.line_of(*first.attribute).text, "the first time")
                    .fix("remove the second line", erase_line(description, *again.attribute));
            });
    }
}

/// MS014
void msids_of_other_sections(const Description& description, Reporter& reporter) {
    std::vector<const Msid*> all;
    for (const Section& section : description.sections()) {
        if (section.is_rejected()) continue;
        for (const Msid& msid : section.msids) {
            if (!msid.id.empty() && !msid.appdata.empty()) all.push_back(&msid);
        }
    }
    using Name = std::pair<std::string_view, std::string_view>;
    find_doubles(
        all,
        [](const Msid* msid) {
            return Name{msid->id, msid->appdata};
        },
        [&](const Msid* first, const Msid* again) {
            if (first->attribute->section == again->attribute->section) return;
            reporter
                .report(Code::MS014, description.line_of(*again->attribute).text,
                        "the stream and track of another section")
                .related(description.line_of(*first->attribute).text, "the other section's");
        });
}

bool is_ssrc(const sdp::Number& number) {
    return number.value && *number.value <= std::numeric_limits<std::uint32_t>::max();
}

/// The lines of one section's sources, by source and then in order.
class Sources {
  public:
    explicit Sources(const Section& section) {
        lines_.reserve(section.ssrcs.size());
        for (const Ssrc& ssrc : section.ssrcs)
            lines_.push_back(&ssrc);
        std::sort(lines_.begin(), lines_.end(), [](const Ssrc* a, const Ssrc* b) {
            const int order = a->id.text.compare(b->id.text);
            return order != 0 ? order < 0 : a < b;
        });
    }
    std::span<const Ssrc* const> of(std::string_view id) const {
        const auto [first, last] = std::equal_range(lines_.begin(), lines_.end(), id, Less{});
        return {first, last};
    }
    const Ssrc* attribute_of(std::string_view id, std::string_view name) const {
        for (const Ssrc* line : of(id)) {
            if (line->name == name) return line;
        }
        return nullptr;
    }
    /// The first line of each source.
    std::vector<const Ssrc*> firsts() const {
        std::vector<const Ssrc*> out;
        for (const Ssrc* line : lines_) {
            if (out.empty() || out.back()->id.text != line->id.text) out.push_back(line);
        }
        return out;
    }

  private:
    struct Less {
        bool operator()(const Ssrc* a, std::string_view b) const { return a->id.text < b; }
        bool operator()(std::string_view a, const Ssrc* b) const { return a < b->id.text; }
    };
    std::vector<const Ssrc*> lines_;
};

void check_ssrc_lines(const Section& section, Reporter& reporter) {
    for (const Ssrc& ssrc : section.ssrcs) {
        if (!is_ssrc(ssrc.id)) {
            reporter.report(Code::MS006, ssrc.id.text.empty() ? ssrc.attribute->name : ssrc.id.text,
                            text(quoted(ssrc.id.text), " is not a number of 32 bits"));
        } else if (ssrc.name.empty()) {
            reporter.report(Code::MS005, ssrc.id.text,
                            text("nothing is said about source ", ssrc.id.text));
        } else if (!ssrc.has_value) {
            // RFC 5576 s4.1 would allow an attribute without one, and none is registered.
            reporter.report(Code::MS005, ssrc.name,
                            text(quoted(ssrc.name), " has no colon and value"));
        }
    }
}

void check_cnames(const Section& section, const Sources& sources, Reporter& reporter) {
    for (const Ssrc* first : sources.firsts()) {
        // A bare line is MS005's, and says no more.
        if (!is_ssrc(first->id)) continue;
        const auto lines = sources.of(first->id.text);
        const bool is_bare = std::all_of(lines.begin(), lines.end(),
                                         [](const Ssrc* line) { return line->name.empty(); });
        if (is_bare || sources.attribute_of(first->id.text, "cname") != nullptr) continue;
        reporter.report(Code::MS007, first->id.text,
                        text("source ", first->id.text, " has no cname"));
    }
    for (const SsrcGroup& group : section.ssrc_groups) {
        if (group.semantics != "FID" || group.ssrcs.size() != 2) continue;
        const Ssrc* primary = sources.attribute_of(group.ssrcs[0], "cname");
        const Ssrc* repair = sources.attribute_of(group.ssrcs[1], "cname");
        if (primary == nullptr || repair == nullptr || primary->value == repair->value) continue;
        reporter
            .report(Code::MS010, repair->value,
                    text("cname ", quoted(repair->value), " differs from ", quoted(primary->value),
                         " of the source that it repairs"))
            .related(primary->value, "the cname of the source");
    }
}

void check_groups(const Section& section, const Sources& sources, Reporter& reporter) {
    for (const SsrcGroup& group : section.ssrc_groups) {
        for (const std::string_view ssrc : group.ssrcs) {
            if (!sources.of(ssrc).empty()) continue;
            reporter.report(Code::MS008, ssrc,
                            text("no a=ssrc line of the section describes ", quoted(ssrc)));
        }
        const bool is_pair = group.semantics == "FID" || group.semantics == "FEC-FR";
        if (is_pair && group.ssrcs.size() != 2) {
            reporter.report(Code::MS009, sdp::trim(group.attribute->value),
                            text("a group ", group.semantics, " has two sources, not ",
                                 std::to_string(group.ssrcs.size())));
        }
    }
}

/// MS015
void check_repeated_sources(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        for (const SsrcGroup& group : section.ssrc_groups) {
            find_doubles(
                group.ssrcs, [](std::string_view ssrc) { return ssrc; },
                [&](std::string_view first, std::string_view again) {
                    reporter.report(Code::MS015, again, text(again, " is in the group twice"))
                        .related(first, "the first time");
                });
        }
    }
}

/// MS011: retransmission is negotiated, and which source repairs which is left open.
void check_pairing(const Description& description, const Section& section, const Sources& sources,
                   Reporter& reporter) {
    if (section.codec_named("rtx") == nullptr || section.has(Attr::Rid)) return;
    const sdp::StreamDirection direction = description.direction_of(section);
    if (direction == sdp::StreamDirection::ReceiveOnly ||
        direction == sdp::StreamDirection::Inactive || section.is_rejected()) {
        return;
    }
    for (const SsrcGroup& group : section.ssrc_groups) {
        if (group.semantics == "FID") return;
    }
    if (sources.firsts().size() < 2) return;
    const Ssrc& first = section.ssrcs.front();
    reporter.report(Code::MS011, first.id.text,
                    "no FID group says which of the sources is the retransmission");
}

/// MS012: the tracks that a=ssrc lines name; MS004: one track, but another one than a=msid's.
void check_tracks(const Section& section, Reporter& reporter) {
    std::optional<std::string_view> track;
    for (const Ssrc& ssrc : section.ssrcs) {
        if (ssrc.name != "msid") continue;
        sdp::Cursor cursor(ssrc.value);
        cursor.word();
        const std::string_view id = cursor.word();
        if (id.empty()) continue;
        if (track && *track != id) {
            reporter
                .report(Code::MS012, sdp::trim(ssrc.value),
                        text("a second track, ", quoted(id), ", in one section"))
                .related(*track, "the first track");
            return;
        }
        track = id;
    }
    if (!track) return;
    const auto has_track = [](const Msid& msid) { return !msid.appdata.empty(); };
    const auto msid = std::find_if(section.msids.begin(), section.msids.end(), has_track);
    if (msid == section.msids.end() || msid->appdata == *track) return;
    reporter
        .report(Code::MS004, *track,
                text("track ", quoted(*track), " differs from ", quoted(msid->appdata)))
        .related(msid->appdata, "the track of the section");
}

void check_sources(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        if (section.ssrcs.empty() && section.ssrc_groups.empty()) continue;
        const Sources sources(section);
        check_ssrc_lines(section, reporter);
        check_cnames(section, sources, reporter);
        check_groups(section, sources, reporter);
        check_pairing(description, section, sources, reporter);
        check_tracks(section, reporter);
    }
}

/// What streams and sources say of one track is MS004 in either.
void check_streams(const Description& description, Reporter& reporter) {
    check_msids(description, reporter);
    check_sources(description, reporter);
}

void check_legacy(const Description& description, Reporter& reporter) {
    const auto report = [&](const sdp::Attribute& attribute, std::string_view name) {
        reporter
            .report(Code::MS013, description.line_of(attribute).text,
                    text(name, " is a relic of drafts"))
            .fix("remove the line", erase_line(description, attribute));
    };
    description.session().each(Attr::MsidSemantic, [&](const sdp::Attribute& attribute) {
        report(attribute, "msid-semantic");
    });
    for (const Ssrc& ssrc : description.ssrcs()) {
        if (ssrc.name == "mslabel" || ssrc.name == "label") report(*ssrc.attribute, ssrc.name);
    }
}

}  // namespace

std::span<const Rule> msid_rules() {
    static constexpr std::array kRules{
        Rule({Code::MS001, Code::MS002, Code::MS003, Code::MS004, Code::MS005, Code::MS006,
              Code::MS007, Code::MS008, Code::MS009, Code::MS010, Code::MS011, Code::MS012},
             check_streams),
        Rule(Code::MS013, check_legacy),
        Rule(Code::MS014, msids_of_other_sections),
        Rule(Code::MS015, check_repeated_sources),
    };
    return kRules;
}

}  // namespace portolan::lint
