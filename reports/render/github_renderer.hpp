#pragma once

#include "reports/render/renderer.hpp"

namespace portolan::render {

/// Workflow commands of GitHub Actions: annotations, one line each.
class GithubRenderer final : public Renderer {
  public:
    std::string render(const report::Report& report, const RenderOptions& options) const override;
};

}  // namespace portolan::render
