#pragma once

#include <string>

#include "reports/model/report.hpp"

namespace portolan::gate {

/// What differs between two reports of the same tool, as a report: a finding for each check whose
/// verdict or cause is another one. Worse in the second (fails, and did not) is a failure; better
/// is a pass; anything else is "unsupported" with the reason "differs". Checks are told apart by
/// their id, their transport, and their turn where a report has several servers. Usage error
/// "compare" when the reports are of different tools.
Result<report::Report> compare(const report::Report& before, const report::Report& after,
                               const std::string& before_name, const std::string& after_name);

}  // namespace portolan::gate
