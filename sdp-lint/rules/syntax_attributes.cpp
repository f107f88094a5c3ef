// The rules of the syntax group that are about names of attributes and whether they have values.
#include <algorithm>
#include <array>

#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/say.hpp"
#include "sdp-lint/rules/syntax_checks.hpp"

namespace portolan::lint {

namespace {

using sdp::Attribute;
using sdp::AttributeRow;

/// Each unknown name is compared with the whole table; more of them than this are only said to be
/// unknown, so that the time stays linear.
constexpr std::size_t kMaxComparedNames = 64;
constexpr std::size_t kMaxNameBytes = 32;

/// Insertions, deletions, replacements and swaps of neighbours that turn one name into the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::array<std::array<std::size_t, kMaxNameBytes + 1>, 3> rows{};
    for (std::size_t j = 0; j <= b.size(); ++j)
        rows[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto& row = rows[i % 3];
        const auto& above = rows[(i - 1) % 3];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], rows[(i - 2) % 3][j - 2] + 1);
            }
        }
    }
    return rows[a.size() % 3][b.size()];
}

/// The nearest name of the table, if it is near enough to be meant. Short names are near to many.
const AttributeRow* meant_by(std::string_view name) {
    if (name.size() < 5 || name.size() > kMaxNameBytes - 2) return nullptr;
    if (sdp::starts_with_ignore_case(name, "x-")) return nullptr;
    std::size_t nearest = name.size() >= 9 ? 3 : 2;
    const AttributeRow* meant = nullptr;
    for (const AttributeRow& row : sdp::attribute_table()) {
        const std::size_t longer = std::max(row.name.size(), name.size());
        const std::size_t shorter = std::min(row.name.size(), name.size());
        if (row.level == sdp::Level::Source || longer - shorter >= nearest) continue;
        const std::size_t distance = edit_distance(name, row.name);
        if (distance < nearest) {
            nearest = distance;
            meant = &row;
        }
    }
    return meant;
}

void unknown_name(const Attribute& attribute, bool compare, Reporter& reporter) {
    const std::string lower = sdp::lower_of(attribute.name.substr(0, kMaxNameBytes));
    const Attr same = sdp::find_attribute(lower);
    if (same != Attr::Unknown && lower.size() == attribute.name.size()) {
        reporter
            .report(Code::SY016, attribute.name,
                    quoted(attribute.name) + " is not " + quoted(lower) + ": case matters")
            .fix("write " + lower, replace(attribute.name, lower));
        return;
    }
    if (const AttributeRow* meant = compare ? meant_by(attribute.name) : nullptr) {
        const std::string name(meant->name);
        reporter
            .report(Code::SY012, attribute.name,
                    quoted(attribute.name) + " is unknown; " + quoted(name) + " may be meant")
            .fix("write " + name, replace(attribute.name, name));
        return;
    }
    reporter.report(Code::SY013, attribute.name,
                    quoted(attribute.name) + " is not a registered attribute");
}

void not_a_name(const Attribute& attribute, Reporter& reporter) {
    const std::string_view name = attribute.name;
    Draft draft = reporter.report(Code::SY011, name,
                                  name.empty() ? std::string("the attribute has no name")
                                               : quoted(name) + " is no name of an attribute");
    // Blanks behind the name of a flag at the end of the line are SY009.
    const std::string_view inner = sdp::trim(name);
    if (inner.size() == name.size() || !attribute.has_value) return;
    if (sdp::find_attribute(inner) == Attr::Unknown) return;
    draft.fix("remove the blanks", erase(name.substr(inner.size())));
}

}  // namespace

void attribute_names(const Description& description, Reporter& reporter) {
    std::size_t compared_count = 0;
    for (const Attribute& attribute : description.document().attributes()) {
        if (attribute.id != Attr::Unknown) continue;
        // A blank behind "a=" is SY004.
        if (attribute.name.starts_with(' ') || attribute.name.starts_with('\t')) continue;
        if (!sdp::is_token(attribute.name)) {
            // NUL and CR are SY007 and SY001.
            if (attribute.name.find_first_of(std::string_view("\0\r", 2)) !=
                std::string_view::npos) {
                continue;
            }
            not_a_name(attribute, reporter);
            continue;
        }
        unknown_name(attribute, compared_count < kMaxComparedNames, reporter);
        ++compared_count;
    }
}

void attribute_values(const Description& description, Reporter& reporter) {
    const auto of_kind = [](sdp::ValueKind kind) {
        return sdp::attributes_that([=](const AttributeRow& row) { return row.value == kind; });
    };
    static const sdp::AttributeSet kFlags = of_kind(sdp::ValueKind::Flag);
    static const sdp::AttributeSet kWithValue = of_kind(sdp::ValueKind::Value);
    for (const Attribute& attribute : description.document().attributes()) {
        const auto id = static_cast<std::size_t>(attribute.id);
        if (attribute.has_value && kFlags.test(id)) {
            const std::string_view colon = sdp::end_of(attribute.name);
            const std::string_view value = sdp::span_of(colon, attribute.value);
            reporter
                .report(Code::SY014, value,
                        quoted(attribute.name) + " is a flag and takes no value")
                .fix("remove the value", erase(value));
        } else if (attribute.value.empty() && kWithValue.test(id) &&
                   attribute.id != Attr::IceOptions && attribute.id != Attr::Msid) {
            reporter.report(Code::SY014, attribute.value,
                            quoted(attribute.name) + " needs a value");
        }
    }
}

}  // namespace portolan::lint
