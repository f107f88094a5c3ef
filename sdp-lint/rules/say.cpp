#include "sdp-lint/rules/say.hpp"

namespace portolan::lint {

namespace {

constexpr std::size_t kMaxShownBytes = 60;

}  // namespace

std::string quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text.substr(0, kMaxShownBytes))
        out += c >= 0x20 && c < 0x7F ? c : '?';
    if (text.size() > kMaxShownBytes) out += "...";
    return out + "'";
}

}  // namespace portolan::lint
