#include "reports/digest/merge.hpp"

#include <algorithm>
#include <utility>

#include "reports/digest/essence.hpp"
#include "reports/digest/noise.hpp"
#include "reports/model/time.hpp"

namespace portolan::digest {
namespace {

using report::Finding;
using report::Outcome;
using report::Reason;
using report::Verdict;

constexpr std::size_t kMostValues = 12;

std::size_t of(const std::array<std::size_t, 5>& outcomes, Outcome outcome) {
    return outcomes[static_cast<std::size_t>(outcome)];
}

std::string plural(std::size_t count, const char* one) {
    return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

/// Not if it is one too many.
bool keep(std::map<std::string, Alike>& values, const std::string& value) {
    const std::string kind = essence_of_value(value);
    if (!values.contains(kind) && values.size() >= kMostValues) return false;
    values[kind].add(value);
    return true;
}

/// How often each is shown.
std::map<std::string, std::size_t> shown(const std::map<std::string, Alike>& values) {
    std::map<std::string, std::size_t> out;
    for (const auto& [kind, alike] : values)
        out[alike.words()] += alike.count();
    return out;
}

/// Most frequent first; of equals, in the order of the alphabet.
std::vector<std::pair<std::string, std::size_t>> by_frequency(
    const std::map<std::string, std::size_t>& values) {
    std::vector<std::pair<std::string, std::size_t>> out(values.begin(), values.end());
    std::ranges::stable_sort(out, [](const auto& a, const auto& b) { return a.second > b.second; });
    return out;
}

/// What the tools' own exit codes tell apart: high and MUST count for all of them.
enum class Weight { None, Note, Lesser, Full };

Weight weight_of(const Finding& finding) {
    if (!finding.verdict.is_fail()) return Weight::None;
    if (finding.severity >= report::Severity::High ||
        finding.requirement == report::Requirement::Must)
        return Weight::Full;
    return finding.severity == report::Severity::Info ? Weight::Note : Weight::Lesser;
}

void keep(std::vector<std::string>& lines, std::size_t most, std::string line) {
    if (lines.size() < most) lines.push_back(std::move(line));
}

}  // namespace

void Merger::count(Tally& tally, const std::string& name, const Finding& finding) const {
    ++tally.outcomes[static_cast<std::size_t>(finding.verdict.outcome())];
    if (tally.run_count == 0 || tally.last_run != run_count_) ++tally.run_count;
    tally.last_run = run_count_;
    if (finding.verdict.is_fail()) tally.causes.add(run_count_, name, finding);
    if (finding.value.empty()) return;
    if (!keep(tally.values, finding.value)) ++tally.other_values_count;
    if (finding.verdict.is_fail()) keep(tally.failing_values, finding.value);
}

void Merger::add(const std::string& name, const report::Report& report) {
    ++run_count_;
    if (!report.complete) ++incomplete_count_;
    ++tools_[report.tool.name];
    first_ = first_ ? std::min(*first_, report.started_at) : report.started_at;
    last_ = last_ ? std::max(*last_, report.started_at) : report.started_at;
    keep(runs_, kMostLines, name + ": " + report.headline);
    side_by_side_.add(name, report);
    Weight worst = Weight::None;
    for (const report::Section& section : report.sections) {
        for (const Finding& finding : section.findings) {
            const Key key{report.tool.name, finding.id, transport_of(finding)};
            const auto [row, is_new] = tallies_.try_emplace(key, Tally{.sample = finding});
            if (is_new) order_.push_back(key);
            Finding& sample = row->second.sample;
            const bool is_worse = finding.verdict.is_fail() &&
                                  (!sample.verdict.is_fail() || finding.severity > sample.severity);
            if (is_worse) sample = finding;
            count(row->second, name, finding);
            worst = std::max(worst, weight_of(finding));
        }
    }
    if (worst >= Weight::Lesser) ++failing_run_count_;
    if (worst == Weight::Lesser) ++lesser_run_count_;
    if (worst == Weight::Note) ++noted_run_count_;
}

void Merger::add_broken(const std::string& name, const Error& error) {
    broken_.add(name, error);
}

/// "Fails in 1 of 3 runs", and where a run has several: "Fails 4 times of 24, in 1 of 3 runs".
std::string Merger::how_often(const Tally& tally) {
    std::size_t total = 0;
    for (const std::size_t count : tally.outcomes)
        total += count;
    const std::size_t failed = of(tally.outcomes, Outcome::Fail);
    const std::string runs =
        "in " + std::to_string(tally.causes.run_count()) + " of " + plural(tally.run_count, "run");
    if (total == tally.run_count) return "Fails " + runs;
    return "Fails " + plural(failed, "time") + " of " + std::to_string(total) + ", " + runs;
}

Finding Merger::summed_up(const Tally& tally) const {
    std::size_t total = 0;
    for (const std::size_t count : tally.outcomes)
        total += count;
    const std::size_t failed = of(tally.outcomes, Outcome::Fail);
    const std::size_t passed = of(tally.outcomes, Outcome::Pass);
    const auto verdict = [&]() -> Verdict {
        if (failed > 0) {
            return Verdict::fail(
                Reason("fails-in-some", how_often(tally) + ": " + tally.causes.words() + "."));
        }
        if (passed > 0) return Verdict::pass();
        if (of(tally.outcomes, Outcome::Inconclusive) > 0) {
            return Verdict::inconclusive(Reason("never-decided", "It stayed open in every run."));
        }
        return Verdict::not_tested(Reason("never-tested", "No run tested it."));
    };
    Finding out{.id = tally.sample.id, .title = tally.sample.title, .verdict = verdict()};
    out.severity = tally.sample.severity;
    out.impact = tally.sample.impact;
    out.requirement = tally.sample.requirement;
    out.tags = tally.sample.tags;
    out.references = tally.sample.references;
    if (failed > 0) out.advice = tally.causes.advice();
    const std::map<std::string, std::size_t> all_values = shown(tally.values);
    const auto values = by_frequency(all_values);
    // Beside the word that it fails, a value with which it passes would be taken for the failing
    // one.
    const auto of_verdict = failed > 0 ? by_frequency(shown(tally.failing_values)) : values;
    if (!of_verdict.empty()) {
        const auto& [value, count] = of_verdict.front();
        out.value = value;
        if (values.size() > 1 || count < total)
            out.value += " (" + std::to_string(count) + " of " + std::to_string(total) + ")";
    }
    std::string counts;
    for (const Outcome outcome : {Outcome::Pass, Outcome::Fail, Outcome::Inconclusive,
                                  Outcome::NotTested, Outcome::Unsupported}) {
        const std::size_t count = of(tally.outcomes, outcome);
        out.data[std::string(to_string(outcome)) + "_count"] = count;
        if (count == 0) continue;
        std::string word(to_string(outcome));
        std::ranges::replace(word, '_', ' ');
        counts += (counts.empty() ? "" : ", ") + std::to_string(count) + " " + word;
    }
    out.summary = counts;
    if (values.size() > 1) {
        out.summary += "; values: ";
        for (std::size_t i = 0; i < values.size(); ++i) {
            out.summary +=
                (i == 0 ? "" : ", ") + values[i].first + " " + std::to_string(values[i].second);
        }
        if (tally.other_values_count > 0) {
            out.summary += ", others " + std::to_string(tally.other_values_count);
        }
    }
    out.summary += ".";
    out.data["values"] = all_values;
    if (failed > 0) out.data["causes"] = tally.causes.data();
    if (tally.other_values_count > 0) out.data["other_values_count"] = tally.other_values_count;
    out.evidence_ids = {"merge/runs"};
    return out;
}

/// "4 runs: 2 have failures (1 of low or medium severity only), 1 has notes only, 1 cut off."
std::string Merger::headline() const {
    if (run_count_ == 0) return "There is no report to merge.";
    const auto have = [](std::size_t count) {
        return (count == 0 ? "none" : std::to_string(count)) + (count <= 1 ? " has" : " have");
    };
    std::string out = plural(run_count_, "run") + ": " + have(failing_run_count_) + " failures";
    if (lesser_run_count_ > 0) {
        const bool is_all = lesser_run_count_ == failing_run_count_;
        out += " (" + (is_all ? std::string() : std::to_string(lesser_run_count_) + " ") +
               "of low or medium severity only)";
    }
    if (noted_run_count_ > 0) out += ", " + have(noted_run_count_) + " notes only";
    if (incomplete_count_ > 0) out += ", " + std::to_string(incomplete_count_) + " cut off";
    return out + ".";
}

report::Report Merger::finish() const {
    report::Report out;
    out.complete = true;
    out.subject = {{"run_count", run_count_}, {"broken_count", broken_.count()}};
    if (first_ && run_count_ > 0) {
        out.subject["first_started_at"] = report::to_rfc3339(*first_);
        out.subject["last_started_at"] = report::to_rfc3339(*last_);
    }
    out.headline = headline();
    std::vector<std::string> lines = runs_;
    if (run_count_ > runs_.size()) {
        lines.push_back("and " + std::to_string(run_count_ - runs_.size()) + " more");
    }
    out.evidence.push_back({.id = "merge/runs",
                            .kind = report::EvidenceKind::Input,
                            .title = "The runs",
                            .data = {{"run_count", run_count_}},
                            .lines = std::move(lines)});
    broken_.tell(out, "merge");
    for (const auto& [tool, count] : tools_) {
        report::Section section{.id = tool, .title = tool + ", " + plural(count, "run")};
        for (const Key& key : order_) {
            if (std::get<0>(key) == tool) section.findings.push_back(summed_up(tallies_.at(key)));
        }
        if (const auto figure = side_by_side_.figure(tool)) {
            report::Evidence evidence{
                .id = "merge/side-by-side/" + std::to_string(out.sections.size()),
                .kind = report::EvidenceKind::Derivation,
                .title = "The runs of " + tool + " side by side"};
            report::add_figure(evidence, *figure);
            for (Finding& finding : section.findings)
                finding.evidence_ids.push_back(evidence.id);
            out.evidence.push_back(std::move(evidence));
        }
        out.sections.push_back(std::move(section));
    }
    return out;
}

}  // namespace portolan::digest
