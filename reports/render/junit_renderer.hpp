#pragma once

#include "reports/render/renderer.hpp"

namespace portolan::render {

/// JUnit XML: a suite for each section, a case for each finding.
class JunitRenderer final : public Renderer {
  public:
    std::string render(const report::Report& report, const RenderOptions& options) const override;
};

}  // namespace portolan::render
