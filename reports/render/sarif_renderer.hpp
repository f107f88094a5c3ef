#pragma once

#include "reports/render/renderer.hpp"

namespace portolan::render {

/// SARIF 2.1.0 (OASIS): what code hosts and editors show beside the lines.
class SarifRenderer final : public Renderer {
  public:
    std::string render(const report::Report& report, const RenderOptions& options) const override;
};

}  // namespace portolan::render
