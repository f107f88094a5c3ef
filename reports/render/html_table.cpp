#include "reports/render/html_table.hpp"

#include "reports/render/markup.hpp"

namespace portolan::render {

HtmlTable::HtmlTable(std::string_view caption, std::string_view css)
    : caption_(caption), css_(css) {}

void HtmlTable::head(const std::vector<std::string>& names) {
    head_ = "<thead><tr>";
    for (const std::string& name : names)
        head_ += "<th scope=\"col\">" + escape_markup(name) + "</th>";
    head_ += "</tr></thead>\n";
}

void HtmlTable::row(const std::vector<std::string>& cells) {
    body_ += "<tr>";
    bool is_first = true;
    for (const std::string& cell : cells) {
        body_ += is_first ? "<th scope=\"row\">" + escape_markup(cell) + "</th>"
                          : "<td>" + escape_markup(cell) + "</td>";
        is_first = false;
    }
    body_ += "</tr>\n";
}

void HtmlTable::raw_row(std::string_view cells, std::string_view css) {
    body_ += css.empty() ? "<tr>" : "<tr class=\"" + std::string(css) + "\">";
    body_ += std::string(cells) + "</tr>\n";
}

std::string HtmlTable::finish() const {
    std::string out = "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"" +
                      escape_markup(caption_.empty() ? "Table" : caption_) + "\"><table";
    if (!css_.empty()) out += " class=\"" + css_ + "\"";
    out += ">\n";
    if (!caption_.empty()) out += "<caption>" + escape_markup(caption_) + "</caption>\n";
    return out + head_ + "<tbody>\n" + body_ + "</tbody></table></div>\n";
}

}  // namespace portolan::render
