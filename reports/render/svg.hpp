#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace portolan::render {

/// A number as SVG takes it, to a tenth.
std::string coordinate(double value);

/// Text of others in a drawing: on one line, harmless, of at most `most_columns`.
std::string label(std::string_view text, std::size_t most_columns);

/// Builds the elements of a drawing. `css` are class names of style_sheet(); text is escaped here.
class Svg {
  public:
    void line(double x1, double y1, double x2, double y2, std::string_view css);
    void rect(double x, double y, double width, double height, double radius, std::string_view css,
              std::string_view tooltip = {});
    void circle(double x, double y, double radius, std::string_view css);
    void path(std::string_view commands, std::string_view css);
    void polyline(const std::vector<std::pair<double, double>>& points, std::string_view css);
    /// `label()` is the caller's, who knows how much room there is.
    void text(double x, double y, std::string_view escaped, std::string_view css = {},
              std::string_view transform = {});
    void open_group(std::string_view css, std::string_view tooltip = {});
    void close_group();
    /// A triangle whose tip is at (x, y), coming from (from_x, from_y).
    void arrow_head(double from_x, double from_y, double x, double y, std::string_view css,
                    double size = 8);

    [[nodiscard]] const std::string& elements() const { return out_; }

  private:
    std::string out_;
};

/// How a figure is shown.
struct Drawing {
    double width = 0;  ///< of the view box, and at most on the screen
    double height = 0;
    double least_width = 0;        ///< below that, its box scrolls
    bool is_wide = true;           ///< wants the whole column
    std::string elements = {};     ///< of the SVG; empty: there is only the table
    std::string description = {};  ///< what is to be seen, in sentences; not escaped
    std::string table = {};        ///< HTML: the figures
};

}  // namespace portolan::render
