#pragma once

#include "reports/render/renderer.hpp"

namespace portolan::render {

/// One self-contained page: no script, nothing loaded, light and dark.
class HtmlRenderer final : public Renderer {
  public:
    std::string render(const report::Report& report, const RenderOptions& options) const override;
};

}  // namespace portolan::render
