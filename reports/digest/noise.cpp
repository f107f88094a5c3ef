#include "reports/digest/noise.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>

#include "reports/digest/essence.hpp"
#include "reports/model/measured.hpp"

namespace portolan::digest {
namespace {

using report::Measured;

/// Codes of what was not tested for want of time, of answers, or of a computer that keeps time: the
/// next run may have them. What was left out, or cannot be here, is another matter.
constexpr std::array<std::string_view, 4> kWanting{"out-of-time", "no-data", "one-socket",
                                                   "seen-once"};

bool is_time(std::string_view unit) {
    constexpr std::array<std::string_view, 3> kTimes{" us", " ms", " s"};
    return std::ranges::find(kTimes, unit) != kTimes.end();
}

bool is_unit(std::string_view unit) {
    constexpr std::array<std::string_view, 13> kUnits{
        "",    "%",      " %",      " minutes", " min", " hours", " days",
        " dB", " bytes", " kbit/s", " Mbit/s",  " Hz",  " kHz"};
    return is_time(unit) || std::ranges::find(kUnits, unit) != kUnits.end();
}

bool is_within_factor(double a, double b) {
    return std::max(a, b) < kNoiseFactor * std::min(a, b);
}

bool has_changed(const Measured& before, const Measured& after) {
    if (before.sample_count < kFewestSamples || after.sample_count < kFewestSamples) return false;
    const bool is_apart = before.high < after.low || after.high < before.low;
    return is_apart && !is_within_factor(before.value, after.value);
}

std::string in_words(const Measured& measured) {
    return shortened(measured.value) + (measured.unit.empty() ? "" : " " + measured.unit);
}

}  // namespace

std::optional<std::pair<double, std::string>> figure_of(const std::string& value) {
    double number = 0;
    const char* const end = value.data() + value.size();
    const auto [rest, error] = std::from_chars(value.data(), end, number);
    if (error != std::errc{} || !is_unit({rest, end})) return std::nullopt;
    return std::pair{number, std::string(rest, end)};
}

std::string essence_of_value(const std::string& value) {
    return figure_of(value) ? essence(value) : essence_with_shares(value);
}

bool is_same_value(const std::string& before, const std::string& after) {
    if (before == after) return true;
    const auto old_one = figure_of(before);
    const auto new_one = figure_of(after);
    if (old_one && new_one) {
        if (is_time(old_one->second) && is_time(new_one->second)) return true;
        return old_one->second == new_one->second && old_one->first > 0 && new_one->first > 0 &&
               is_within_factor(old_one->first, new_one->first);
    }
    return essence_of_value(before) == essence_of_value(after);
}

bool could_not_tell(const report::Finding& finding) {
    const auto& reason = finding.verdict.reason();
    return finding.verdict.outcome() == report::Outcome::Inconclusive ||
           (finding.verdict.outcome() == report::Outcome::NotTested &&
            std::ranges::find(kWanting, reason->code()) != kWanting.end());
}

std::string fails_now_in_words(std::size_t count) {
    return count == 0 ? "" : std::to_string(count) + " failing of which nothing was known before, ";
}

std::vector<std::string> measured_changes(const report::Finding& before,
                                          const report::Finding& after) {
    std::vector<std::string> out;
    const std::vector<Measured> old_ones = report::measured_of(before.data);
    for (const Measured& now : report::measured_of(after.data)) {
        const auto then = std::ranges::find_if(old_ones, [&](const Measured& each) {
            return each.quantity == now.quantity && each.unit == now.unit;
        });
        if (then == old_ones.end() || !has_changed(*then, now)) continue;
        out.push_back(now.quantity + " " + in_words(*then) + " \u2192 " + in_words(now));
    }
    return out;
}

std::string shortened(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value);
    return text;
}

}  // namespace portolan::digest
