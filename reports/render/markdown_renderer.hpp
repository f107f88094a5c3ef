#pragma once

#include "reports/render/renderer.hpp"

namespace portolan::render {

/// For an issue, a wiki or a job summary.
class MarkdownRenderer final : public Renderer {
  public:
    std::string render(const report::Report& report, const RenderOptions& options) const override;
};

}  // namespace portolan::render
