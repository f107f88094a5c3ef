#include "reports/render/escape.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace portolan::render {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

/// Controls, and what reorders, hides or breaks a line: soft hyphen, Arabic letter mark, zero-width
/// characters, bidirectional controls (Unicode Bidi_Control), line and paragraph separators, the
/// byte-order mark, tags.
constexpr std::array<Range, 11> kUnsafe{{{0x00, 0x1F},
                                         {0x7F, 0x9F},
                                         {0xAD, 0xAD},
                                         {0x61C, 0x61C},
                                         {0x180E, 0x180E},
                                         {0x200B, 0x200F},
                                         {0x2028, 0x202E},
                                         {0x2060, 0x206F},
                                         {0xFEFF, 0xFEFF},
                                         {0xFFF9, 0xFFFB},
                                         {0xE0000, 0xE007F}}};

constexpr std::array<Range, 4> kCombining{
    {{0x300, 0x36F}, {0x1AB0, 0x1AFF}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}}};

constexpr std::array<Range, 9> kWide{{{0x1100, 0x115F},
                                      {0x2E80, 0xA4CF},
                                      {0xAC00, 0xD7A3},
                                      {0xF900, 0xFAFF},
                                      {0xFE30, 0xFE6F},
                                      {0xFF00, 0xFF60},
                                      {0xFFE0, 0xFFE6},
                                      {0x1F300, 0x1FAFF},
                                      {0x20000, 0x3FFFD}}};

template <std::size_t N>
bool is_in(char32_t c, const std::array<Range, N>& ranges) {
    for (const auto& range : ranges) {
        if (c >= range.first && c <= range.last) return true;
    }
    return false;
}

/// The character at the front and how many bytes it takes; no bytes if it is not valid UTF-8.
std::pair<char32_t, std::size_t> decode(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {0, 0};
    char32_t c = lead & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80) return {0, 0};
        c = (c << 6U) | (byte(i) & 0x3FU);
    }
    constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
    if (c < kSmallest[length] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return {0, 0};
    return {c, length};
}

std::string escaped(char32_t c) {
    if (c == '\n') return "\\n";
    if (c == '\t') return "\\t";
    if (c == '\r') return "\\r";
    char text[16];
    const auto number = static_cast<unsigned>(c);
    std::snprintf(text, sizeof text, c < 0x80 ? "\\x%02x" : "\\u{%x}", number);
    return text;
}

}  // namespace

std::string escape_for_terminal(std::string_view text) {
    std::string safe;
    safe.reserve(text.size());
    while (!text.empty()) {
        const auto [c, length] = decode(text);
        if (length == 0) {
            char byte[8];
            std::snprintf(byte, sizeof byte, "\\x%02x", static_cast<unsigned char>(text.front()));
            safe += byte;
            text.remove_prefix(1);
            continue;
        }
        if (is_in(c, kUnsafe)) {
            safe += escaped(c);
        } else {
            safe.append(text.substr(0, length));
        }
        text.remove_prefix(length);
    }
    return safe;
}

std::size_t display_width(std::string_view text) {
    std::size_t columns = 0;
    while (!text.empty()) {
        const auto [c, length] = decode(text);
        text.remove_prefix(length == 0 ? 1 : length);
        if (length != 0 && is_in(c, kCombining)) continue;
        columns += length != 0 && is_in(c, kWide) ? 2 : 1;
    }
    return columns;
}

std::vector<std::string> wrap(std::string_view text, std::size_t width_columns) {
    std::vector<std::string> lines(1);
    std::size_t used = 0;
    while (!text.empty()) {
        const std::size_t end = text.find(' ');
        const std::string_view word = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (word.empty()) continue;
        const std::size_t columns = display_width(word);
        if (used > 0 && used + 1 + columns > width_columns) {
            lines.emplace_back();
            used = 0;
        }
        if (used > 0) {
            lines.back() += ' ';
            ++used;
        }
        lines.back() += word;
        used += columns;
    }
    return lines;
}

std::string pad_right(std::string_view text, std::size_t width_columns) {
    std::string padded(text);
    const std::size_t columns = display_width(text);
    if (columns < width_columns) padded.append(width_columns - columns, ' ');
    return padded;
}

}  // namespace portolan::render
