#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ice-tests/gate/baseline.hpp"
#include "ice-tests/gate/budget.hpp"
#include "reports/cli/main_guard.hpp"
#include "reports/cli/spec.hpp"

namespace portolan::ice_test {

/// What decides, besides the checks themselves, whether a run is good.
struct Gate {
    std::optional<gate::Budget> budget;
    std::optional<gate::Baseline> baseline;
    std::optional<std::string> write_baseline;
};

/// The options --budget, --baseline and --write-baseline behind a command's own.
std::vector<cli::OptionSpec> with_gate_options(std::vector<cli::OptionSpec> own);

/// Usage errors for files that cannot be read or are none of these.
Result<Gate> read_gate(const cli::Arguments& arguments);

/// The ids of the command's budget rows, for --only.
std::vector<std::string> budget_ids(std::string_view command);

/// The ids of what is found out about every server in any case, for --only.
std::vector<std::string> server_ids();

/// Leaves of the budget what this command measures, and of that the rows selected by --only (none:
/// all of them). Usage errors: budget, when nothing is left; selection, when rows are selected
/// without --budget.
Result<void> narrow_budget(std::string_view command, const std::vector<std::string>& selected_ids,
                           Gate& gate);

/// Writes the baseline, applies the known one, says in the headline how the things counted
/// ("check") came out, and publishes.
Result<cli::ExitCode> finish(cli::Context& context, const Gate& gate, report::Report report,
                             std::string_view thing);

/// Adds a section with what the budget says of the figures.
void add_budget(report::Report& report, const gate::Budget& budget, const std::string& command,
                const std::map<std::string, gate::Measured, std::less<>>& figures,
                const std::string& run_id, const std::string& where,
                const std::vector<std::string>& tags, const report::Json& declared_at);

/// Seconds since 1970, by the kernel.
std::chrono::seconds unix_time();

}  // namespace portolan::ice_test
