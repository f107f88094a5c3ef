#include "reports/render/clause_overview.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

namespace portolan::render {
namespace {

using report::Finding;
using report::Outcome;
using report::Requirement;
using report::Severity;

constexpr std::size_t kLeastClauses = 3;
constexpr std::size_t kMostTargets = 12;

struct Cell {
    std::array<std::size_t, 5> outcomes{};
    bool has_severe = false;
};

struct Clause {
    std::string document;
    std::string section;
    std::string first_finding_id;
    std::map<std::string, Cell> cells;
};

/// "7.10" after "7.9", "A" after the numbers.
bool is_before(const Clause& a, const Clause& b) {
    if (a.document != b.document) return a.document < b.document;
    const auto part = [](std::string_view& rest) {
        const std::size_t dot = rest.find('.');
        const std::string_view out = rest.substr(0, dot);
        rest.remove_prefix(dot == std::string_view::npos ? rest.size() : dot + 1);
        return out;
    };
    std::string_view left = a.section;
    std::string_view right = b.section;
    while (!left.empty() && !right.empty()) {
        const std::string_view x = part(left);
        const std::string_view y = part(right);
        if (x == y) continue;
        const bool x_number = std::ranges::all_of(x, [](char c) { return c >= '0' && c <= '9'; });
        const bool y_number = std::ranges::all_of(y, [](char c) { return c >= '0' && c <= '9'; });
        if (x_number != y_number) return x_number;
        if (x_number && x.size() != y.size()) return x.size() < y.size();
        return x < y;
    }
    return left.size() < right.size();
}

std::size_t of(const Cell& cell, Outcome outcome) {
    return cell.outcomes[static_cast<std::size_t>(outcome)];
}

report::MatrixCell shown(const Cell& cell) {
    std::size_t total = 0;
    for (const std::size_t count : cell.outcomes)
        total += count;
    const std::size_t failed = of(cell, Outcome::Fail);
    const std::size_t passed = of(cell, Outcome::Pass);
    report::MatrixCell out;
    if (failed > 0) {
        out.class_id = cell.has_severe ? "violated" : "weak";
    } else if (of(cell, Outcome::Inconclusive) > 0) {
        out.class_id = "open";
    } else {
        out.class_id = passed > 0 ? "met" : "not-applicable";
    }
    out.note = std::to_string(passed) + " of " + std::to_string(total);
    return out;
}

}  // namespace

std::optional<report::Figure> clause_overview(const report::Report& report) {
    std::vector<Clause> clauses;
    std::map<std::pair<std::string, std::string>, std::size_t> positions;
    std::vector<std::string> targets;
    for (const report::Section& section : report.sections) {
        for (const Finding& finding : section.findings) {
            const auto target = finding.data.find("target");
            if (finding.references.empty() || finding.references.front().document.empty() ||
                target == finding.data.end() || !target->is_string()) {
                continue;
            }
            const std::string uri = target->get<std::string>();
            if (std::ranges::find(targets, uri) == targets.end()) {
                if (targets.size() == kMostTargets) continue;
                targets.push_back(uri);
            }
            const report::Reference& reference = finding.references.front();
            const auto [at, is_new] =
                positions.emplace(std::pair(reference.document, reference.section), clauses.size());
            if (is_new) clauses.push_back({reference.document, reference.section, finding.id, {}});
            Clause& clause = clauses[at->second];
            Cell& cell = clause.cells[uri];
            ++cell.outcomes[static_cast<std::size_t>(finding.verdict.outcome())];
            if (!finding.verdict.is_fail()) continue;
            // A link leads to what fails.
            clause.first_finding_id = finding.id;
            cell.has_severe = cell.has_severe || finding.requirement == Requirement::Must ||
                              finding.severity >= Severity::High;
        }
    }
    if (clauses.size() < kLeastClauses) return std::nullopt;
    std::ranges::stable_sort(clauses, is_before);
    report::Matrix matrix{
        .row_name = "clause",
        .column_name = "server",
        .columns = targets,
        .classes = {
            {"met", "ok", "met", report::Tone::Good},
            {"weak", "s", "a recommendation is not met", report::Tone::Fair},
            {"violated", "M", "violated", report::Tone::Bad},
            {"open", "?", "undecided", report::Tone::Open},
            {"not-applicable", "-", "not tested or not applicable", report::Tone::Neutral}}};
    for (const Clause& clause : clauses) {
        report::MatrixRow row{
            .name = clause.section.empty() ? "as a whole" : "section " + clause.section,
            .group = clause.document,
            .finding_id = clause.first_finding_id};
        for (const std::string& target : targets) {
            const auto cell = clause.cells.find(target);
            row.cells.push_back(cell == clause.cells.end() ? report::MatrixCell{}
                                                           : shown(cell->second));
        }
        matrix.rows.push_back(std::move(row));
    }
    return report::Figure{.title = "Clauses by document",
                          .note =
                              "A clause is met when every check of it passed or does not apply; "
                              "behind each, how many passed.",
                          .body = std::move(matrix)};
}

}  // namespace portolan::render
