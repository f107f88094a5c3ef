#include "sdp-lint/rules/fix_guard.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "sdp-lint/rules/joined_lines.hpp"

namespace portolan::lint {

namespace {

using sdp::Description;

/// A line that no rule about contents has seen, though it says something.
bool is_unreadable(const sdp::Line& line, bool may_hold_control_bytes) {
    constexpr std::string_view kOtherLetters = "vosiuepcbtrzkm";
    if (line.type == '\0') return !sdp::trim(line.text).empty();
    if (!line_within(line.text).empty()) return true;
    // Nearly all lines.
    if (line.type == 'a' && !may_hold_control_bytes) return line.value().starts_with(' ');
    if (line.type != 'a' && kOtherLetters.find(line.type) == std::string_view::npos) return true;
    // Another line may follow in this one. Blanks behind "m=" leave the kind of media empty.
    if (may_hold_control_bytes &&
        line.text.find_first_of(std::string_view("\0\r", 2)) != std::string_view::npos) {
        return true;
    }
    const std::string_view value = line.value();
    // A tab is no separator, so that two fields look like one.
    const bool has_fields = std::string_view("octm").find(line.type) != std::string_view::npos;
    if (has_fields && value.find('\t') != std::string_view::npos) return true;
    return value.starts_with(' ') && line.type != 's' && line.type != 'i';
}

bool has_unreadable_line(const Description& description) {
    // Lines of a fragment need no type.
    if (description.is_fragment()) return false;
    const auto lines = description.lines();
    const bool with_control_bytes = description.document().has_control_byte();
    if (std::any_of(lines.begin(), lines.end(), [&](const sdp::Line& line) {
            return is_unreadable(line, with_control_bytes);
        })) {
        return true;
    }
    const auto attributes = description.document().attributes();
    return std::any_of(attributes.begin(), attributes.end(), [](const sdp::Attribute& attribute) {
        return attribute.id == sdp::Attr::Unknown && !sdp::is_token(attribute.name);
    });
}

std::int32_t section_at(const Description& description, std::uint32_t offset) {
    const auto lines = description.lines();
    return lines.empty() ? sdp::kSession
                         : lines[description.document().line_index_at(offset)].section;
}

/// Adds lines or takes them away, wholly or in part.
bool changes_lines(const Description& description, const Edit& edit) {
    return edit.replacement.find('\n') != std::string::npos ||
           description.document().at(edit.place.range).find('\n') != std::string_view::npos;
}

using SectionKey = std::pair<std::uint32_t, std::int32_t>;

}  // namespace

FixRound fix_round(Code code) {
    switch (code) {
        case Code::SY001:
        case Code::SY002:
        case Code::SY007:
        case Code::SY019:
            return FixRound::LineEnds;
        case Code::SY003:
        case Code::SY004:
        case Code::SY005:
        case Code::SY006:
        case Code::SY009:
        case Code::SY010:
        case Code::SY011:
        case Code::SY012:
        case Code::SY016:
        case Code::SY017:
        case Code::SY020:
        case Code::DT016:
            return FixRound::Lines;
        default:
            return FixRound::Contents;
    }
}

void withhold_fixes(std::vector<Finding>& findings,
                    std::span<const Description* const> descriptions) {
    const auto rests_on_contents = [](const Finding& finding) {
        return finding.fix && fix_round(finding.code) == FixRound::Contents;
    };
    if (std::none_of(findings.begin(), findings.end(), rests_on_contents)) return;
    const bool is_unread =
        std::any_of(descriptions.begin(), descriptions.end(),
                    [](const Description* each) { return has_unreadable_line(*each); });
    std::set<SectionKey> unsure;
    for (const Finding& finding : findings) {
        if (finding.code != Code::SY012 && finding.code != Code::SY016) continue;
        const std::uint32_t at = finding.place.description;
        unsure.emplace(at, section_at(*descriptions[at], finding.place.range.begin));
    }
    if (!is_unread && unsure.empty()) return;
    for (Finding& finding : findings) {
        if (!rests_on_contents(finding)) continue;
        const bool is_doubtful = std::any_of(
            finding.fix->edits.begin(), finding.fix->edits.end(), [&](const Edit& edit) {
                const Description& description = *descriptions[edit.place.description];
                return changes_lines(description, edit) &&
                       unsure.contains({edit.place.description,
                                        section_at(description, edit.place.range.begin)});
            });
        if (is_unread || is_doubtful) finding.fix.reset();
    }
}

}  // namespace portolan::lint
