#pragma once

#include "reports/render/renderer.hpp"

namespace portolan::render {

/// One finding a line, as in the report's JSON, with the id of its section.
class JsonLinesRenderer final : public Renderer {
  public:
    std::string render(const report::Report& report, const RenderOptions& options) const override;
};

}  // namespace portolan::render
