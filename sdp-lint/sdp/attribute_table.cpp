#include "sdp-lint/sdp/attribute_table.hpp"

#include <algorithm>
#include <array>

namespace portolan::sdp {

namespace {

constexpr std::array<AttributeRow, kAttributeCount> kTable{{
#define ATTRIBUTE(id, name, level, category, value, occurs, source)            \
    {Attr::id,         name,           Level::level, BundleCategory::category, \
     ValueKind::value, Occurs::occurs, source},
#include "sdp-lint/sdp/attributes.def"
#undef ATTRIBUTE
}};

constexpr std::size_t kSlotCount = 1024;  // a power of two, four times the rows

/// Length and three letters tell nearly all names apart; the comparison does the rest.
constexpr std::size_t slot_of(std::string_view name) {
    auto hash = static_cast<std::uint32_t>(name.size());
    if (!name.empty()) {
        for (const std::size_t at : {std::size_t{0}, name.size() / 2, name.size() - 1})
            hash = hash * 37U + static_cast<unsigned char>(name[at]);
    }
    return (hash ^ (hash >> 10U)) % kSlotCount;
}

constexpr std::size_t longest_name() {
    std::size_t longest = 0;
    for (const AttributeRow& row : kTable)
        longest = std::max(longest, row.name.size());
    return longest;
}
constexpr std::size_t kLongestName = longest_name();

/// Open addressing, built by the compiler.
constexpr auto kSlots = [] {
    std::array<std::uint16_t, kSlotCount> slots{};
    for (auto& slot : slots)
        slot = static_cast<std::uint16_t>(Attr::Unknown);
    for (const AttributeRow& row : kTable) {
        std::size_t at = slot_of(row.name);
        while (slots[at] != static_cast<std::uint16_t>(Attr::Unknown))
            at = (at + 1) % kSlotCount;
        slots[at] = static_cast<std::uint16_t>(row.attribute);
    }
    return slots;
}();

}  // namespace

std::span<const AttributeRow> attribute_table() {
    return kTable;
}

const AttributeRow& row_of(Attr attribute) {
    return kTable[static_cast<std::size_t>(attribute)];
}

Attr find_attribute(std::string_view name) {
    if (name.size() > kLongestName) return Attr::Unknown;
    std::size_t at = slot_of(name);
    while (kSlots[at] != static_cast<std::uint16_t>(Attr::Unknown)) {
        if (kTable[kSlots[at]].name == name) return static_cast<Attr>(kSlots[at]);
        at = (at + 1) % kSlotCount;
    }
    return Attr::Unknown;
}

}  // namespace portolan::sdp
