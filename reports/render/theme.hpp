#pragma once

#include <span>
#include <string>
#include <string_view>

namespace portolan::render {

/// A CSS variable of the page, in both themes; print takes the light one.
struct ThemeColour {
    std::string_view name;
    std::string_view light;  ///< "#rrggbb"
    std::string_view dark;
};

/// What is drawn on what, and the contrast that WCAG 2.2 asks for: 4.5 for text (1.4.3), 3 for what
/// has to be told apart in graphics (1.4.11).
struct ThemePair {
    std::string_view ink;
    std::string_view ground;
    double least_contrast;
};

std::span<const ThemeColour> theme_colours();
std::span<const ThemePair> theme_pairs();

/// The contents of the page's style element.
std::string style_sheet();

}  // namespace portolan::render
