#include "reports/render/excerpt_html.hpp"

#include <algorithm>
#include <string_view>

#include "reports/render/escape.hpp"
#include "reports/render/markup.hpp"

namespace portolan::render {
namespace {

/// A caret further right would be found by nobody; the mark is there too.
constexpr std::size_t kMostColumns = 400;

/// As wide as the text, with its tabs, so that what follows stands below what follows the text.
std::string blanks_for(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t tab = text.find('\t');
        out.append(display_width(text.substr(0, tab)), ' ');
        if (tab == std::string_view::npos) break;
        out += '\t';
        text.remove_prefix(tab + 1);
    }
    return out;
}

}  // namespace

std::string excerpt_html(const report::Finding& finding) {
    const auto line = finding.data.find("line");
    if (line == finding.data.end() || !line->is_string() || !finding.location) return "";
    const std::string text = report::to_valid_utf8(line->get<std::string>());
    const std::string number =
        finding.location->line > 0 ? std::to_string(finding.location->line) + " | " : "";
    const std::string_view whole(text);
    const std::uint64_t column = finding.location->column_bytes;
    if (column == 0 || column - 1 > whole.size()) {
        return "<pre>" + number + escape_markup(whole) + "</pre>\n";
    }
    const auto at = static_cast<std::size_t>(column - 1);
    const auto length = static_cast<std::size_t>(
        std::min<std::uint64_t>(finding.location->length_bytes, whole.size() - at));
    const std::string_view marked = whole.substr(at, length);
    std::string out = "<pre>" + number + escape_markup(whole.substr(0, at)) + "<mark>" +
                      escape_markup(marked) + "</mark>" + escape_markup(whole.substr(at + length));
    const std::string blanks = blanks_for(whole.substr(0, at));
    if (blanks.size() <= kMostColumns) {
        const std::size_t width =
            std::clamp<std::size_t>(display_width(marked), 1, kMostColumns - blanks.size() + 1);
        const std::string gutter = number.empty() ? "" : std::string(number.size() - 2, ' ') + "| ";
        out += "\n" + gutter + blanks + "<span class=\"caret\" aria-hidden=\"true\">" +
               std::string(width, '^') + "</span>";
    }
    return out + "</pre>\n";
}

}  // namespace portolan::render
