#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "reports/render/drawings.hpp"
#include "reports/render/html_table.hpp"
#include "reports/render/quantity.hpp"

namespace portolan::render {
namespace {

using report::Series;
using report::SeriesLine;
using report::SeriesPanel;

constexpr double kWidth = 720;
constexpr double kLeft = 52;
constexpr double kRight = 14;
constexpr double kHead = 30;
constexpr double kPanel = 120;
constexpr double kFoot = 42;
/// Columns into which points are sorted by time.
constexpr std::size_t kColumns = 240;
constexpr std::size_t kMostLines = 3;
constexpr std::size_t kMostPanels = 6;
constexpr std::size_t kMostMarks = 12;
constexpr std::size_t kSpans = 24;
/// Beyond, a value is no measurement; it is drawn at the edge.
constexpr double kMostValue = 1e15;
/// Below a reading as small as this a scale shows nothing.
constexpr double kLeastRange = 1e-9;

struct Extent {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
    double sum = 0;
    std::size_t count = 0;

    void add(double value) {
        low = std::min(low, value);
        high = std::max(high, value);
        sum += value;
        ++count;
    }
    [[nodiscard]] double mean() const { return sum / static_cast<double>(count); }
};

double clipped(double value) {
    return std::clamp(value, -kMostValue, kMostValue);
}

/// Lines that agree on their length; what a caller filled in wrongly is cut.
std::size_t size_of(const SeriesLine& line) {
    return std::min(line.at_us.size(), line.values.size());
}

double high_of(const SeriesLine& line, std::size_t i) {
    return i < line.high.size() && std::isfinite(line.high[i]) ? line.high[i] : line.values[i];
}

struct TimeRange {
    double from_us = 0;
    double to_us = 1;

    [[nodiscard]] double share(std::int64_t at_us) const {
        return (static_cast<double>(at_us) - from_us) / (to_us - from_us);
    }
};

TimeRange range_of(const Series& series) {
    std::optional<std::int64_t> from;
    std::optional<std::int64_t> to;
    for (const SeriesPanel& panel : series.panels) {
        for (const SeriesLine& line : panel.lines) {
            if (size_of(line) == 0) continue;
            const std::int64_t first = line.at_us.front();
            const std::int64_t last = line.at_us[size_of(line) - 1];
            from = from ? std::min(*from, first) : first;
            to = to ? std::max(*to, last) : last;
        }
    }
    if (!from) return {};
    const auto begin = static_cast<double>(*from);
    return {begin, *to > *from ? static_cast<double>(*to) : begin + 1};
}

Extent values_of(const SeriesLine& line) {
    Extent out;
    for (std::size_t i = 0; i < size_of(line); ++i) {
        if (std::isfinite(line.values[i])) out.add(clipped(line.values[i]));
    }
    return out;
}

double highest_of(const SeriesLine& line) {
    double out = -kMostValue;
    for (std::size_t i = 0; i < size_of(line); ++i) {
        if (std::isfinite(line.values[i])) out = std::max(out, clipped(high_of(line, i)));
    }
    return out;
}

/// One panel's scales, and where things go on it.
struct Plane {
    double top = 0;
    double low = 0;
    double high = 1;
    TimeRange time;

    [[nodiscard]] double x(std::int64_t at_us) const {
        return kLeft + time.share(at_us) * (kWidth - kLeft - kRight);
    }
    [[nodiscard]] double y(double value) const {
        const double share = (clipped(value) - low) / (high - low);
        return top + kPanel - std::clamp(share, 0.0, 1.0) * kPanel;
    }
};

using Points = std::vector<std::pair<double, double>>;

/// The points of one column, of which there are at most kColumns + 1 whatever the input.
struct Column {
    std::size_t first = 0;  ///< indices into the line
    std::size_t lowest = 0;
    std::size_t highest = 0;
    std::size_t last = 0;
    double high = 0;            ///< the worst of all
    bool is_after_gap = false;  ///< a gap within a column is too short to be seen
};

std::vector<Column> columns_of(const SeriesLine& line, const TimeRange& time) {
    std::vector<Column> out;
    const std::size_t size = size_of(line);
    const auto number_of = [&](std::size_t i) {
        const double share = std::clamp(time.share(line.at_us[i]), 0.0, 1.0);
        return static_cast<std::size_t>(share * static_cast<double>(kColumns));
    };
    bool is_after_gap = true;
    for (std::size_t from = 0, to = 0; from < size; from = to) {
        std::optional<Column> column;
        for (to = from; to < size && number_of(to) == number_of(from); ++to) {
            if (!std::isfinite(line.values[to])) continue;
            if (!column) column = Column{to, to, to, to, high_of(line, to), is_after_gap};
            if (line.values[to] < line.values[column->lowest]) column->lowest = to;
            if (line.values[to] > line.values[column->highest]) column->highest = to;
            column->high = std::max(column->high, high_of(line, to));
            column->last = to;
        }
        is_after_gap = !column;
        if (column) out.push_back(*column);
    }
    return out;
}

/// Stretches between gaps.
std::vector<Points> curves_of(const SeriesLine& line, const Plane& plane) {
    std::vector<Points> out;
    for (const Column& column : columns_of(line, plane.time)) {
        if (column.is_after_gap) out.emplace_back();
        std::vector<std::size_t> kept = {column.first, column.lowest, column.highest, column.last};
        std::ranges::sort(kept);
        kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
        for (const std::size_t i : kept)
            out.back().emplace_back(plane.x(line.at_us[i]), plane.y(line.values[i]));
    }
    return out;
}

void draw_band(Svg& svg, const SeriesLine& line, const Plane& plane, const std::string& css) {
    if (line.high.empty()) return;
    Points upper;
    Points lower;
    const auto flush = [&] {
        if (upper.size() > 1) {
            upper.insert(upper.end(), lower.rbegin(), lower.rend());
            svg.polyline(upper, "band " + css);
        }
        upper.clear();
        lower.clear();
    };
    for (const Column& column : columns_of(line, plane.time)) {
        if (column.is_after_gap) flush();
        const double x = plane.x(line.at_us[column.first]);
        upper.emplace_back(x, plane.y(column.high));
        lower.emplace_back(x, plane.y(line.values[column.lowest]));
    }
    flush();
}

void draw_line(Svg& svg, const SeriesLine& line, const Plane& plane, std::size_t index) {
    const std::string number = std::to_string(index);
    draw_band(svg, line, plane, "a" + number);
    for (const Points& curve : curves_of(line, plane)) {
        if (curve.size() == 1) {
            svg.circle(curve[0].first, curve[0].second, 3, "a" + number);
        } else {
            svg.polyline(curve, "curve l" + number);
        }
    }
}

std::string line_summary(const SeriesLine& line, const std::string& unit) {
    const Extent extent = values_of(line);
    if (extent.count == 0) return "nothing measured";
    const double highest = std::max(highest_of(line), extent.high);
    if (highest == extent.low) return quantity_text(extent.low, unit) + " throughout";
    return quantity_text(extent.mean(), unit) + " on average, " + quantity_text(extent.low, unit) +
           " to " + quantity_text(highest, unit);
}

/// A dash, and a name of 20 characters.
constexpr double kLegendWidth = 158;

/// A panel's name, and in the same row what each line is.
void draw_legend(Svg& svg, const SeriesPanel& panel, double y, std::size_t count) {
    const ShownUnit unit = shown_unit(panel.unit);
    svg.text(kLeft - 44, y,
             label(panel.name + (unit.name.empty() ? "" : ", " + unit.name),
                   count > 2 ? std::size_t{28} : std::size_t{44}),
             "b");
    double x = kWidth - kRight - kLegendWidth * static_cast<double>(count);
    for (std::size_t i = 0; i < count; ++i) {
        svg.line(x, y - 4, x + 26, y - 4, "curve l" + std::to_string(i));
        svg.text(x + 32, y, label(panel.lines[i].name, 20), "s");
        x += kLegendWidth;
    }
}

void draw_panel(Svg& svg, const Series& series, const SeriesPanel& panel, Plane plane) {
    const std::size_t count = std::min(panel.lines.size(), kMostLines);
    double low = 0;
    double high = kLeastRange;
    for (std::size_t i = 0; i < count; ++i) {
        const Extent extent = values_of(panel.lines[i]);
        if (extent.count == 0) continue;
        low = std::min(low, extent.low);
        high = std::max({high, extent.high, highest_of(panel.lines[i])});
    }
    // A loss of nothing is a line at the bottom of something.
    const bool is_share = panel.unit == "pct";
    if (is_share) high = std::max(high, 5.0);
    const double factor = shown_unit(panel.unit).factor;
    const std::vector<double> ticks = axis_ticks(low * factor, high * factor, 4);
    plane.low = ticks.front() / factor;
    plane.high = ticks.back() / factor;
    draw_legend(svg, panel, plane.top - 12, count);
    for (const double tick : ticks) {
        const double y = plane.y(tick / factor);
        svg.line(kLeft, y, kWidth - kRight, y, "grid-line");
        svg.text(kLeft - 6, y + 4, number_text(tick), "s d e");
    }
    for (std::size_t i = 0; i < std::min(series.marks.size(), kMostMarks); ++i) {
        const double x = plane.x(series.marks[i].at_us);
        if (x >= kLeft && x <= kWidth - kRight)
            svg.line(x, plane.top, x, plane.top + kPanel, "event");
    }
    if (panel.limit && *panel.limit > plane.low && *panel.limit < plane.high) {
        const double y = plane.y(*panel.limit);
        svg.line(kLeft, y, kWidth - kRight, y, "limit");
        svg.text(kWidth - kRight, y - 4, label(panel.limit_name, 40), "s e");
    }
    bool is_empty = true;
    for (std::size_t i = 0; i < count; ++i) {
        draw_line(svg, panel.lines[i], plane, i);
        is_empty = is_empty && values_of(panel.lines[i]).count == 0;
    }
    if (is_empty) {
        svg.text(kWidth / 2, plane.top + kPanel / 2, "nothing was measured", "d m");
    }
}

void draw_time_axis(Svg& svg, const Series& series, const Plane& plane, double top, double bottom) {
    const double from_s = plane.time.from_us / 1e6;
    const double to_s = plane.time.to_us / 1e6;
    svg.line(kLeft, bottom, kWidth - kRight, bottom, "axis");
    const double span = to_s - from_s;
    // Round moments, not round distances from whenever it began.
    const std::vector<double> steps = axis_ticks(0, span, 8);
    const double step = steps[1] - steps[0];
    const double first = std::ceil(from_s / step - 1e-9);
    const double last = std::floor(to_s / step + 1e-9);
    // A step that is lost beside huge times, which anybody may have written, draws one.
    const int count = static_cast<int>(std::clamp(last - first + 1, 0.0, 16.0));
    for (int i = 0; i < count; ++i) {
        const double tick = (first + i) * step;
        const double x = kLeft + (tick - from_s) / span * (kWidth - kLeft - kRight);
        svg.line(x, bottom, x, bottom + 4, "axis");
        svg.text(x, bottom + 18, number_text(tick), "s d m");
    }
    svg.text(kWidth - kRight, bottom + 34, "seconds since the beginning", "s d e");
    for (std::size_t i = 0; i < std::min(series.marks.size(), kMostMarks); ++i) {
        const double x = plane.x(series.marks[i].at_us);
        if (x < kLeft || x > kWidth - kRight) continue;
        const bool is_late = x > kWidth * 0.7;
        svg.text(is_late ? x - 4 : x + 4, top + 12 + 13.0 * static_cast<double>(i % 4),
                 label(series.marks[i].name, 32), is_late ? "s halo e" : "s halo");
    }
}

/// Spans of equal length, so that a million points are as readable as ten.
std::string table_of(const Series& series, const TimeRange& time) {
    std::size_t most = 0;
    std::vector<std::string> names{"from, s"};
    std::vector<std::pair<const SeriesLine*, const SeriesPanel*>> lines;
    for (const SeriesPanel& panel : series.panels) {
        for (const SeriesLine& line : panel.lines) {
            if (lines.size() == kMostLines * kMostPanels) break;
            most = std::max(most, size_of(line));
            lines.emplace_back(&line, &panel);
            names.push_back(panel.name + ", " + line.name);
        }
    }
    if (most == 0) return "";
    const std::size_t count = std::min(most, kSpans);
    const double span_us = (time.to_us - time.from_us) / static_cast<double>(count);
    struct Cell {
        Extent values;
        double high = -kMostValue;
    };
    std::vector<std::vector<Cell>> cells(count, std::vector<Cell>(lines.size()));
    for (std::size_t column = 0; column < lines.size(); ++column) {
        const SeriesLine& line = *lines[column].first;
        for (std::size_t i = 0; i < size_of(line); ++i) {
            if (!std::isfinite(line.values[i])) continue;
            const double share = std::clamp(time.share(line.at_us[i]), 0.0, 1.0);
            const auto row = std::min(
                count - 1, static_cast<std::size_t>(share * static_cast<double>(count) + 1e-9));
            cells[row][column].values.add(clipped(line.values[i]));
            cells[row][column].high = std::max(cells[row][column].high, clipped(high_of(line, i)));
        }
    }
    HtmlTable table("Averages of spans of " + number_text(span_us / 1e6) +
                    " s; in brackets the highest, where it differs");
    table.head(names);
    for (std::size_t row = 0; row < count; ++row) {
        std::vector<std::string> texts{
            number_text((time.from_us + span_us * static_cast<double>(row)) / 1e6)};
        for (std::size_t column = 0; column < lines.size(); ++column) {
            const Cell& cell = cells[row][column];
            const std::string& unit = lines[column].second->unit;
            if (cell.values.count == 0) {
                texts.emplace_back("-");
                continue;
            }
            std::string& text = texts.emplace_back(quantity_text(cell.values.mean(), unit));
            const std::string high = quantity_text(cell.high, unit);
            if (text != high) text += " (" + high + ")";
        }
        table.row(texts);
    }
    return table.finish();
}

}  // namespace

Drawing draw(const Series& series) {
    const TimeRange time = range_of(series);
    const std::size_t count = std::min(series.panels.size(), kMostPanels);
    Svg svg;
    Drawing out{.width = kWidth, .least_width = 520};
    double top = 0;
    for (std::size_t i = 0; i < count; ++i) {
        top += kHead;
        draw_panel(svg, series, series.panels[i], {.top = top, .time = time});
        top += kPanel + (i + 1 < count ? 16 : 0);
    }
    draw_time_axis(svg, series, {.top = kHead, .time = time}, kHead, top);
    out.height = top + kFoot;
    out.elements = svg.elements();
    for (const SeriesPanel& panel : series.panels) {
        for (const SeriesLine& line : panel.lines) {
            out.description +=
                panel.name + ", " + line.name + ": " + line_summary(line, panel.unit) + ". ";
        }
    }
    for (std::size_t i = 0; i < std::min(series.marks.size(), kMostMarks); ++i) {
        out.description +=
            "At " + moment_text(series.marks[i].at_us) + ": " + series.marks[i].name + ". ";
    }
    out.table = table_of(series, time);
    return out;
}

}  // namespace portolan::render
