#include "reports/digest/history.hpp"

#include <algorithm>
#include <utility>

#include "reports/digest/essence.hpp"
#include "reports/digest/noise.hpp"
#include "reports/digest/section_keys.hpp"
#include "reports/model/accepted.hpp"
#include "reports/model/change.hpp"
#include "reports/model/time.hpp"

namespace portolan::digest {
namespace {

using report::Finding;
using report::Outcome;
using report::Reason;
using report::Verdict;

/// So many changes are told, the last ones; more are counted.
constexpr std::size_t kMostChanges = 6;
/// Fewer figures have no trend: a third of them is then compared with another third.
constexpr std::size_t kFewestFigures = 3 * kFewestSamples;

/// Of what was not tested, or stayed open, nothing is known.
bool tells(Outcome outcome) {
    return outcome != Outcome::NotTested && outcome != Outcome::Inconclusive;
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

}  // namespace

std::uint32_t History::value_number(const std::string& value) {
    const auto [row, is_new] =
        value_numbers_.try_emplace(value, static_cast<std::uint32_t>(values_.size()));
    if (is_new) {
        values_.push_back(value);
        shown_.emplace_back();
    }
    return row->second;
}

void History::add(const std::string& name, const report::Report& report) {
    const auto run = static_cast<std::uint32_t>(runs_.size());
    runs_.push_back({report.started_at, name});
    runs_of_tool_[report.tool.name].push_back(run);
    std::map<Key, std::size_t> turns;
    const std::vector<std::string> keys = section_keys(report);
    for (std::size_t i = 0; i < report.sections.size(); ++i) {
        const report::Section& section = report.sections[i];
        places_.try_emplace({report.tool.name, keys[i]},
                            Place{section.id, is_of_server(keys[i]) ? section.title : section.id});
        for (const Finding& finding : section.findings) {
            Key key{report.tool.name, keys[i], transport_of(finding), finding.id, 0};
            std::get<4>(key) = turns[key]++;
            const auto [row, is_new] =
                tracks_.try_emplace(key, Track{finding, report.started_at, {}});
            if (is_new) order_.push_back(key);
            Track& track = row->second;
            if (report.started_at >= track.sampled_at) {
                track.sample = finding;
                track.sampled_at = report.started_at;
            }
            // A figure as it is: what it says apart from its digits is no news.
            const std::string value =
                figure_of(finding.value) ? finding.value : essence_of_value(finding.value);
            const std::uint32_t number = value_number(value);
            shown_[number].add(finding.value);
            track.points.push_back(
                {run, finding.verdict.outcome(), number, could_not_tell(finding)});
        }
    }
}

std::vector<History::Point> History::in_order(const Track& track) const {
    std::vector<Point> points = track.points;
    std::ranges::stable_sort(points, [this](const Point& a, const Point& b) {
        return runs_[a.run].at < runs_[b.run].at;
    });
    return points;
}

std::vector<History::Point> History::telling(std::vector<Point> points) {
    const auto is_open = [](const Point& point) { return point.is_open; };
    if (!std::ranges::all_of(points, is_open)) std::erase_if(points, is_open);
    return points;
}

std::string History::state_of(const Point& point) const {
    std::string out(to_string(point.outcome));
    std::ranges::replace(out, '_', ' ');
    const std::string& value = values_[point.value];
    // Figures have a trend instead.
    return value.empty() || figure_of(value) ? out : out + " (" + shown_[point.value].words() + ")";
}

std::string History::day_of(const Point& point) const {
    return report::to_rfc3339(runs_[point.run].at).substr(0, 16) + "Z";
}

std::optional<std::string> History::trend_of(const std::vector<Point>& points) const {
    std::vector<double> figures;
    std::string unit;
    for (const Point& point : points) {
        const auto figure = figure_of(values_[point.value]);
        if (!figure) continue;
        if (!figures.empty() && figure->second != unit) return std::nullopt;
        unit = figure->second;
        figures.push_back(figure->first);
    }
    if (figures.size() < kFewestFigures) return std::nullopt;
    const auto third = static_cast<std::ptrdiff_t>(figures.size() / 3);
    const std::vector<double> firsts(figures.begin(), figures.begin() + third);
    const std::vector<double> lasts(figures.end() - third, figures.end());
    const auto [least_first, greatest_first] = std::ranges::minmax(firsts);
    const auto [least_last, greatest_last] = std::ranges::minmax(lasts);
    if (greatest_first >= least_last && greatest_last >= least_first) return std::nullopt;
    const double before = median(firsts);
    const double after = median(lasts);
    if (before <= 0 || after <= 0) return std::nullopt;
    if (std::max(before, after) < kNoiseFactor * std::min(before, after)) return std::nullopt;
    return "The median of the first third of the runs is " + shortened(before) + unit +
           ", that of the last third " + shortened(after) + unit + ".";
}

std::string History::runs_with(const Key& key, const std::vector<Point>& points) const {
    const std::size_t run_count = runs_of_tool_.at(std::get<0>(key)).size();
    if (points.size() >= run_count) return run_count == 1 ? "the only run" : "every run";
    const std::string count = std::to_string(points.size());
    return points.size() == 1
               ? "the 1 run of " + std::to_string(run_count) + " that tells it"
               : "the " + count + " runs of " + std::to_string(run_count) + " that tell it";
}

std::string History::persistence_of(const Key& key, const std::vector<Point>& points) const {
    const std::vector<std::uint32_t>& runs = runs_of_tool_.at(std::get<0>(key));
    if (points.size() >= runs.size())
        return "The same in " + std::to_string(points.size()) +
               (points.size() == 1 ? " run." : " runs.");
    const auto last = *std::ranges::max_element(
        runs, [this](std::uint32_t a, std::uint32_t b) { return runs_[a].at < runs_[b].at; });
    return "The same in " + runs_with(key, points) +
           (runs_[points.back().run].at < runs_[last].at ? "; not in the last one." : ".");
}

std::string History::openness_of(const Track& track, const std::vector<Point>& points,
                                 const std::string& runs) {
    const std::string in_any = runs == "every run" ? "any run" : runs;
    switch (points.back().outcome) {
        case Outcome::NotTested:
            return "It is not tested in " + in_any;
        case Outcome::Unsupported:
            return report::is_accepted(track.sample.verdict) ? "It is accepted in " + runs
                                                             : "It does not apply in " + in_any;
        default:
            return "It is open in " + runs;
    }
}

Finding History::told(const Key& key, const Track& track) const {
    const std::vector<Point> all = in_order(track);
    const std::vector<Point> points = telling(all);
    std::vector<const Point*> changes;  // the first of each state
    for (const Point& point : points) {
        if (changes.empty() || state_of(*changes.back()) != state_of(point))
            changes.push_back(&point);
    }
    std::string course;
    const std::size_t from = changes.size() > kMostChanges ? changes.size() - kMostChanges : 0;
    if (from > 0) course = std::to_string(from) + " states before; ";
    for (std::size_t i = from; i < changes.size(); ++i) {
        course += (i == from ? "" : "; ") + state_of(*changes[i]) + " since " +
                  day_of(*changes[i]) + " (" + runs_[changes[i]->run].name + ")";
    }
    const Point& last = points.back();
    // One failure behind runs that could not tell is none as ever.
    const bool was_unknown =
        !tells(points.front().outcome) || (points.size() == 1 && !tells(all.front().outcome));
    const auto is_good = [](const Point& point) {
        return tells(point.outcome) && point.outcome != Outcome::Fail;
    };
    const bool was_better =
        is_good(points.front()) || (was_unknown && std::ranges::any_of(points, is_good));
    const auto trend = trend_of(points);
    const auto verdict = [&]() -> Verdict {
        if (last.outcome == Outcome::Fail && was_better) {
            return Verdict::fail(Reason("worse", "It fails now and did not: " + course + "."));
        }
        if (last.outcome == Outcome::Fail && was_unknown) {
            return Verdict::fail(
                Reason(kFailsNow, "It fails, and nothing was known of it before: " + course + "."));
        }
        if (changes.size() > 1) return Verdict::unsupported(Reason(report::kChanged, course + "."));
        if (trend) return Verdict::unsupported(Reason(report::kTrend, *trend));
        if (last.outcome == Outcome::Fail) {
            return Verdict::fail(
                Reason("as-ever", "It fails in " + runs_with(key, points) + ": " + course + "."));
        }
        if (last.outcome == Outcome::Pass) return Verdict::pass();
        return Verdict::not_tested(
            Reason("open-as-ever", openness_of(track, points, runs_with(key, points)) + "."));
    };
    Finding out{.id = track.sample.id, .title = track.sample.title, .verdict = verdict()};
    out.severity = track.sample.severity;
    out.impact = track.sample.impact;
    out.requirement = track.sample.requirement;
    out.tags = track.sample.tags;
    out.references = track.sample.references;
    out.value = track.sample.value;
    if (out.verdict.is_fail()) out.advice = track.sample.advice;
    if (out.verdict.is_pass()) {
        out.summary = persistence_of(key, points);
    } else if (trend && changes.size() > 1) {
        out.summary = *trend;
    }
    out.evidence_ids = {"history/runs"};
    out.data = {{"run_count", points.size()}, {"change_count", changes.size() - 1}};
    return out;
}

report::Report History::finish() const {
    report::Report out;
    out.complete = true;
    std::vector<const Run*> runs;
    for (const Run& run : runs_)
        runs.push_back(&run);
    std::ranges::stable_sort(runs, [](const Run* a, const Run* b) { return a->at < b->at; });
    std::vector<std::string> lines;
    if (runs.size() > kMostLines) {
        lines.push_back(std::to_string(runs.size() - kMostLines) + " runs before");
    }
    for (std::size_t i = runs.size() > kMostLines ? runs.size() - kMostLines : 0; i < runs.size();
         ++i) {
        lines.push_back(report::to_rfc3339(runs[i]->at) + " " + runs[i]->name);
    }
    out.evidence.push_back({.id = "history/runs",
                            .kind = report::EvidenceKind::Input,
                            .title = "The runs, in order",
                            .data = {{"run_count", runs.size()}},
                            .lines = std::move(lines)});
    std::size_t worse = 0;
    std::size_t fails_now = 0;
    std::size_t changed = 0;
    std::size_t as_ever = 0;
    std::map<std::pair<std::string, std::string>, std::size_t> section_of;
    std::map<std::string, std::size_t> turns;
    for (const Key& key : order_) {
        const std::string& tool = std::get<0>(key);
        const auto [at, is_new] =
            section_of.try_emplace({tool, std::get<1>(key)}, out.sections.size());
        if (is_new) {
            const Place& place = places_.at(at->first);
            // Servers of several runs may have had the same number.
            const std::size_t turn = ++turns[tool + "/" + place.id];
            out.sections.push_back(
                {.id = tool + "/" + place.id + (turn == 1 ? "" : "." + std::to_string(turn)),
                 .title = tool + ", " + place.title});
        }
        Finding finding = told(key, tracks_.at(key));
        const auto& reason = finding.verdict.reason();
        if (reason && reason->code() == "worse") ++worse;
        if (reason && reason->code() == kFailsNow.text()) ++fails_now;
        if (report::is_change(finding.verdict)) ++changed;
        if (reason && reason->code() == "as-ever") ++as_ever;
        out.sections[at->second].findings.push_back(std::move(finding));
    }
    out.subject = {{"run_count", runs.size()}, {"broken_count", broken_.count()}};
    if (runs.empty()) {
        out.headline = "There is no report to tell a history of.";
        return out;
    }
    out.headline = std::to_string(runs.size()) + (runs.size() == 1 ? " run" : " runs") + " from " +
                   report::to_rfc3339(runs.front()->at).substr(0, 10) + " to " +
                   report::to_rfc3339(runs.back()->at).substr(0, 10) + ": " +
                   (worse + fails_now + changed == 0
                        ? std::string("nothing has changed")
                        : std::to_string(worse) + " worse, " + fails_now_in_words(fails_now) +
                              std::to_string(changed) + " otherwise changed") +
                   (as_ever == 0 ? "."
                                 : "; " + std::to_string(as_ever) +
                                       (as_ever == 1 ? " fails as ever." : " fail as ever."));
    broken_.tell(out, "history");
    return out;
}

}  // namespace portolan::digest
