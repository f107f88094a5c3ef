#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "probe/findings/catalogue.hpp"
#include "reports/cli/catalogue.hpp"
#include "reports/model/finding.hpp"

namespace portolan::nat_probe {

/// What `nat-probe report` says beside the classification, in the order of the report. The severity
/// holds where nothing makes a failure better or worse; advice is that of the cause.
std::span<const findings::FindingInfo> call_finding_table();

/// A finding of the table's row, judged. `summary` may be empty.
report::Finding call_finding(std::string_view id, report::Verdict verdict, std::string value,
                             std::string summary);

/// The same, not tested, for a reason of that code.
report::Finding call_not_tested(std::string_view id, std::string_view why, std::string sentence);

/// For --list and --explain: these, and those of the classification.
std::vector<cli::CatalogueEntry> call_catalogue();

}  // namespace portolan::nat_probe
