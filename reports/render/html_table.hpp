#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace portolan::render {

/// An HTML table with a head; cells are escaped here unless they say otherwise.
class HtmlTable {
  public:
    /// `css` is the table's class; the caption may be empty.
    explicit HtmlTable(std::string_view caption, std::string_view css = {});

    void head(const std::vector<std::string>& names);
    /// The first cell is the row's name.
    void row(const std::vector<std::string>& cells);
    /// Cells with their tags, from here.
    void raw_row(std::string_view cells, std::string_view css = {});

    /// In a box that scrolls when the table is wider than the page.
    [[nodiscard]] std::string finish() const;

  private:
    std::string head_;
    std::string body_;
    std::string caption_;
    std::string css_;
};

}  // namespace portolan::render
