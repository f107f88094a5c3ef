#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/model/finding.hpp"

namespace portolan::digest {

/// Figures that differ by less than this factor, either way, are taken for the noise of two runs.
inline constexpr double kNoiseFactor = 1.5;

/// So many samples on either side at least: that all of one lie beyond all of the other is then
/// chance once in 126 times (two of the 252 ways to deal ten).
inline constexpr std::size_t kFewestSamples = 5;

/// It fails now, and what it was before is not known: a failure, and maybe no worse.
inline constexpr report::ReasonCode kFailsNow = "fails-now";
/// "2 failing of which nothing was known before, "; empty for none.
std::string fails_now_in_words(std::size_t count);

/// A figure, and its unit with what is before it: "12.5 ms". Nothing of what is more, or counts
/// things: addresses, "2 host, 1 server-reflexive", "89 % direct, 11 % relayed".
std::optional<std::pair<double, std::string>> figure_of(const std::string& value);

/// What all values have in common that differ by their figure alone; of a text, all but addresses,
/// times and decimals: what it counts, and its shares, are what it says.
std::string essence_of_value(const std::string& value);

/// The two values say the same. A time is one reading, which no second one bears out: another time
/// says nothing. Of other figures another one says something beyond kNoiseFactor, of texts what
/// essence_of_value() keeps.
bool is_same_value(const std::string& before, const std::string& after);

/// The run could not tell (inconclusive, or not tested for want of time or answers), which says
/// nothing of what is: another run may.
bool could_not_tell(const report::Finding& finding);

/// What changed of quantities that both hold with their spread (report::Measured): "round trip
/// 0.2 ms -> 200 ms" with an arrow. The ranges have nothing in common, the values differ by
/// kNoiseFactor, and kFewestSamples were taken on both sides.
std::vector<std::string> measured_changes(const report::Finding& before,
                                          const report::Finding& after);

/// "12.5", three digits.
std::string shortened(double value);

}  // namespace portolan::digest
