#include "sdp-lint/rules/say.hpp"

namespace portolan::lint {

namespace {

constexpr std::size_t kMaxShownBytes = 60;

/// Those that would tell a terminal something, or turn the text around it.
bool is_invisible(std::string_view character) {
    const auto last = static_cast<unsigned char>(character.back());
    if (character.size() == 2) return character.front() == '\xC2' && last < 0xA0;
    if (character.starts_with("\xE2\x80")) {
        return (last >= 0x8B && last <= 0x8F) || (last >= 0xA8 && last <= 0xAE);
    }
    return (character.starts_with("\xE2\x81") && last >= 0xA0) || character == "\xEF\xBB\xBF";
}

/// Of a text that is UTF-8: how many bytes the character at its front has.
std::size_t character_bytes(std::string_view text) {
    std::size_t length = 1;
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80)
        ++length;
    return length;
}

}  // namespace

std::size_t find_invalid_utf8(std::string_view text) {
    const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    std::size_t i = 0;
    while (i < text.size()) {
        const unsigned char lead = octet(i);
        if (lead < 0x80) {
            ++i;
            continue;
        }
        const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                                   : lead >= 0xE0 && lead <= 0xEF ? 3
                                   : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                                  : 0;
        if (length == 0 || i + length > text.size()) return i;
        for (std::size_t k = 1; k < length; ++k) {
            if ((octet(i + k) & 0xC0) != 0x80) return i;
        }
        const unsigned char second = octet(i + 1);
        const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
        const bool beyond = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
        if (overlong || beyond) return i;
        i += length;
    }
    return std::string_view::npos;
}

std::string quoted(std::string_view text) {
    const bool is_cut = text.size() > kMaxShownBytes;
    std::string_view rest = text.substr(0, kMaxShownBytes);
    std::string out = "'";
    while (!rest.empty()) {
        const auto lead = static_cast<unsigned char>(rest.front());
        const std::size_t length = lead < 0x80 ? 1 : character_bytes(rest);
        const std::string_view character = rest.substr(0, length);
        const bool is_shown = lead < 0x80 ? lead >= 0x20 && lead < 0x7F
                                          : find_invalid_utf8(character) == character.npos &&
                                                !is_invisible(character);
        out += is_shown ? character : std::string_view("?");
        rest.remove_prefix(length);
    }
    if (is_cut) out += "...";
    return out + "'";
}

}  // namespace portolan::lint
