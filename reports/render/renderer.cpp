#include "reports/render/renderer.hpp"

#include <array>

#include "reports/render/json_renderer.hpp"
#include "reports/render/text_renderer.hpp"

namespace portolan::render {
namespace {

template <typename R>
const Renderer& only() {
    static const R kRenderer;
    return kRenderer;
}

constexpr std::array<FormatRow, 2> kFormats{{
    {Format::Text, "text", "for people", only<TextRenderer>},
    {Format::Json, "json", "the whole report, portolan.report/1", only<JsonRenderer>},
}};

const FormatRow& row(Format format) {
    for (const auto& candidate : kFormats) {
        if (candidate.format == format) return candidate;
    }
    return kFormats[0];
}

}  // namespace

std::span<const FormatRow> formats() {
    return kFormats;
}

std::string_view to_string(Format format) {
    return row(format).name;
}

std::optional<Format> parse_format(std::string_view word) {
    for (const auto& candidate : kFormats) {
        if (candidate.name == word) return candidate.format;
    }
    return std::nullopt;
}

const Renderer& renderer_for(Format format) {
    return row(format).renderer();
}

}  // namespace portolan::render
