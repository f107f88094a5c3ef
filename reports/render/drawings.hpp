#pragma once

#include "reports/model/figure.hpp"
#include "reports/render/svg.hpp"

/// Figures as inline SVG and as tables. Pure, and bounded whatever the input: a million points
/// become some hundred, and the table says what its rows sum up.
namespace portolan::render {

Drawing draw(const report::Series& series);
Drawing draw(const report::Matrix& matrix);
Drawing draw(const report::Ladder& ladder);
Drawing draw(const report::Topology& topology);

/// Above so many rows or columns, or when most cells have something to say, a matrix is a table
/// only, which has its colours too.
inline constexpr std::size_t kMostDrawnCells = 24;
/// Further ones are counted.
inline constexpr std::size_t kMostDrawnExchanges = 80;
inline constexpr std::size_t kMostTableRows = 2000;

/// The mark of a tone around a point: a disc, a triangle, a cross, a ring, a square.
void add_mark(Svg& svg, report::Tone tone, double x, double y, double radius = 4.5);

}  // namespace portolan::render
