#include "ice-tests/turn/mangling.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace portolan::turn {
namespace {

std::string hex(std::byte value) {
    std::array<char, 8> text{};
    (void)std::snprintf(text.data(), text.size(), "0x%02x", std::to_integer<unsigned>(value));
    return text.data();
}

}  // namespace

std::optional<std::string> how_mangled(transport::Bytes sent, transport::Bytes came) {
    const std::size_t common = std::min(sent.size(), came.size());
    std::size_t same_count = 0;
    std::size_t first = common;
    for (std::size_t i = 0; i < common; ++i) {
        if (sent[i] == came[i]) {
            ++same_count;
        } else {
            first = std::min(first, i);
        }
    }
    if (same_count == 0 || 2 * same_count < sent.size()) return std::nullopt;
    const std::string whole = std::to_string(sent.size());
    if (first < common) {
        return "byte " + std::to_string(first + 1) + " of " + whole + " is " + hex(came[first]) +
               ", and " + hex(sent[first]) + " was sent";
    }
    if (came.size() < sent.size()) {
        return "it ends after byte " + std::to_string(came.size()) + " of " + whole;
    }
    if (came.size() > sent.size()) {
        return "it has " + std::to_string(came.size()) + " bytes, and " + whole + " were sent";
    }
    return std::nullopt;
}

}  // namespace portolan::turn
