#include "reports/render/text_page.hpp"

#include <algorithm>

#include "reports/render/escape.hpp"

namespace portolan::render {
namespace {

using report::Json;

constexpr std::size_t kMinColumns = 40;

std::string_view sequence(Style style) {
    switch (style) {
        case Style::Plain:
            return "";
        case Style::Bold:
            return "\x1b[1m";
        case Style::Dim:
            return "\x1b[2m";
        case Style::Green:
            return "\x1b[32m";
        case Style::Yellow:
            return "\x1b[33m";
        case Style::Red:
            return "\x1b[1;31m";
    }
    return "";
}

std::string scalar_text(const Json& value) {
    if (const auto* text = value.get_ptr<const std::string*>()) return escape_for_terminal(*text);
    if (value.is_null()) return "unknown";
    return escape_for_terminal(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string json_text(const Json& value) {
    if (!value.is_array()) return scalar_text(value);
    if (value.empty()) return "none";
    std::string text;
    for (const auto& element : value) {
        if (!text.empty()) text += ", ";
        text += scalar_text(element);
    }
    return text;
}

}  // namespace

TextPage::TextPage(const RenderOptions& options)
    : options_(options), width_(std::max(options.width_columns, kMinColumns)) {}

std::string TextPage::styled(Style style, std::string_view text) const {
    if (!options_.color || style == Style::Plain || text.empty()) return std::string(text);
    return std::string(sequence(style)) + std::string(text) + "\x1b[0m";
}

void TextPage::line(std::string_view text) {
    out_ += text;
    out_ += '\n';
}

void TextPage::blank() {
    if (!out_.empty()) out_ += '\n';
}

void TextPage::heading(std::string_view title) {
    blank();
    line(styled(Style::Bold, title));
}

void TextPage::paragraph(std::string_view lead, std::size_t lead_columns, std::string_view text,
                         Style style) {
    const std::size_t room = width_ > lead_columns ? width_ - lead_columns : 1;
    std::string prefix(lead);
    for (const auto& part : wrap(text, room)) {
        line(prefix + styled(style, part));
        prefix.assign(lead_columns, ' ');
    }
}

void TextPage::object(const Json& object, std::size_t indent) {
    std::size_t widest = 0;
    for (const auto& [key, value] : object.items()) {
        widest = std::max(widest, display_width(escape_for_terminal(key)));
    }
    widest = std::min(widest, kMaxNameColumns);
    for (const auto& [key, value] : object.items()) {
        const std::string name = pad_right(escape_for_terminal(key), widest);
        paragraph(std::string(indent, ' ') + name + "  ", indent + display_width(name) + 2,
                  json_text(value));
    }
}

}  // namespace portolan::render
