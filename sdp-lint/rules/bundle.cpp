#include <algorithm>
#include <array>
#include <vector>

#include "sdp-lint/rules/bundle_checks.hpp"
#include "sdp-lint/rules/doubles.hpp"
#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/registry.hpp"
#include "sdp-lint/rules/say.hpp"
#include "sdp-lint/rules/usage.hpp"

namespace portolan::lint {

namespace {

using sdp::Attribute;
using sdp::BundleGroup;
using sdp::Group;

constexpr std::size_t kMaxMidBytes = 16;
/// Far more than anybody has sections.
constexpr std::size_t kMaxTagsToRename = 256;

/// Mids that no section has yet: a section's position, or a number behind all positions. Each is
/// given once.
class FreeMids {
  public:
    explicit FreeMids(const Description& description)
        : description_(description), next_(description.sections().size()) {}

    std::string for_section(const Section& section) {
        std::string position = std::to_string(section.index);
        if (is_free(position)) return position;
        while (!is_free(std::to_string(next_)))
            ++next_;
        return std::to_string(next_++);
    }

  private:
    bool is_free(const std::string& mid) const {
        return description_.section_with_mid(mid) == nullptr;
    }

    const Description& description_;
    std::size_t next_;
};

/// BU001, BU002, BU003, BU017
void mids(const Description& description, Reporter& reporter) {
    std::vector<const Attribute*> all;
    all.reserve(description.sections().size());
    std::size_t tag_count = 0;
    for (const Group& group : description.groups())
        tag_count += group.mids.size();
    // Every tag is looked at for every mid.
    FreeMids free_mids(description);
    const bool can_rename = tag_count <= kMaxTagsToRename;
    for (const Section& section : description.sections()) {
        const Attribute* const mid = section.find(Attr::Mid);
        if (mid == nullptr) {
            if (section.is_rejected() || section.media.media.empty()) continue;
            const std::string name = free_mids.for_section(section);
            reporter.report(Code::BU001, description.head_of(section), "the section has no a=mid")
                .fix("add a=mid:" + name, append_line(description, section, "a=mid:" + name));
            continue;
        }
        if (mid->value.empty()) continue;  // SY014
        all.push_back(mid);
        const std::string_view inner = sdp::trim(mid->value);
        const bool is_cut = inner.find_first_of(std::string_view("\0\r", 2)) != inner.npos;
        if (!inner.empty() && !is_cut && !sdp::is_token(inner))
            reporter.report(Code::BU017, inner, quoted(inner) + " is not a token");
        if (mid->value.size() <= kMaxMidBytes) continue;
        const std::string name = free_mids.for_section(section);
        Draft draft = reporter.report(
            Code::BU003, mid->value,
            "the mid has " + std::to_string(mid->value.size()) + " octets, and 16 fit");
        if (!can_rename) continue;
        std::vector<ViewEdit> edits{replace(mid->value, name)};
        for (const Group& group : description.groups()) {
            for (const std::string_view tag : group.mids) {
                if (tag == mid->value) edits.push_back(replace(tag, name));
            }
        }
        draft.fix("call it " + name, std::move(edits));
    }
    find_doubles(
        all, [](const Attribute* mid) { return mid->value; },
        [&](const Attribute* first, const Attribute* again) {
            const std::string name = free_mids.for_section(description.section(again->section));
            reporter
                .report(Code::BU002, again->value,
                        "another section is called " + quoted(again->value) + " already")
                .related(first->value, "the other section's mid")
                .fix("call it " + name, replace(again->value, name));
        });
}

/// The registered kind of group that is meant, in whatever case; empty for none.
std::string_view registered_group(std::string_view semantics) {
    constexpr std::array<std::string_view, 11> kSemantics{
        "LS", "FID", "SRF", "ANAT", "FEC", "FEC-FR", "CS", "DDP", "DUP", "BUNDLE", "SPLICE"};
    const auto* const found = std::find_if(
        kSemantics.begin(), kSemantics.end(),
        [&](std::string_view each) { return sdp::equal_in_any_case(each, semantics); });
    return found == kSemantics.end() ? std::string_view() : *found;
}

std::string without_commas(std::string_view tag) {
    std::string out;
    for (const std::string_view part : sdp::split(tag, ',')) {
        if (part.empty()) continue;
        if (!out.empty()) out += ' ';
        out += part;
    }
    return out;
}

/// BU004, BU005, BU007, BU011, BU016
void groups(const Description& description, Reporter& reporter) {
    for (const Group& group : description.groups()) {
        if (sdp::trim(group.attribute->value).empty()) continue;  // SY014
        if (const std::string_view kind = registered_group(group.semantics); kind.empty()) {
            reporter.report(Code::BU016, group.semantics,
                            quoted(group.semantics) + " is no registered kind of group");
        } else if (kind != group.semantics) {
            reporter
                .report(Code::BU016, group.semantics,
                        quoted(group.semantics) + " is no registered kind of group, but " +
                            quoted(kind) + " is")
                .fix("write " + std::string(kind), replace(group.semantics, std::string(kind)));
        }
        for (const std::string_view tag : group.mids) {
            if (!sdp::is_token(tag)) {
                Draft draft = reporter.report(Code::BU007, tag, quoted(tag) + " is not a token");
                if (tag.find(',') != std::string_view::npos) {
                    draft.fix("separate by spaces", replace(tag, without_commas(tag)));
                }
                continue;
            }
            const Section* const section = description.section_with_mid(tag);
            if (section == nullptr) {
                reporter.report(group.is_bundle() ? Code::BU004 : Code::BU016, tag,
                                "no section is called " + quoted(tag));
            } else if (group.is_bundle() && section->is_rejected()) {
                reporter
                    .report(Code::BU011, tag,
                            "section " + quoted(tag) + " has port 0, and is not bundle-only")
                    .related(section->media.port.text, "the section's port");
            }
        }
        find_doubles(
            group.mids, [](std::string_view tag) { return tag; },
            [&](std::string_view first, std::string_view again) {
                const std::string_view with_blank{again.data() - 1, again.size() + 1};
                reporter.report(Code::BU005, again, quoted(again) + " is listed twice")
                    .related(first, "the first time")
                    .fix("remove it", erase(with_blank));
            });
    }
}

/// BU006
void two_bundles(const Description& description, Reporter& reporter) {
    if (description.bundle_groups().size() < 2) return;
    struct Tag {
        std::string_view mid;
        const Group* group;
    };
    std::vector<Tag> tags;
    for (const BundleGroup& bundle : description.bundle_groups()) {
        for (const std::string_view mid : bundle.group->mids)
            tags.push_back({mid, bundle.group});
    }
    find_doubles(
        tags, [](const Tag& tag) { return tag.mid; },
        [&](const Tag& first, const Tag& again) {
            if (first.group == again.group) return;
            reporter.report(Code::BU006, again.mid, quoted(again.mid) + " is in another bundle too")
                .related(first.mid, "the other bundle");
        });
}

/// BU010, BU012
void bundle_only(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        const BundleGroup* const bundle = description.bundle_of(section);
        // RFC 9143 s6 (MUST): outside a bundle the attribute is discarded.
        if (!section.has(Attr::BundleOnly) || bundle == nullptr) continue;
        const auto port = section.media.port.value;
        if (port && *port != 0) {
            reporter
                .report(Code::BU010, section.media.port.text,
                        "a bundle-only section has port 0, not " + quoted(section.media.port.text))
                .related(section.find(Attr::BundleOnly)->name, "what makes it bundle-only")
                .fix("write port 0", replace(section.media.port.text, "0"));
        } else if (bundle->tagged == section.index && !bundle->group->mids.empty()) {
            reporter
                .report(Code::BU012, bundle->group->mids.front(),
                        "the group begins with a bundle-only section")
                .related(section.find(Attr::BundleOnly)->name, "what makes it bundle-only");
        }
    }
}

}  // namespace

std::span<const Rule> bundle_rules() {
    static constexpr std::array kRules{
        Rule({Code::BU001, Code::BU002, Code::BU003, Code::BU017}, mids),
        Rule({Code::BU004, Code::BU005, Code::BU007, Code::BU011, Code::BU016}, groups),
        Rule(Code::BU006, two_bundles),
        Rule({Code::BU008, Code::BU009, Code::BU015}, bundle_conflicts),
        Rule({Code::BU010, Code::BU012}, bundle_only),
        Rule({Code::BU013, Code::BU014}, bundle_requirements),
    };
    return kRules;
}

}  // namespace portolan::lint
