#include <gtest/gtest.h>

#include "reports/model/tests/sample_report.hpp"
#include "reports/render/json_renderer.hpp"

namespace portolan::render {
namespace {

TEST(JsonRenderer, IsTheReportWhateverTheOptions) {
    const auto report = testing::sample_report();
    const RenderOptions loud{.verbose = true, .color = true, .width_columns = 40};
    EXPECT_EQ(renderer_for(Format::Json).render(report, {}), report::to_json(report));
    EXPECT_EQ(renderer_for(Format::Json).render(report, loud), report::to_json(report));
}

TEST(Formats, EveryRowIsReachableByItsName) {
    for (const auto& row : formats()) {
        EXPECT_EQ(parse_format(row.name), row.format);
        EXPECT_EQ(to_string(row.format), row.name);
        EXPECT_EQ(&renderer_for(row.format), &row.renderer());
        EXPECT_EQ(row.renderer().render(testing::sample_report(), {}).back(), '\n');
    }
    EXPECT_FALSE(parse_format("pdf"));
    EXPECT_FALSE(parse_format(""));
}

}  // namespace
}  // namespace portolan::render
