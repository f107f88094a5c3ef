#include "reports/render/json_lines_renderer.hpp"

namespace portolan::render {

std::string JsonLinesRenderer::render(const report::Report& report, const RenderOptions&) const {
    // The report's own writer makes the text valid and knows how a finding looks.
    const report::OrderedJson whole = report::OrderedJson::parse(report::to_json(report));
    std::string out;
    for (const auto& section : whole.at("sections")) {
        for (const auto& finding : section.at("findings")) {
            report::OrderedJson line = {{"section", section.at("id")},
                                        {"section_title", section.at("title")}};
            line.update(finding);
            out += line.dump() + "\n";
        }
    }
    return out;
}

}  // namespace portolan::render
