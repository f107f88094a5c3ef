#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "reports/model/figure.hpp"
#include "reports/model/tests/golden.hpp"
#include "reports/model/tests/sample_figures.hpp"

namespace portolan::report {
namespace {

TEST(Figure, Of_each_shape_comes_back_as_it_was) {
    for (const Figure& figure : testing::sample_figures()) {
        const Json json = to_json(figure);
        const auto back = figure_from_json(Json::parse(json.dump()));
        ASSERT_TRUE(back) << figure.title << ": " << back.error().message;
        // What is not finite is null, and nothing equals itself then: compared as text.
        EXPECT_EQ(to_json(*back), json);
        EXPECT_EQ(back->title, figure.title);
        EXPECT_EQ(back->body.index(), figure.body.index());
    }
}

TEST(Figure, Is_written_as_the_schema_has_it) {
    Json all = Json::array();
    for (const Figure& figure : testing::sample_figures())
        all.push_back(to_json(figure));
    testing::expect_golden("reports/model/tests/golden/sample_figures.json", all.dump(1) + "\n");
}

TEST(Figure, Not_finite_values_are_null_and_come_back_as_gaps) {
    Series series;
    series.panels = {{.name = "x",
                      .unit = "us",
                      .lines = {{.name = "l",
                                 .at_us = {0, 1},
                                 .values = {std::numeric_limits<double>::infinity(), 1e308}}}}};
    const Json json = to_json(Figure{.title = "t", .body = series});
    EXPECT_TRUE(json["panels"][0]["lines"][0]["values"][0].is_null());
    const auto back = figure_from_json(json);
    ASSERT_TRUE(back);
    const auto& values = std::get<Series>(back->body).panels[0].lines[0].values;
    EXPECT_TRUE(std::isnan(values[0]));
    EXPECT_EQ(values[1], 1e308);
}

TEST(Figure, Is_added_to_evidence_and_left_out_of_its_data) {
    Evidence evidence{.id = "e", .title = "E", .data = {{"count", 3}}};
    for (const Figure& figure : testing::sample_figures())
        add_figure(evidence, figure);
    EXPECT_EQ(figures_of(evidence).size(), 4U);
    EXPECT_EQ(data_without_figures(evidence), Json({{"count", 3}}));
    EXPECT_TRUE(figures_of(Evidence{}).empty());
    EXPECT_TRUE(figures_of(Evidence{.data = {{"figures", 7}}}).empty());
}

struct Breach {
    const char* what;
    std::size_t sample;  ///< index into sample_figures()
    std::function<void(Json&)> break_it;
};

class BrokenFigure : public ::testing::TestWithParam<Breach> {};

TEST_P(BrokenFigure, Is_an_error_that_says_where) {
    Json json = to_json(testing::sample_figures()[GetParam().sample]);
    ASSERT_TRUE(figure_from_json(json));
    GetParam().break_it(json);
    const auto figure = figure_from_json(json);
    ASSERT_FALSE(figure) << GetParam().what;
    EXPECT_EQ(full_code(figure.error()), "usage.json.shape");
    EXPECT_TRUE(figure.error().message.find(GetParam().what) != std::string::npos)
        << figure.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Each, BrokenFigure,
    ::testing::Values(
        Breach{"title", 0, [](Json& json) { json.erase("title"); }},
        Breach{"kind", 0, [](Json& json) { json["kind"] = "pie"; }},
        Breach{"values: must be as many", 0,
               [](Json& json) { json["panels"][0]["lines"][0]["values"].push_back(1); }},
        Breach{"high: must be as many", 0,
               [](Json& json) { json["panels"][0]["lines"][0]["high"] = Json::array({1}); }},
        Breach{"at_us/1: must not be before", 0,
               [](Json& json) { json["panels"][0]["lines"][0]["at_us"][1] = -1; }},
        Breach{"values/0: must be a number", 0,
               [](Json& json) { json["panels"][0]["lines"][0]["values"][0] = "7"; }},
        Breach{"at_us/0: must be a whole number", 0,
               [](Json& json) { json["panels"][0]["lines"][0]["at_us"][0] = 1e300; }},
        Breach{"cells/0: must be the id of a class", 1,
               [](Json& json) { json["rows"][0]["cells"][0] = "nope"; }},
        Breach{"cells: must be as many as columns", 1,
               [](Json& json) { json["rows"][0]["cells"].push_back(nullptr); }},
        Breach{"tone", 1, [](Json& json) { json["classes"][0]["tone"] = "pink"; }},
        Breach{"one class too many", 1,
               [](Json& json) {
                   for (int i = 0; i < 100; ++i) {
                       json["classes"].push_back({{"id", std::to_string(i)}, {"tone", "good"}});
                   }
               }},
        Breach{"from: must be the index of a lane", 2,
               [](Json& json) { json["exchanges"][0]["from"] = 3U; }},
        Breach{"lane: must be the index of a lane", 2,
               [](Json& json) { json["marks"][0]["lane"] = 99U; }},
        Breach{"state", 2, [](Json& json) { json["exchanges"][0]["state"] = "gone"; }},
        Breach{"id: must not be there twice", 3, [](Json& json) { json["nodes"][1]["id"] = "a"; }},
        Breach{"to: must be the id of a node", 3, [](Json& json) { json["links"][0]["to"] = "x"; }},
        Breach{"nodes/0: must be the id of a node", 3,
               [](Json& json) { json["paths"][0]["nodes"][0] = "x"; }},
        Breach{"column", 3, [](Json& json) { json["nodes"][0]["column"] = 32U; }}));

}  // namespace
}  // namespace portolan::report
