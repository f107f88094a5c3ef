#include "reports/render/json_renderer.hpp"

namespace portolan::render {

std::string JsonRenderer::render(const report::Report& report, const RenderOptions&) const {
    return report::to_json(report);
}

}  // namespace portolan::render
