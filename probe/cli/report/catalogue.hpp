#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/cli/catalogue.hpp"
#include "reports/model/finding.hpp"

namespace portolan::nat_probe {

struct CallFindingInfo {
    std::string_view id;
    std::string_view title;
    report::Severity severity{};  ///< of a failure, where nothing makes it better or worse
    report::Impact impact{};
    bool decides = false;
    std::vector<report::Reference> references;
    std::vector<std::string> explanation;
};

/// What `nat-probe report` says beside the classification, in the order of the report.
std::span<const CallFindingInfo> call_finding_table();

/// A finding of the table's row, judged. `summary` may be empty.
report::Finding call_finding(std::string_view id, report::Verdict verdict, std::string value,
                             std::string summary);

/// For --list and --explain: these, and those of the classification.
std::vector<cli::CatalogueEntry> call_catalogue();

}  // namespace portolan::nat_probe
