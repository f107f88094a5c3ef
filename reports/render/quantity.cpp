#include "reports/render/quantity.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace portolan::render {

ShownUnit shown_unit(std::string_view unit) {
    if (unit == "us") return {"ms", 1e-3};
    if (unit == "pct") return {"%", 1};
    if (unit == "bits_s") return {"kbit/s", 1e-3};
    if (unit == "count" || unit == "mos") return {"", 1};
    return {std::string(unit), 1};
}

std::string number_text(double value) {
    if (!std::isfinite(value)) return "-";
    char text[64];
    const double size = std::abs(value);
    if (size >= 1e15) {
        std::snprintf(text, sizeof text, "%.3g", value);
    } else {
        const int decimals = size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
        std::snprintf(text, sizeof text, "%.*f", decimals, value);
    }
    std::string out(text);
    if (out.find('.') != std::string::npos && out.find('e') == std::string::npos) {
        while (out.back() == '0')
            out.pop_back();
        if (out.back() == '.') out.pop_back();
    }
    return out == "-0" ? "0" : out;
}

std::string quantity_text(double value, std::string_view unit) {
    const ShownUnit shown = shown_unit(unit);
    std::string out = number_text(value * shown.factor);
    if (std::isfinite(value) && !shown.name.empty()) out += " " + shown.name;
    return out;
}

std::string moment_text(std::int64_t at_us) {
    char text[64];
    constexpr std::int64_t kTenMinutes = 600'000'000;
    if (std::abs(at_us) < kTenMinutes) {
        std::snprintf(text, sizeof text, "%.3f s", static_cast<double>(at_us) / 1e6);
    } else {
        const std::int64_t tenths = at_us / 100'000;
        std::snprintf(text, sizeof text, "%lld:%02lld.%lld min",
                      static_cast<long long>(tenths / 600),
                      static_cast<long long>(std::abs(tenths) / 10 % 60),
                      static_cast<long long>(std::abs(tenths) % 10));
    }
    return text;
}

std::vector<double> axis_ticks(double min, double max, std::size_t most) {
    const double low = std::min(min, 0.0);
    const double high = std::max(max, low);
    const double span = high - low;
    if (!(span > 0) || !std::isfinite(span)) return {low, low + 1};
    const double raw = span / static_cast<double>(std::max<std::size_t>(most, 1));
    const double power = std::pow(10, std::floor(std::log10(raw)));
    double step = power * 10;
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (power * factor >= raw * (1 - 1e-9)) {
            step = power * factor;
            break;
        }
    }
    std::vector<double> out;
    const double first = std::floor(low / step + 1e-9);
    for (std::size_t i = 0; i <= most + 2; ++i) {
        const double tick = (first + static_cast<double>(i)) * step;
        out.push_back(tick);
        if (tick >= high - step * 1e-9) break;
    }
    return out;
}

}  // namespace portolan::render
