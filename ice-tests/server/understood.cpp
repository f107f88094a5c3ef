#include "ice-tests/server/understood.hpp"

#include <algorithm>

namespace portolan::server {

using stun::AttributeType;

std::vector<std::uint16_t> not_understood(const stun::MessageView& message,
                                          std::span<const AttributeType> understood) {
    std::vector<std::uint16_t> unknown;
    // One bit a type: the longest message has 16,000 attributes.
    std::vector<bool> seen;
    for (const stun::AttributeView attribute : message) {
        const auto type = static_cast<std::uint16_t>(attribute.type);
        const bool is_understood =
            type >= 0x8000 || std::ranges::find(understood, attribute.type) != understood.end();
        if (!is_understood) {
            seen.resize(0x8000);
            if (!seen[type]) unknown.push_back(type);
            seen[type] = true;
        }
        // RFC 8489 s14.5 and s14.6 (MUST): what follows is ignored, but for attributes that are
        // understood anyway.
        if (attribute.type == AttributeType::MessageIntegrity ||
            attribute.type == AttributeType::MessageIntegritySha256) {
            break;
        }
    }
    return unknown;
}

}  // namespace portolan::server
