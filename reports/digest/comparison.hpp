#pragma once

#include <string>

#include "reports/model/report.hpp"

namespace portolan::digest {

/// What differs between two reports of the same tool, as a report: a finding for each one whose
/// verdict, value or cause is another. Worse in the second (fails, and did not) is a failure; so is
/// what fails and was not tested, open or not in the report before ("fails-now"), which is counted
/// apart: nothing is known of before. Better is a pass; anything else is a change
/// (report::is_change). The value tells the two verdicts, or the two values. Addresses, ports,
/// times, and what is noise by reports/digest/noise.hpp make no difference. Where one of the two
/// could not tell (inconclusive, or out of time) and neither fails now, nothing is known to differ:
/// the headline counts these, and the evidence names them. Findings are told apart by their id,
/// their transport, their section where both reports have it, and their turn; servers by their
/// URLs, in whatever order they stand; where no server is in both and each has equally many, by
/// their order, which the headline says. What differs in the same way over several transports is
/// one row, with their names in its title and in data.transports; the headline counts findings.
/// Usage error "compare" when the reports are of different tools, or of different commands.
Result<report::Report> compare(const report::Report& before, const report::Report& after,
                               const std::string& before_name, const std::string& after_name);

}  // namespace portolan::digest
