#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "reports/model/report.hpp"

namespace portolan::render {

struct RenderOptions {
    bool verbose = false;  ///< evidence, environment and parameters too
    bool quiet = false;    ///< the headline and what failed; verbose wins
    bool color = false;
    std::size_t width_columns = 80;  ///< 40 at least; less is taken as 40
    /// Where a format has failing tests (junit): failures from there on are. Lesser ones are said.
    report::Severity failure_from = report::Severity::Info;
};

/// A pure function from report to bytes, so that every format is tested by golden files.
class Renderer {
  public:
    Renderer() = default;
    Renderer(const Renderer&) = delete;
    Renderer& operator=(const Renderer&) = delete;
    virtual ~Renderer() = default;

    /// Ends in a newline.
    virtual std::string render(const report::Report& report,
                               const RenderOptions& options) const = 0;
};

enum class Format { Text, Json, JsonLines, Junit, Sarif, Github, Markdown, Html };

struct FormatRow {
    Format format;
    std::string_view name;         ///< the word after --format
    std::string_view description;  ///< for --help
    const Renderer& (*renderer)();
};

/// The one table of formats: --format, --help and renderer_for derive from it.
std::span<const FormatRow> formats();

std::string_view to_string(Format format);
std::optional<Format> parse_format(std::string_view word);
const Renderer& renderer_for(Format format);

}  // namespace portolan::render
