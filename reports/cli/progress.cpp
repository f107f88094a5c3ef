#include "reports/cli/progress.hpp"

#include "reports/cli/output.hpp"
#include "reports/render/escape.hpp"

namespace portolan::cli {
namespace {

/// Back to the start of the line, and empty it.
constexpr std::string_view kEraseLine = "\r\x1b[K";

/// The last column stays free: some terminals wrap as soon as it is written.
std::string cut(std::string text, std::size_t width_columns) {
    while (render::display_width(text) >= width_columns && !text.empty()) {
        while (text.size() > 1 && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80) {
            text.pop_back();
        }
        text.pop_back();
    }
    return text;
}

}  // namespace

void Progress::show(std::string_view line) {
    if (!enabled_) return;
    // Escaping at most quadruples, so a longer line cannot show more.
    std::string text =
        cut(render::escape_for_terminal(line.substr(0, 4 * width_columns_)), width_columns_);
    if (text == shown_) return;
    write(std::string(kEraseLine) + text);
    shown_ = std::move(text);
}

void Progress::clear() {
    if (!enabled_ || shown_.empty()) return;
    write(kEraseLine);
    shown_.clear();
}

void Progress::write(std::string_view bytes) const {
    write_all(descriptor_, bytes);
}

}  // namespace portolan::cli
