#pragma once

#include "reports/render/renderer.hpp"

namespace portolan::render {

/// For people: the headline, the facts of each section, the advice; evidence when verbose.
class TextRenderer final : public Renderer {
  public:
    std::string render(const report::Report& report, const RenderOptions& options) const override;
};

}  // namespace portolan::render
