#pragma once

#include <cstddef>
#include <string_view>

namespace portolan::report {

/// Longest id or code, in bytes. A report is read by people: longer is a defect, not a name.
inline constexpr std::size_t kMaxIdBytes = 160;

/// Ids of findings, sections and evidence: ASCII letters, digits and `. _ / : -`, starting with a
/// letter or digit: "nat.mapping", "IC018", "rfc8656/7.2/requested-transport-missing".
constexpr bool is_legal_id(std::string_view id) {
    if (id.empty() || id.size() > kMaxIdBytes) return false;
    bool first = true;
    for (const char c : id) {
        const bool alnum =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        const bool joint = c == '.' || c == '_' || c == '/' || c == ':' || c == '-';
        if (!alnum && (first || !joint)) return false;
        first = false;
    }
    return true;
}

/// Reason codes: lower-case words and numbers joined by single `-` or `.`: "no-reply",
/// "peer.tls-alert".
constexpr bool is_legal_code(std::string_view code) {
    if (code.empty() || code.size() > kMaxIdBytes) return false;
    bool word = false;
    for (const char c : code) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            word = true;
        } else if ((c == '-' || c == '.') && word) {
            word = false;
        } else {
            return false;
        }
    }
    return word;
}

}  // namespace portolan::report
