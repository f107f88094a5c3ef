#include "reports/digest/side_by_side.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "reports/digest/essence.hpp"

namespace portolan::digest {
namespace {

using report::Finding;
using report::Outcome;
using report::Tone;

constexpr std::size_t kMostNoteBytes = 240;

/// "192.0.2.1" of "192.0.2.1:3478", "[2001:db8::1]" of "[2001:db8::1]:3478".
std::string host_of(const Finding& finding) {
    const auto address = finding.data.find("address");
    if (address == finding.data.end() || !address->is_string()) return {};
    const std::string text = address->get<std::string>();
    const std::size_t colon = text.rfind(':');
    const bool has_port = colon != std::string::npos &&
                          (text.find(':') == colon || (colon > 0 && text[colon - 1] == ']'));
    return has_port ? text.substr(0, colon) : text;
}

/// Most of what it found, it found at some server: otherwise columns of servers would be empty.
bool is_about_hosts(const report::Report& report) {
    std::size_t count = 0;
    std::size_t with_host_count = 0;
    for (const report::Section& section : report.sections) {
        for (const Finding& finding : section.findings) {
            ++count;
            if (!host_of(finding).empty()) ++with_host_count;
        }
    }
    return 2 * with_host_count > count;
}

std::string stem_of(const std::string& name) {
    std::string out = name.substr(name.rfind('/') == std::string::npos ? 0 : name.rfind('/') + 1);
    if (out.ends_with(".json")) out.resize(out.size() - 5);
    return out.empty() ? name : out;
}

std::string group_of(const Finding& finding) {
    return finding.references.empty() ? std::string("Other") : finding.references.front().document;
}

/// Of what a column has several of, the worst is shown.
int badness(Outcome outcome, bool is_severe) {
    switch (outcome) {
        case Outcome::Fail:
            return is_severe ? 5 : 4;
        case Outcome::Inconclusive:
            return 3;
        case Outcome::Pass:
            return 2;
        case Outcome::NotTested:
            return 1;
        case Outcome::Unsupported:
            break;
    }
    return 0;
}

std::string class_of(Outcome outcome, bool is_severe) {
    if (outcome == Outcome::Fail) return is_severe ? "fails" : "warns";
    if (outcome == Outcome::Pass) return "passes";
    return outcome == Outcome::Inconclusive ? "open" : "not-tested";
}

/// The value, or why it is not as it should be. Whole characters (UTF-8).
std::string note_of(const Finding& finding) {
    std::string out = finding.value;
    if (!finding.verdict.is_pass() && finding.verdict.reason())
        out = finding.verdict.reason()->sentence();
    if (out.size() <= kMostNoteBytes) return out;
    std::size_t end = kMostNoteBytes;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80)
        --end;
    return out.substr(0, end) + "\u2026";
}

}  // namespace

void SideBySide::add(const std::string& name, const report::Report& report) {
    Table& table = tables_[report.tool.name];
    if (table.is_too_wide) return;
    const bool is_of_hosts = is_about_hosts(report);
    for (const report::Section& section : report.sections) {
        for (const Finding& finding : section.findings) {
            const Column column{name, is_of_hosts ? host_of(finding) : std::string()};
            const auto at = std::ranges::find(table.columns, column);
            const auto index = static_cast<std::size_t>(at - table.columns.begin());
            if (at == table.columns.end()) {
                if (table.columns.size() == kMostColumns) {
                    table = {};
                    table.is_too_wide = true;
                    return;
                }
                table.columns.push_back(column);
            }
            const RowKey key{finding.id, transport_of(finding)};
            const auto [row, is_new] =
                table.rows.try_emplace(key, Row{finding.title, group_of(finding), {}});
            if (is_new) table.order.push_back(key);
            const bool is_severe = finding.severity >= report::Severity::High;
            const auto [cell, is_first] = row->second.cells.try_emplace(index);
            const bool is_worse = badness(finding.verdict.outcome(), is_severe) >
                                  badness(cell->second.outcome, cell->second.is_severe);
            if (is_first || is_worse)
                cell->second = {finding.verdict.outcome(), is_severe, note_of(finding)};
        }
    }
}

std::vector<std::string> SideBySide::labels_of(const Table& table) {
    std::set<std::string> stems;
    bool are_stems_unique = true;
    std::map<std::string, std::set<std::string>> hosts;
    for (const auto& [name, host] : table.columns) {
        if (hosts[name].empty()) are_stems_unique &= stems.insert(stem_of(name)).second;
        hosts[name].insert(host);
    }
    std::vector<std::string> out;
    for (const auto& [name, host] : table.columns) {
        std::string label = are_stems_unique ? stem_of(name) : name;
        if (hosts[name].size() > 1 && !host.empty()) label += " " + host;
        out.push_back(std::move(label));
    }
    return out;
}

std::optional<report::Figure> SideBySide::figure(const std::string& tool) const {
    const auto found = tables_.find(tool);
    if (found == tables_.end() || found->second.columns.size() < 2) return std::nullopt;
    const Table& table = found->second;
    report::Matrix matrix{.row_name = "finding",
                          .column_name = "run",
                          .columns = labels_of(table),
                          .classes = {{"passes", "ok", "pass", Tone::Good},
                                      {"warns", "!", "fails, minor", Tone::Fair},
                                      {"fails", "F", "fails", Tone::Bad},
                                      {"open", "?", "inconclusive", Tone::Open},
                                      {"not-tested", "-", "not tested", Tone::Neutral}},
                          .rows = {}};
    // Groups in the order in which they came, each in one piece.
    std::vector<std::string> groups;
    for (const RowKey& key : table.order) {
        const std::string& group = table.rows.at(key).group;
        if (std::ranges::find(groups, group) == groups.end()) groups.push_back(group);
    }
    for (const std::string& group : groups) {
        for (const RowKey& key : table.order) {
            const Row& row = table.rows.at(key);
            if (row.group != group) continue;
            report::MatrixRow out{
                .name = row.title + (key.second.empty() ? "" : " (" + key.second + ")"),
                .group = group,
                .finding_id = key.first};
            for (std::size_t column = 0; column < table.columns.size(); ++column) {
                const auto cell = row.cells.find(column);
                if (cell == row.cells.end()) {
                    out.cells.emplace_back();
                } else {
                    out.cells.push_back(
                        {.class_id = class_of(cell->second.outcome, cell->second.is_severe),
                         .note = cell->second.note});
                }
            }
            matrix.rows.push_back(std::move(out));
        }
    }
    return report::Figure{.title = "Side by side", .note = {}, .body = std::move(matrix)};
}

}  // namespace portolan::digest
