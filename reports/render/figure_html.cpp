#include "reports/render/figure_html.hpp"

#include "reports/render/drawings.hpp"
#include "reports/render/escape.hpp"
#include "reports/render/markup.hpp"

namespace portolan::render {
namespace {

std::string svg_of(const Drawing& drawing, const std::string& title, const std::string& id) {
    const std::string width = coordinate(drawing.width);
    return "<div class=\"plot\" tabindex=\"0\" role=\"group\" aria-label=\"" +
           escape_markup(escape_for_terminal(title)) + "\">\n<svg role=\"img\" aria-labelledby=\"" +
           id + "-title " + id + "-text\" viewBox=\"0 0 " + width + " " +
           coordinate(drawing.height) + "\" style=\"max-width:" + width +
           "px;min-width:" + coordinate(drawing.least_width) + "px\">\n<title id=\"" + id +
           "-title\">" + escape_markup(escape_for_terminal(title)) + "</title>\n<desc id=\"" + id +
           "-text\">" + escape_markup(escape_for_terminal(drawing.description)) + "</desc>\n" +
           drawing.elements + "</svg>\n</div>\n";
}

}  // namespace

std::string evidence_anchor(std::string_view evidence_id) {
    return "evidence:" + escape_markup(evidence_id);
}

std::string figure_html(const report::Figure& figure, std::size_t number,
                        const report::Evidence* evidence) {
    const Drawing drawing = std::visit([](const auto& body) { return draw(body); }, figure.body);
    const std::string id = "figure:" + std::to_string(number);
    std::string out = drawing.is_wide ? "<figure class=\"wide\"" : "<figure";
    out += " id=\"" + id + "\">\n<figcaption><h3>" + escape_markup(figure.title) + "</h3>";
    if (!figure.note.empty()) out += "\n<p class=\"small\">" + escape_markup(figure.note) + "</p>";
    out += "</figcaption>\n";
    if (drawing.elements.empty()) {
        // The table is the figure.
        out += drawing.table;
    } else {
        out += svg_of(drawing, figure.title, id);
    }
    out += "<p class=\"small dim\">" + escape_markup(drawing.description);
    if (evidence != nullptr) {
        out += " Evidence: <a href=\"#" + evidence_anchor(evidence->id) + "\">" +
               escape_markup(evidence->title) + "</a>.";
    }
    out += "</p>\n";
    if (!drawing.elements.empty() && !drawing.table.empty())
        out += "<details><summary>The same as a table</summary>\n" + drawing.table + "</details>\n";
    return out + "</figure>\n";
}

std::string figures_html(const report::Evidence& evidence, std::size_t& next_number) {
    std::string out;
    for (const auto& figure : report::figures_of(evidence)) {
        if (figure) {
            out += figure_html(*figure, next_number++, &evidence);
        } else {
            out += "<p class=\"wide dim\">A figure of " + escape_markup(evidence.title) +
                   " cannot be drawn: " + escape_markup(figure.error().message) + "</p>\n";
        }
    }
    return out;
}

}  // namespace portolan::render
