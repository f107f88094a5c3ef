#pragma once

#include <algorithm>
#include <string>
#include <string_view>

/// Small and capital letters of ASCII, whatever the locale is: so protocols compare their words
/// (RFC 4343 s2 for host names, RFC 3986 s6.2.2.1 for URIs).
namespace portolan::report {

constexpr char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string lower_of(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), to_lower);
    return out;
}

constexpr bool equal_in_any_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    // Names are nearly always written as registered.
    return a == b || std::ranges::equal(a, b, {}, to_lower, to_lower);
}

}  // namespace portolan::report
