#include "reports/render/renderer.hpp"

#include <array>

#include "reports/render/github_renderer.hpp"
#include "reports/render/html_renderer.hpp"
#include "reports/render/json_lines_renderer.hpp"
#include "reports/render/json_renderer.hpp"
#include "reports/render/junit_renderer.hpp"
#include "reports/render/markdown_renderer.hpp"
#include "reports/render/sarif_renderer.hpp"
#include "reports/render/text_renderer.hpp"

namespace portolan::render {
namespace {

template <typename R>
const Renderer& only() {
    static const R kRenderer;
    return kRenderer;
}

constexpr std::array<FormatRow, 8> kFormats{{
    {Format::Text, "text", "for people", only<TextRenderer>},
    {Format::Json, "json", "the whole report, portolan.report/1", only<JsonRenderer>},
    {Format::JsonLines, "jsonl", "one finding a line", only<JsonLinesRenderer>},
    {Format::Junit, "junit", "XML for test dashboards", only<JunitRenderer>},
    {Format::Sarif, "sarif", "SARIF 2.1.0 for code hosts and editors", only<SarifRenderer>},
    {Format::Github, "github", "annotations of GitHub Actions", only<GithubRenderer>},
    {Format::Markdown, "markdown", "for an issue or a job summary", only<MarkdownRenderer>},
    {Format::Html, "html", "one self-contained page", only<HtmlRenderer>},
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
