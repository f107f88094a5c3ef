#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "reports/cli/catalogue.hpp"
#include "reports/model/finding.hpp"

/// The ids under which nat-probe reports, with their explanations: the source of --list, --explain
/// and the advice in reports.
namespace portolan::findings {

struct FindingInfo {
    std::string_view id;
    std::string_view title;
    report::Severity severity{};  ///< of a failure
    report::Impact impact{};      ///< of a failure
    bool decides = false;
    std::vector<report::Reference> references;
    std::vector<std::string> explanation;  ///< paragraphs
    std::string_view advice{};             ///< of a failure
};

/// In the order of the report.
std::span<const FindingInfo> finding_table();

/// The row of an id that is in the table.
const FindingInfo& finding_info(std::string_view id);

cli::CatalogueEntry catalogue_entry(const FindingInfo& info);

/// For the command line: what a classification can report, then what an audit of a server can.
std::vector<cli::CatalogueEntry> catalogue();

}  // namespace portolan::findings
