// Contrast of the page's colours, computed as WCAG 2.2 defines it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "reports/render/theme.hpp"

namespace portolan::render {
namespace {

double channel(std::string_view hex) {
    const double share = std::strtol(std::string(hex).c_str(), nullptr, 16) / 255.0;
    return share <= 0.04045 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4);
}

double luminance(std::string_view colour) {
    return 0.2126 * channel(colour.substr(1, 2)) + 0.7152 * channel(colour.substr(3, 2)) +
           0.0722 * channel(colour.substr(5, 2));
}

double contrast(std::string_view a, std::string_view b) {
    const double x = luminance(a);
    const double y = luminance(b);
    return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

const ThemeColour* colour(std::string_view name) {
    const auto colours = theme_colours();
    const auto found = std::ranges::find(colours, name, &ThemeColour::name);
    return found == colours.end() ? nullptr : &*found;
}

TEST(Contrast, Is_that_of_the_known_examples) {
    EXPECT_NEAR(contrast("#000000", "#ffffff"), 21, 1e-9);
    EXPECT_NEAR(contrast("#777777", "#ffffff"), 4.48, 0.005);
    EXPECT_NEAR(contrast("#ff0000", "#ffffff"), 4.0, 0.005);
}

TEST(Theme, Everything_drawn_has_the_contrast_that_wcag_aa_asks_for) {
    for (const ThemePair& pair : theme_pairs()) {
        const ThemeColour* ink = colour(pair.ink);
        const ThemeColour* ground = colour(pair.ground);
        ASSERT_TRUE(ink && ground) << pair.ink << " on " << pair.ground;
        EXPECT_GE(contrast(ink->light, ground->light), pair.least_contrast)
            << pair.ink << " on " << pair.ground << ", light";
        EXPECT_GE(contrast(ink->dark, ground->dark), pair.least_contrast)
            << pair.ink << " on " << pair.ground << ", dark";
    }
}

/// A colour that is used and in no pair would be one that nobody has measured.
TEST(Theme, Style_uses_only_colours_that_were_measured) {
    const std::string style = style_sheet();
    std::size_t used = 0;
    for (std::size_t at = style.find("var(--"); at != std::string::npos;
         at = style.find("var(--", at + 1)) {
        const std::string name = style.substr(at + 6, style.find(')', at) - at - 6);
        ++used;
        ASSERT_NE(colour(name), nullptr) << name;
        // Lines of tables and of grids only divide: nothing is lost with them (WCAG 1.4.11).
        if (name == "line") continue;
        EXPECT_TRUE(std::ranges::any_of(theme_pairs(), [&](const ThemePair& pair) {
            return pair.ink == name || pair.ground == name;
        })) << name;
    }
    EXPECT_GT(used, 30U);
    // And no colour that is not a variable: each # stands in one of the two tables.
    EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(style, '#')), 2 * theme_colours().size());
    EXPECT_EQ(style.find("rgb("), std::string::npos);
}

}  // namespace
}  // namespace portolan::render
