#pragma once

#include <bitset>
#include <cstdint>
#include <span>
#include <string_view>

namespace portolan::sdp {

/// Where an attribute may stand (RFC 8866 s5.13, RFC 8859 s4.1).
enum class Level : std::uint8_t {
    Session,
    Media,
    Both,
    Source,  ///< only behind a=ssrc (RFC 5576)
};

/// What happens to it when sections share a transport (RFC 8859 s4).
enum class BundleCategory : std::uint8_t {
    Normal,
    Caution,
    Identical,
    Sum,
    Transport,
    Inherit,
    IdenticalPerPt,
    Special,
    Tbd,
};

/// "a=flag" or "a=name:value" (RFC 8866 s5.13).
enum class ValueKind : std::uint8_t {
    Flag,
    Value,
    Any,  ///< either, or nobody here knows
};

/// How often it may stand in one section.
enum class Occurs : std::uint8_t { Once, Many };

/// Every attribute that the table knows. One line of attributes.def drives enumerator and row.
enum class Attr : std::uint16_t {
#define ATTRIBUTE(id, name, level, category, value, occurs, source) id,
#include "sdp-lint/sdp/attributes.def"
#undef ATTRIBUTE
    Unknown,
};

inline constexpr std::size_t kAttributeCount = static_cast<std::size_t>(Attr::Unknown);

/// Any of them, Attr::Unknown too.
using AttributeSet = std::bitset<kAttributeCount + 1>;

struct AttributeRow {
    Attr attribute;
    std::string_view name;
    Level level;
    BundleCategory category;
    ValueKind value;
    Occurs occurs;
    std::string_view source;  ///< "RFC 8839 s5.1"
};

/// In the order of the enumeration.
std::span<const AttributeRow> attribute_table();

/// Not for Attr::Unknown.
const AttributeRow& row_of(Attr attribute);

/// Those whose row fulfils a condition: to be kept, and asked instead of the table.
template <typename Condition>
AttributeSet attributes_that(Condition condition) {
    AttributeSet set;
    for (const AttributeRow& row : attribute_table()) {
        if (condition(row)) set.set(static_cast<std::size_t>(row.attribute));
    }
    return set;
}

/// Names are compared byte by byte (RFC 8866 s9); Attr::Unknown when the table lacks it.
Attr find_attribute(std::string_view name);

}  // namespace portolan::sdp
