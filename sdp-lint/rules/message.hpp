#pragma once

#include <string>
#include <string_view>

/// Sentences of findings.
namespace portolan::lint {

/// The parts, one after the other.
template <typename... Parts>
std::string text(const Parts&... parts) {
    std::string out;
    out.reserve((std::string_view(parts).size() + ...));
    (out.append(std::string_view(parts)), ...);
    return out;
}

/// 'value', cut short when it is long; bytes that do not print become '?'.
inline std::string quote(std::string_view value) {
    constexpr std::size_t kShownBytes = 60;
    std::string out = "'";
    for (const char c : value.substr(0, kShownBytes))
        out += c >= 0x20 && c < 0x7F ? c : '?';
    if (value.size() > kShownBytes) out += "...";
    return out += '\'';
}

}  // namespace portolan::lint
