#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "reports/model/json.hpp"
#include "reports/render/renderer.hpp"

namespace portolan::render {

enum class Style { Plain, Bold, Dim, Green, Yellow, Red };

/// Lines of a terminal, broken at its width. Text from a report goes through escape_for_terminal()
/// before it comes here.
class TextPage {
  public:
    /// Of an object's names; longer ones push the rest of their line.
    static constexpr std::size_t kMaxNameColumns = 32;

    /// The options have to live as long.
    explicit TextPage(const RenderOptions& options);

    std::size_t width() const { return width_; }
    /// The text alone where there is no colour.
    std::string styled(Style style, std::string_view text) const;

    void line(std::string_view text);
    /// Not at the beginning.
    void blank();
    void heading(std::string_view title);
    /// The first line after `lead`, which takes `lead_columns`; the others indented as far.
    void paragraph(std::string_view lead, std::size_t lead_columns, std::string_view text,
                   Style style = Style::Plain);
    /// Names and values side by side, the names as wide as the widest; escaped here.
    void object(const report::Json& object, std::size_t indent);

    std::string take() { return std::move(out_); }

  private:
    const RenderOptions& options_;
    std::size_t width_;
    std::string out_;
};

}  // namespace portolan::render
