#include "reports/render/markup.hpp"

#include "reports/model/json.hpp"

namespace portolan::render {

std::string escape_markup(std::string_view text) {
    std::string out;
    const std::string valid = report::to_valid_utf8(text);
    for (std::size_t i = 0; i < valid.size(); ++i) {
        const char c = valid[i];
        // U+FFFE and U+FFFF are no characters of XML (XML 1.0 s2.2), not even as references.
        if (valid.compare(i, 3, "\xEF\xBF\xBE") == 0 || valid.compare(i, 3, "\xEF\xBF\xBF") == 0) {
            out += "\uFFFD";
            i += 2;
            continue;
        }
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            case '\n':
            case '\t':
                out += c;
                break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    // U+2400 and on are pictures of the control characters.
                    out += "\xE2\x90";
                    out += static_cast<char>(0x80U + static_cast<unsigned char>(c));
                } else {
                    out += c;
                }
        }
    }
    return out;
}

std::string element(std::string_view tag, std::string_view text, std::string_view css) {
    std::string out = "<" + std::string(tag);
    if (!css.empty()) out += " class=\"" + std::string(css) + "\"";
    return out + ">" + escape_markup(text) + "</" + std::string(tag) + ">\n";
}

}  // namespace portolan::render
