#include "reports/render/svg.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "reports/render/escape.hpp"
#include "reports/render/markup.hpp"

namespace portolan::render {
namespace {

std::string attribute(std::string_view name, double value) {
    return " " + std::string(name) + "=\"" + coordinate(value) + "\"";
}

std::string attribute(std::string_view name, std::string_view value) {
    if (value.empty()) return "";
    return " " + std::string(name) + "=\"" + std::string(value) + "\"";
}

std::string title(std::string_view tooltip) {
    return tooltip.empty() ? ""
                           : "<title>" + escape_markup(escape_for_terminal(tooltip)) + "</title>";
}

}  // namespace

std::string coordinate(double value) {
    if (!std::isfinite(value)) return "0";
    char text[48];
    std::snprintf(text, sizeof text, "%.1f", std::clamp(value, -1e6, 1e6));
    std::string out(text);
    if (out.ends_with(".0")) out.resize(out.size() - 2);
    return out == "-0" ? "0" : out;
}

std::string label(std::string_view text, std::size_t most_columns) {
    const std::string safe = escape_for_terminal(text);
    if (display_width(safe) <= most_columns) return escape_markup(safe);
    // Whole characters: a continuation byte of UTF-8 is 10xxxxxx.
    std::size_t end = 0;
    while (end < safe.size()) {
        std::size_t next = end + 1;
        while (next < safe.size() && (static_cast<unsigned char>(safe[next]) & 0xC0U) == 0x80)
            ++next;
        if (display_width(std::string_view(safe).substr(0, next)) + 1 > most_columns) break;
        end = next;
    }
    return escape_markup(std::string_view(safe).substr(0, end)) + "\u2026";
}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view css) {
    out_ += "<line" + attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2) +
            attribute("y2", y2) + attribute("class", css) + "/>\n";
}

void Svg::rect(double x, double y, double width, double height, double radius, std::string_view css,
               std::string_view tooltip) {
    out_ += "<rect" + attribute("x", x) + attribute("y", y) + attribute("width", width) +
            attribute("height", height) + attribute("rx", radius) + attribute("class", css);
    out_ += tooltip.empty() ? "/>\n" : ">" + title(tooltip) + "</rect>\n";
}

void Svg::circle(double x, double y, double radius, std::string_view css) {
    out_ += "<circle" + attribute("cx", x) + attribute("cy", y) + attribute("r", radius) +
            attribute("class", css) + "/>\n";
}

void Svg::path(std::string_view commands, std::string_view css) {
    out_ += "<path" + attribute("d", commands) + attribute("class", css) + "/>\n";
}

void Svg::polyline(const std::vector<std::pair<double, double>>& points, std::string_view css) {
    std::string commands;
    for (const auto& [x, y] : points)
        commands += (commands.empty() ? "M" : " ") + coordinate(x) + "," + coordinate(y);
    path(commands, css);
}

void Svg::text(double x, double y, std::string_view escaped, std::string_view css,
               std::string_view transform) {
    out_ += "<text" + attribute("x", x) + attribute("y", y) + attribute("class", css) +
            attribute("transform", transform) + ">" + std::string(escaped) + "</text>\n";
}

void Svg::open_group(std::string_view css, std::string_view tooltip) {
    out_ += "<g" + attribute("class", css) + ">" + title(tooltip) + "\n";
}

void Svg::close_group() {
    out_ += "</g>\n";
}

void Svg::arrow_head(double from_x, double from_y, double x, double y, std::string_view css,
                     double size) {
    const double length = std::hypot(x - from_x, y - from_y);
    if (!(length > 0)) return;
    const double ux = (x - from_x) / length;
    const double uy = (y - from_y) / length;
    const double back_x = x - ux * size;
    const double back_y = y - uy * size;
    const double half = size * 0.45;
    path("M" + coordinate(x) + "," + coordinate(y) + " " + coordinate(back_x - uy * half) + "," +
             coordinate(back_y + ux * half) + " " + coordinate(back_x + uy * half) + "," +
             coordinate(back_y - ux * half) + "z",
         css);
}

}  // namespace portolan::render
