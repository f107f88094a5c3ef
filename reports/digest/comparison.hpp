#pragma once

#include <optional>
#include <string>
#include <utility>

#include "reports/model/report.hpp"

namespace portolan::digest {

/// Figures that differ by less than this factor, either way, are taken for the noise of two runs.
inline constexpr double kNoiseFactor = 1.5;

/// A figure, and what stands behind it: "12.5 ms". Nothing of what does not begin with a digit.
std::optional<std::pair<double, std::string>> figure_of(const std::string& value);

/// What differs between two reports of the same tool, as a report: a finding for each one whose
/// verdict, value or cause is another. Worse in the second (fails, and did not) is a failure;
/// better is a pass; anything else is a change (report::is_change). The value tells the two
/// verdicts, or the two values. Addresses, ports, times, and figures within kNoiseFactor make no
/// difference. Findings are told apart by their id, their transport, their section where both
/// reports have it, and their turn; servers by their URLs, in whatever order they stand. What
/// differs in the same way over several transports is one row, with their names in its title and in
/// data.transports; the headline counts findings. Usage error "compare" when the reports are of
/// different tools, or of different commands.
Result<report::Report> compare(const report::Report& before, const report::Report& after,
                               const std::string& before_name, const std::string& after_name);

}  // namespace portolan::digest
