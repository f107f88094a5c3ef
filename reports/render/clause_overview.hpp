#pragma once

#include <optional>

#include "reports/model/figure.hpp"
#include "reports/model/report.hpp"

namespace portolan::render {

/// The clauses of the documents that a report's findings refer to, document by document, against
/// the targets that were tested (data.target): how well each is met. Nothing for reports whose
/// findings name no targets, or few clauses.
std::optional<report::Figure> clause_overview(const report::Report& report);

}  // namespace portolan::render
