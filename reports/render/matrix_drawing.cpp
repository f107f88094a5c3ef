#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "reports/render/drawings.hpp"
#include "reports/render/escape.hpp"
#include "reports/render/html_table.hpp"
#include "reports/render/markup.hpp"

namespace portolan::render {
namespace {

using report::Matrix;
using report::MatrixCell;
using report::MatrixClass;
using report::MatrixRow;
using report::Tone;

constexpr double kCell = 36;
constexpr double kGap = 2;
constexpr double kLetterColumns = 7.2;  ///< width of a column of text
constexpr double kHeading = 22;
constexpr double kLegendLine = 22;
constexpr std::size_t kMostNameColumns = 24;
/// So few columns have room for words: what has some notes is a table, and shows them whole.
constexpr std::size_t kFewColumns = 4;
/// Where there are more, a longer note of a cell is shown when it is pointed at.
constexpr std::size_t kMostNoteColumns = 48;

const MatrixClass* class_of(const Matrix& matrix, const MatrixCell& cell) {
    const auto found = std::ranges::find(matrix.classes, cell.class_id, &MatrixClass::id);
    return found == matrix.classes.end() ? nullptr : &*found;
}

double width_of(std::string_view text, std::size_t most_columns) {
    return kLetterColumns *
           static_cast<double>(std::min(display_width(escape_for_terminal(text)), most_columns));
}

std::string name_of(const MatrixClass* its) {
    return its ? its->name : "not known";
}

/// "53 direct", in the order of the classes.
std::vector<std::pair<const MatrixClass*, std::string>> legend_of(const Matrix& matrix) {
    std::map<std::string_view, std::size_t> counts;
    for (const MatrixRow& row : matrix.rows) {
        for (const MatrixCell& cell : row.cells)
            ++counts[cell.class_id];
    }
    std::vector<std::pair<const MatrixClass*, std::string>> out;
    for (const MatrixClass& each : matrix.classes) {
        if (const std::size_t count = counts[each.id]; count > 0)
            out.emplace_back(&each, std::to_string(count) + " " + each.name);
    }
    if (const std::size_t count = counts[""]; count > 0)
        out.emplace_back(nullptr, std::to_string(count) + " not known");
    return out;
}

void draw_cell(Svg& svg, const MatrixClass* its, double x, double y, const std::string& tooltip,
               bool has_note) {
    const double size = kCell - kGap;
    svg.open_group("", tooltip);
    svg.rect(x, y, size, size, 4,
             its ? "c-" + std::string(to_string(its->tone)) : std::string("c-none"));
    if (its) {
        add_mark(svg, its->tone, x + 10, y + size / 2, 4);
        svg.text(x + 24, y + size / 2 + 4.5, label(its->letter, 2) + (has_note ? "*" : ""), "m b");
    }
    svg.close_group();
}

std::string cell_sentence(const Matrix& matrix, std::size_t row, std::size_t column) {
    const MatrixCell& cell = matrix.rows[row].cells[column];
    return matrix.rows[row].name + ", " + matrix.columns[column] + ": " +
           name_of(class_of(matrix, cell)) + (cell.note.empty() ? "" : ". " + cell.note);
}

std::string mark_word(Tone tone) {
    switch (tone) {
        case Tone::Good:
            return "\u25CF";
        case Tone::Fair:
            return "\u25B2";
        case Tone::Bad:
            return "\u2715";
        case Tone::Open:
            return "\u25CB";
        case Tone::Neutral:
            break;
    }
    return "\u25A0";
}

std::string table_of(const Matrix& matrix) {
    HtmlTable table(
        matrix.row_name.empty()
            ? ""
            : "Rows: " + matrix.row_name +
                  (matrix.column_name.empty() ? std::string() : "; columns: " + matrix.column_name),
        matrix.columns.size() <= kFewColumns ? "grid few" : "grid");
    std::vector<std::string> names{matrix.row_name};
    names.insert(names.end(), matrix.columns.begin(), matrix.columns.end());
    table.head(names);
    std::string group;
    std::size_t done = 0;
    for (const MatrixRow& row : matrix.rows) {
        if (++done > kMostTableRows) break;
        if (row.group != group) {
            group = row.group;
            table.raw_row("<th scope=\"rowgroup\" colspan=\"" + std::to_string(names.size()) +
                              "\">" + escape_markup(group) + "</th>",
                          "group");
        }
        std::string cells = "<th scope=\"row\">";
        cells += row.finding_id.empty() ? escape_markup(row.name)
                                        : "<a href=\"#" + escape_markup(row.finding_id) + "\">" +
                                              escape_markup(row.name) + "</a>";
        cells += "</th>";
        for (const MatrixCell& cell : row.cells) {
            const MatrixClass* its = class_of(matrix, cell);
            if (its == nullptr) {
                cells += "<td>-</td>";
                continue;
            }
            cells += "<td class=\"t-" + std::string(to_string(its->tone)) + "\"";
            const bool has_room = matrix.columns.size() <= kFewColumns;
            const bool is_short = has_room || display_width(cell.note) <= kMostNoteColumns;
            if (!is_short) cells += " title=\"" + escape_markup(cell.note) + "\"";
            cells += "><span aria-hidden=\"true\">" + mark_word(its->tone) + "</span> " +
                     escape_markup(its->name);
            if (is_short && !cell.note.empty())
                cells += "<br><span class=\"small\">" + escape_markup(cell.note) + "</span>";
            cells += "</td>";
        }
        table.raw_row(cells);
    }
    std::string out = table.finish();
    if (matrix.rows.size() > kMostTableRows) {
        out += "<p class=\"dim\">" + std::to_string(matrix.rows.size() - kMostTableRows) +
               " more rows are in the JSON report only.</p>\n";
    }
    return out;
}

void draw_grid(Svg& svg, const Matrix& matrix, double left, double top) {
    for (std::size_t column = 0; column < matrix.columns.size(); ++column) {
        const double x = left + kCell * static_cast<double>(column) + kCell / 2 + 3;
        svg.text(0, 0, label(matrix.columns[column], kMostNameColumns), "s",
                 "translate(" + coordinate(x) + " " + coordinate(top - 8) + ") rotate(-55)");
    }
    double y = top;
    std::string group;
    for (std::size_t row = 0; row < matrix.rows.size(); ++row) {
        if (matrix.rows[row].group != group) {
            group = matrix.rows[row].group;
            svg.text(4, y + 15, label(group, 60), "b");
            y += kHeading;
        }
        svg.text(left - 8, y + kCell / 2 + 3.5, label(matrix.rows[row].name, kMostNameColumns),
                 "s e");
        const std::size_t count = std::min(matrix.rows[row].cells.size(), matrix.columns.size());
        for (std::size_t column = 0; column < count; ++column) {
            draw_cell(svg, class_of(matrix, matrix.rows[row].cells[column]),
                      left + kCell * static_cast<double>(column), y,
                      cell_sentence(matrix, row, column),
                      !matrix.rows[row].cells[column].note.empty());
        }
        y += kCell;
    }
}

/// As many in a line as fit. The height that it took.
double draw_legend(Svg& svg, const Matrix& matrix, double y, double width) {
    double x = 4;
    const double top = y;
    for (const auto& [its, words] : legend_of(matrix)) {
        const double wanted = 46 + width_of(words, 60);
        if (x > 4 && x + wanted > width) {
            x = 4;
            y += kLegendLine;
        }
        svg.rect(x, y - 13, 32, 18, 3,
                 its ? "c-" + std::string(to_string(its->tone)) : std::string("c-none"));
        if (its) {
            add_mark(svg, its->tone, x + 9, y - 4, 4);
            svg.text(x + 22, y + 0.5, label(its->letter, 2), "m b s");
        }
        svg.text(x + 38, y, label(words, 60), "s");
        x += wanted;
    }
    return y - top + kLegendLine;
}

}  // namespace

void add_mark(Svg& svg, Tone tone, double x, double y, double radius) {
    const std::string css = "k-" + std::string(to_string(tone));
    const auto at = [&](double dx, double dy) {
        return coordinate(x + dx * radius) + "," + coordinate(y + dy * radius);
    };
    switch (tone) {
        case Tone::Good:
            return svg.circle(x, y, radius, css);
        case Tone::Fair:
            return svg.path("M" + at(0, -1) + " " + at(1, 0.9) + " " + at(-1, 0.9) + "z", css);
        case Tone::Bad:
            return svg.path("M" + at(-1, -1) + "L" + at(1, 1) + "M" + at(1, -1) + "L" + at(-1, 1),
                            css);
        case Tone::Open:
            return svg.circle(x, y, radius, css);
        case Tone::Neutral:
            return svg.path(
                "M" + at(-1, -1) + " " + at(1, -1) + " " + at(1, 1) + " " + at(-1, 1) + "z", css);
    }
}

Drawing draw(const Matrix& matrix) {
    Drawing out;
    for (const auto& [its, words] : legend_of(matrix))
        out.description += (out.description.empty() ? "" : ", ") + words;
    out.description = std::to_string(matrix.rows.size() * matrix.columns.size()) +
                      " cells: " + (out.description.empty() ? "none" : out.description) + ".";
    std::size_t note_count = 0;
    std::size_t cell_count = 0;
    for (const MatrixRow& row : matrix.rows) {
        cell_count += row.cells.size();
        note_count += static_cast<std::size_t>(std::ranges::count_if(
            row.cells, [](const MatrixCell& each) { return !each.note.empty(); }));
    }
    out.table = table_of(matrix);
    const bool has_room = matrix.columns.size() <= kFewColumns && 4 * note_count > cell_count;
    if (has_room || matrix.rows.size() > kMostDrawnCells ||
        matrix.columns.size() > kMostDrawnCells || 2 * note_count > cell_count ||
        matrix.rows.empty() || matrix.columns.empty()) {
        return out;
    }
    if (note_count > 0) out.description += " *: a note, in the table.";
    double left = 40;
    for (const MatrixRow& row : matrix.rows)
        left = std::max(left, width_of(row.name, kMostNameColumns) * 0.9 + 16);
    double tall = 30;
    double overhang = 0;
    for (const std::string& column : matrix.columns) {
        const double width = width_of(column, kMostNameColumns) * 0.9;
        tall = std::max(tall, width * 0.82 + 22);
        overhang = std::max(overhang, width * 0.57 - kCell / 2);
    }
    const double caption = matrix.column_name.empty() && matrix.row_name.empty() ? 0 : 18;
    const double top = tall + caption;
    Svg svg;
    out.width = left + kCell * static_cast<double>(matrix.columns.size()) + overhang + 8;
    out.width = std::max(out.width, 240.0);
    if (caption > 0) {
        const std::string axes = matrix.row_name.empty() ? matrix.column_name
                                                         : matrix.row_name + " \u2193  " +
                                                               matrix.column_name + " \u2192";
        svg.text(4, 13, label(axes, 60), "s d");
    }
    draw_grid(svg, matrix, left, top);
    double height = top + kCell * static_cast<double>(matrix.rows.size());
    std::string group;
    for (const MatrixRow& row : matrix.rows) {
        if (row.group == group) continue;
        group = row.group;
        height += kHeading;
    }
    height += 24;
    height += draw_legend(svg, matrix, height, out.width);
    out.height = height;
    out.least_width = std::min(out.width, 310.0);
    out.is_wide = out.width > 520;
    if (matrix.columns.size() > 9) out.least_width = out.width * 0.8;
    out.elements = svg.elements();
    return out;
}

}  // namespace portolan::render
