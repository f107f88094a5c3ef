#pragma once

#include "reports/render/renderer.hpp"

namespace portolan::render {

/// The report itself, whole: `quiet`, `verbose`, `color` and `width_columns` change nothing.
class JsonRenderer final : public Renderer {
  public:
    std::string render(const report::Report& report, const RenderOptions& options) const override;
};

}  // namespace portolan::render
