#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/cli/catalogue.hpp"
#include "reports/model/report.hpp"

namespace portolan::gate {

/// One thing that a budget can bound.
struct BudgetItem {
    std::string_view key;  ///< in the file: "allocate_p95_ms"
    std::string_view id;   ///< of the finding: "budget/allocate-p95"
    std::string_view title;
    std::string_view command;  ///< which command measures it: "turn", "ice"
    bool is_floor = false;     ///< what is measured must be no less, instead of no more
    std::string_view unit;     ///< behind a figure: " ms"
    std::string_view meaning;  ///< one sentence
};

std::span<const BudgetItem> budget_table();

using Budget = std::map<std::string, double, std::less<>>;

/// budget.schema.json says what it looks like: an object of bounds. Usage errors with the JSON
/// pointer: members that nobody knows, bounds that are no numbers above zero, none at all.
Result<Budget> parse_budget(std::string_view json);
/// The same of a file; errors name it.
Result<Budget> read_budget(const std::string& path);

struct Measured {
    std::optional<double> value;
    std::string why_not = {};  ///< one sentence, where nothing could be measured
    bool applies = true;       ///< false: there is nothing of the kind here
};

/// A section with a finding for each item of the budget that this command measures. `tags` and
/// evidence are given to each.
report::Section judge_budget(const Budget& budget, std::string_view command,
                             const std::map<std::string, Measured, std::less<>>& measured,
                             const std::vector<std::string>& tags, const std::string& evidence_id);

/// For --list and --explain.
std::vector<cli::CatalogueEntry> budget_catalogue(std::string_view command);

}  // namespace portolan::gate
