#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Figures as people read them.
namespace portolan::render {

/// A unit of key names, as it is shown: us in milliseconds, bits_s in kbit/s.
struct ShownUnit {
    std::string name;   ///< "ms", "%"; empty for counts
    double factor = 1;  ///< shown = value * factor
};
ShownUnit shown_unit(std::string_view unit);

/// Three significant digits, without an exponent below 1e15; "-" for what is not finite.
std::string number_text(double value);
/// With its unit: "42.1 ms", "0.5 %".
std::string quantity_text(double value, std::string_view unit);
/// "0.202 s", "2:05.0 min" from ten minutes on.
std::string moment_text(std::int64_t at_us);

/// From zero, or below if need be, to at least `max`: at most `most` steps of 1, 2 or 5.
std::vector<double> axis_ticks(double min, double max, std::size_t most);

}  // namespace portolan::render
