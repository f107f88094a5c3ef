#include "ice-tests/cli/gate_options.hpp"

#include <glib.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "ice-tests/conformance/check.hpp"
#include "ice-tests/conformance/headline.hpp"
#include "ice-tests/conformance/report.hpp"
#include "ice-tests/scenarios/scenario.hpp"
#include "reports/cli/output.hpp"

namespace portolan::ice_test {
namespace {

// Long enough to repair a server, and not so long that nobody remembers.
constexpr std::chrono::days kAcceptance{90};

/// One baseline may serve both commands.
bool is_known(const std::string& id) {
    const auto is_it = [&id](const auto* row) { return row->id == id; };
    const auto names = server_ids();
    return std::ranges::any_of(conformance::check_table(), is_it) ||
           std::ranges::any_of(scenarios::scenario_table(), is_it) ||
           std::ranges::find(names, id) != names.end() ||
           std::ranges::find(gate::budget_table(), id, &gate::BudgetItem::id) !=
               gate::budget_table().end();
}

}  // namespace

std::chrono::seconds unix_time() {
    return std::chrono::seconds(g_get_real_time() / G_USEC_PER_SEC);
}

std::vector<cli::OptionSpec> with_gate_options(std::vector<cli::OptionSpec> own) {
    std::vector<cli::OptionSpec> more = {
        {.name = "budget",
         .help = "A JSON file with bounds that the servers have to keep to, such as "
                 "{\"allocate_p95_ms\": 50}; what exceeds one is a failure. --list shows them.",
         .kind = cli::Text{"FILE"}},
        {.name = "baseline",
         .help = "A JSON file with failures that are known and accepted until a day. New ones "
                 "fail, those of another cause, and those whose day is over.",
         .kind = cli::Text{"FILE"}},
        {.name = "write-baseline",
         .help = "Writes the failures of this run to a file for --baseline, to be accepted for 90 "
                 "days.",
         .kind = cli::Text{"FILE"}},
    };
    std::ranges::move(more, std::back_inserter(own));
    return own;
}

Result<Gate> read_gate(const cli::Arguments& arguments) {
    Gate out;
    if (arguments.has("budget")) {
        auto read = gate::read_budget(arguments.text("budget"));
        if (!read) return std::move(read).error();
        out.budget = std::move(*read);
    }
    if (arguments.has("baseline")) {
        auto read = gate::read_baseline(arguments.text("baseline"));
        if (!read) return std::move(read).error();
        out.baseline = std::move(*read);
    }
    if (arguments.has("write-baseline")) {
        out.write_baseline = arguments.text("write-baseline");
        // To learn it before the work and not after.
        if (auto checked = cli::check_output(out.write_baseline); !checked) return checked.error();
    }
    return out;
}

std::vector<std::string> budget_ids(std::string_view command) {
    std::vector<std::string> out;
    for (const gate::BudgetItem& item : gate::budget_table()) {
        if (item.command == command) out.emplace_back(item.id);
    }
    return out;
}

std::vector<std::string> server_ids() {
    std::vector<std::string> out;
    for (const cli::CatalogueEntry& entry : conformance::server_catalogue())
        out.push_back(entry.id);
    return out;
}

Result<void> narrow_budget(std::string_view command, const std::vector<std::string>& selected_ids,
                           Gate& gate) {
    if (!gate.budget) {
        if (selected_ids.empty()) return {};
        return Error{.culprit = Culprit::Usage,
                     .code = "selection",
                     .message = selected_ids.front() + " needs a bound: --budget FILE"};
    }
    const bool is_narrow = !selected_ids.empty();
    for (const gate::BudgetItem& item : gate::budget_table()) {
        if (!gate.budget->contains(item.key)) continue;
        const bool is_selected =
            !is_narrow || std::ranges::find(selected_ids, item.id) != selected_ids.end();
        // One file may serve both commands: what the other one measures is no mistake.
        if (item.command == command && is_selected) continue;
        gate.budget->erase(gate.budget->find(item.key));
    }
    if (!gate.budget->empty()) return {};
    return Error{.culprit = Culprit::Usage,
                 .code = "budget",
                 .message = is_narrow ? "the budget bounds nothing of what --only selects"
                                      : "the budget bounds nothing that ice-test " +
                                            std::string(command) + " measures",
                 .hint = "ice-test " + std::string(command) + " --list shows what can be bounded"};
}

Result<cli::ExitCode> finish(cli::Context& context, const Gate& gate, report::Report report,
                             std::string_view thing) {
    const auto today = std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(unix_time()));
    std::optional<Error> problem;
    // Before anything is made of it: in the text of a file it would spoil the JSON.
    context.redactor.redact(report);
    if (gate.write_baseline) {
        const std::string text = gate::baseline_of(report, today + kAcceptance);
        if (auto written = cli::write_output(text, gate.write_baseline); !written) {
            problem = written.error();
        }
    }
    std::string accepted;
    if (gate.baseline) {
        const gate::BaselineUse use = gate::apply(*gate.baseline, today, report);
        if (use.accepted_count > 0) {
            accepted = " Accepted until a later day: " + std::to_string(use.accepted_count) + '.';
        }
        if (use.expired_count > 0) {
            accepted +=
                " Accepted until a day that is over: " + std::to_string(use.expired_count) + '.';
        }
        std::set<std::string> unknown;
        for (const gate::Accepted& entry : gate.baseline->accepted) {
            if (!is_known(entry.id)) unknown.insert(entry.id);
        }
        for (const std::string& id : unknown)
            context.warn("the baseline accepts " + id + ", and nothing has that id");
        for (const std::string& id : use.unused)
            context.warn("the baseline accepts " + id + ", which does not fail so any more");
        for (const std::string& id : use.repeated)
            context.warn("the baseline accepts " + id +
                         " for the same cause more than once: the first entry counts");
    }
    report.headline = report.sections.empty() ? "The run was interrupted before anything was known."
                                              : conformance::headline_of(report, thing) + accepted;
    auto code = context.publish(std::move(report));
    if (problem) return *std::move(problem);
    return code;
}

void add_budget(report::Report& report, const gate::Budget& budget, const std::string& command,
                const std::map<std::string, gate::Measured, std::less<>>& figures,
                const std::string& run_id, const std::string& where,
                const std::vector<std::string>& tags, const report::Json& declared_at) {
    const std::string id = run_id + "/budget";
    report::Section section = gate::judge_budget(budget, command, figures, tags, id);
    if (section.findings.empty()) return;
    for (report::Finding& finding : section.findings)
        finding.data["declared_at"] = declared_at;
    section.id = id;
    section.title = "Budget over " + where;
    report::Evidence evidence{
        .id = id, .kind = report::EvidenceKind::Measurement, .title = "What was measured"};
    for (const auto& [key, measured] : figures) {
        if (!budget.contains(key)) continue;
        evidence.data[key] = measured.value ? report::Json(*measured.value) : report::Json();
        evidence.lines.push_back(
            key + ": " + (measured.value ? std::to_string(*measured.value) : measured.why_not));
    }
    report.evidence.push_back(std::move(evidence));
    report.sections.push_back(std::move(section));
}

}  // namespace portolan::ice_test
