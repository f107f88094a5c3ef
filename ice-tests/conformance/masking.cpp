#include "ice-tests/conformance/masking.hpp"

#include <algorithm>
#include <cstdint>
#include <map>

#include "probe/stun/attribute_table.hpp"
#include "probe/stun/dissection.hpp"
#include "probe/stun/wire.hpp"

namespace portolan::conformance {
namespace {

using stun::AttributeType;

constexpr std::size_t kHeadBytes = 4;  // type and length

bool is_integrity(AttributeType type) {
    return type == AttributeType::MessageIntegrity || type == AttributeType::MessageIntegritySha256;
}

/// RFC 8489 s14.5 to s14.7: what attributes of that type and length hold. Shorter ones say less.
bool has_usual_size(AttributeType type, std::size_t size_bytes) {
    switch (type) {
        case AttributeType::MessageIntegrity:
            return size_bytes == 20;
        case AttributeType::MessageIntegritySha256:
            return size_bytes >= 16 && size_bytes <= 32 && size_bytes % 4 == 0;
        case AttributeType::Fingerprint:
            return size_bytes == 4;
        default:
            return false;
    }
}

struct Part {
    AttributeType type{};
    std::size_t size_bytes = 0;
};
using Parts = std::map<std::size_t, Part>;  ///< by their offsets

// In a message that breaks the rules, or behind another one, attributes stand where nobody counts
// them. Four octets look like these by chance once in 10^9 positions.
void add_by_looks(stun::Bytes message, Parts& out) {
    for (std::size_t at = 0; at + kHeadBytes <= message.size(); ++at) {
        const auto type = static_cast<AttributeType>(stun::wire::load_u16(message.data() + at));
        const std::size_t size_bytes = stun::wire::load_u16(message.data() + at + 2);
        if (!has_usual_size(type, size_bytes)) continue;
        const std::size_t value_at = at + kHeadBytes;
        out.try_emplace(value_at, Part{type, std::min(size_bytes, message.size() - value_at)});
    }
}

}  // namespace

Masked mask(stun::Bytes message) {
    Parts parts;
    const stun::Dissection dissection = stun::dissect(message);
    for (const stun::DissectedAttribute& attribute : dissection.attributes) {
        const AttributeType type = attribute.view.type;
        if (!is_integrity(type) && type != AttributeType::Fingerprint && !attribute.secret()) {
            continue;
        }
        parts[attribute.view.offset_bytes + kHeadBytes] = {type, attribute.view.value.size()};
    }
    if (stun::looks_like_stun(message)) add_by_looks(message, parts);
    const bool is_signed = std::ranges::any_of(
        parts, [](const auto& entry) { return is_integrity(entry.second.type); });
    Masked out{{message.begin(), message.end()}, {}};
    for (const auto& [offset_bytes, part] : parts) {
        if (part.type == AttributeType::Fingerprint && !is_signed) continue;
        std::fill_n(out.bytes.begin() + static_cast<std::ptrdiff_t>(offset_bytes), part.size_bytes,
                    std::byte{});
        const stun::AttributeInfo* info = stun::find_attribute(part.type);
        out.parts.push_back(
            {info != nullptr ? info->name : std::string_view(), offset_bytes, part.size_bytes});
    }
    return out;
}

}  // namespace portolan::conformance
