#include "probe/stun/printable.hpp"

#include <cstdint>

#include "probe/stun/wire.hpp"

namespace portolan::stun {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

struct Character {
    char32_t code_point = 0;
    std::size_t bytes = 0;  // 0: not UTF-8
};

// RFC 3629 s3 and s4: shortest form only, no surrogates, nothing above U+10FFFF.
Character decode_first(std::string_view text) {
    const auto octet = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t first = octet(0);
    if (first < 0x80) return {first, 1};
    std::size_t length = 0;
    char32_t code_point = 0;
    char32_t least = 0;
    if ((first & 0xE0) == 0xC0) {
        length = 2, code_point = first & 0x1F, least = 0x80;
    } else if ((first & 0xF0) == 0xE0) {
        length = 3, code_point = first & 0x0F, least = 0x800;
    } else if ((first & 0xF8) == 0xF0) {
        length = 4, code_point = first & 0x07, least = 0x10000;
    } else {
        return {};
    }
    if (text.size() < length) return {};
    for (std::size_t i = 1; i < length; ++i) {
        if ((octet(i) & 0xC0) != 0x80) return {};
        code_point = (code_point << 6) | (octet(i) & 0x3F);
    }
    if (code_point < least || code_point > 0x10FFFF ||
        (code_point >= 0xD800 && code_point <= 0xDFFF)) {
        return {};
    }
    return {code_point, length};
}

bool is_harmless(char32_t c) {
    if (c < 0x20 || (c >= 0x7F && c <= 0x9F)) return false;
    if (c == '"' || c == '\\') return false;
    return !((c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
             (c >= 0x2060 && c <= 0x206F) || c == 0x061C || c == 0xFEFF || c == 0x00AD ||
             (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE007F));
}

void append_hex_octet(std::string& out, std::uint8_t octet) {
    out += kHexDigits[octet >> 4];
    out += kHexDigits[octet & 0xF];
}

}  // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const Character character = decode_first(text);
        if (character.bytes == 0) return false;
        text.remove_prefix(character.bytes);
    }
    return true;
}

void append_escaped(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const Character character = decode_first(text);
        const std::size_t bytes = character.bytes == 0 ? 1 : character.bytes;
        if (character.bytes != 0 && is_harmless(character.code_point)) {
            out += text.substr(0, bytes);
        } else {
            for (const char c : text.substr(0, bytes)) {
                out += "\\x";
                append_hex_octet(out, static_cast<std::uint8_t>(c));
            }
        }
        text.remove_prefix(bytes);
    }
}

void append_hex(std::string& out, std::span<const std::byte> bytes, std::string_view separator) {
    bool first = true;
    for (const std::byte octet : bytes) {
        if (!first) out += separator;
        first = false;
        append_hex_octet(out, wire::u8(octet));
    }
}

std::string to_hex(std::span<const std::byte> bytes) {
    std::string out;
    out.reserve(2 * bytes.size());
    append_hex(out, bytes);
    return out;
}

}  // namespace portolan::stun
