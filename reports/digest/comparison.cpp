#include "reports/digest/comparison.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "reports/digest/essence.hpp"
#include "reports/digest/noise.hpp"
#include "reports/digest/section_keys.hpp"
#include "reports/model/change.hpp"
#include "reports/model/measured.hpp"

namespace portolan::digest {
namespace {

using report::Finding;
using report::Reason;
using report::Verdict;

/// Section (empty: in one of the reports only, and no server's), transport, id, turn.
using Key = std::tuple<std::string, std::string, std::string, std::size_t>;

struct Keyed {
    std::vector<Key> order;
    std::map<Key, const Finding*> findings;
    std::map<Key, std::string> sections = {};  ///< titles
};

/// The tool with its command: "ice-test turn".
std::string program_of(const report::Report& report) {
    const auto command = report.parameters.find("command");
    const bool is_named = command != report.parameters.end() && command->is_string();
    return report.tool.name + (is_named ? ' ' + command->get<std::string>() : std::string());
}

Keyed keyed(const report::Report& report, const std::vector<std::string>& keys,
            const std::set<std::string>& common_sections) {
    Keyed out;
    std::map<Key, std::size_t> turns;
    for (std::size_t i = 0; i < report.sections.size(); ++i) {
        const report::Section& section = report.sections[i];
        // A server that only one of the two has is none of the other's.
        const bool is_told_apart = common_sections.contains(keys[i]) || is_of_server(keys[i]);
        const std::string name = is_told_apart ? keys[i] : "";
        for (const Finding& finding : section.findings) {
            Key key{name, transport_of(finding), finding.id, 0};
            std::get<3>(key) = turns[key]++;
            out.order.push_back(key);
            out.findings[key] = &finding;
            out.sections[key] = section.title;
        }
    }
    return out;
}

constexpr std::string_view kAbsent = "not in the report";
/// A longer value is told in the sentence only.
constexpr std::size_t kMostValueBytes = 40;

std::string outcome_of(const Finding* finding) {
    if (finding == nullptr) return std::string(kAbsent);
    std::string out(to_string(finding->verdict.outcome()));
    std::ranges::replace(out, '_', ' ');
    return out;
}

/// "pass to fail", and of two passes what they found: "12 ms to 30 ms".
std::string change_in_words(const Finding* before, const Finding* after) {
    const std::string old_one = outcome_of(before);
    const std::string new_one = outcome_of(after);
    if (old_one != new_one) return old_one + " \u2192 " + new_one;
    if (const auto changes = measured_changes(*before, *after); !changes.empty())
        return changes.front();
    const auto is_short = [](const Finding* finding) {
        return !finding->value.empty() && finding->value.size() <= kMostValueBytes;
    };
    if (before->value != after->value && is_short(before) && is_short(after))
        return before->value + " \u2192 " + after->value;
    return new_one + (after->verdict.is_pass() ? ", another value" : ", another cause");
}

std::string in_words(const Finding* finding) {
    std::string out = outcome_of(finding);
    if (finding == nullptr) return out;
    if (!finding->value.empty()) out += " (" + finding->value + ")";
    if (const auto& reason = finding->verdict.reason()) out += ": " + reason->sentence();
    return out;
}

std::string sentence(std::string words) {
    if (!words.ends_with('.')) words += '.';
    return words;
}

bool fails(const Finding* finding) {
    return finding != nullptr && is_failure(*finding);
}

/// One of the two could not tell. That something fails now counts, whatever was before.
bool is_incomparable(const Finding* before, const Finding* after) {
    return before != nullptr && after != nullptr && !fails(after) &&
           (could_not_tell(*before) || could_not_tell(*after));
}

bool is_same_finding(const Finding& before, const Finding& after) {
    return is_same_value(before.value, after.value) && measured_changes(before, after).empty();
}

/// The sentences of measured figures say the figures, which differ in any two runs.
bool is_same_cause(const Finding& before, const Finding& after) {
    const auto is_measured = [](const Finding& finding) {
        return finding.verdict.is_fail() && !report::measured_of(finding.data).empty();
    };
    if (is_measured(before) && is_measured(after))
        return before.verdict.reason()->code() == after.verdict.reason()->code();
    return evidence_of(before) == evidence_of(after);
}

/// Of what was not tested, stayed open, or is in the other report alone, nothing is known.
bool is_known(const Finding* finding) {
    return finding != nullptr && finding->verdict.outcome() != report::Outcome::NotTested &&
           finding->verdict.outcome() != report::Outcome::Inconclusive;
}

/// Nothing where the two say the same.
std::optional<Verdict> judge(const Finding* before, const Finding* after) {
    const bool both_fail = before != nullptr && after != nullptr && fails(before) && fails(after);
    const bool is_same_outcome = before != nullptr && after != nullptr &&
                                 before->verdict.outcome() == after->verdict.outcome();
    // A failure that is accepted in one of the two is the same failure.
    const bool is_same = both_fail ? (!is_same_outcome || is_same_finding(*before, *after)) &&
                                         is_same_cause(*before, *after)
                                   : is_same_outcome && is_same_finding(*before, *after);
    if (is_same) return std::nullopt;
    std::string words =
        "Before: " + sentence(in_words(before)) + " Now: " + sentence(in_words(after));
    if (before != nullptr && after != nullptr) {
        std::string changes;
        for (const std::string& change : measured_changes(*before, *after))
            changes += (changes.empty() ? "" : ", ") + change;
        if (!changes.empty()) words += " Beyond the spread of both: " + sentence(changes);
    }
    if (fails(after) && !fails(before)) {
        if (is_known(before)) return Verdict::fail(Reason("worse", words));
        return Verdict::fail(
            Reason(kFailsNow, "It fails now, and was " + outcome_of(before) + " before. " + words));
    }
    if (fails(before) && after != nullptr && after->verdict.is_pass()) return Verdict::pass();
    if (both_fail) {
        // The same failure of more, or of less.
        const auto old_ones = subjects_of(*before);
        const auto new_ones = subjects_of(*after);
        if (!std::ranges::includes(old_ones, new_ones)) {
            return Verdict::fail(Reason("worse", words));
        }
        if (old_ones.size() > new_ones.size() && !new_ones.empty()) return Verdict::pass();
    }
    return Verdict::unsupported(Reason(report::kDiffers, words));
}

void count(report::Json& counts, const char* key) {
    counts[key] = counts.value(key, 0) + 1;
}

/// In how many sections each id is: of several servers, a difference says whose it is.
std::map<std::string, std::size_t> section_counts(const report::Report& report) {
    std::map<std::string, std::size_t> out;
    for (const report::Section& section : report.sections) {
        std::set<std::string> ids;
        for (const Finding& finding : section.findings) {
            if (ids.insert(finding.id).second) ++out[finding.id];
        }
    }
    return out;
}

/// Which of the servers were taken for which; empty where their URLs say it.
std::string pairing_in_words(const PairedKeys& keys) {
    if (keys.servers.empty()) return {};
    const auto& [old_uri, new_uri] = keys.servers.front();
    if (keys.servers.size() == 1) return ' ' + old_uri + " is compared with " + new_uri + '.';
    return " No URL is in both: the " + std::to_string(keys.servers.size()) +
           " of each are compared in their order, " + old_uri + " with " + new_uri + " first.";
}

/// One row for what differs in the same way over several transports. Without a transport, or where
/// one comes again, it is another server's, and has a row of its own.
class Rows {
  public:
    void add(Finding finding, const std::string& transport) {
        auto [at, is_new] =
            rows_.try_emplace({finding.id, essence(finding.data["before"].get<std::string>()),
                               essence(finding.data["after"].get<std::string>())},
                              out_.findings.size());
        if (!is_new) {
            const report::Json& data = out_.findings[at->second].data;
            const auto seen = data.find("transports");
            const bool is_others = transport.empty() || seen == data.end() ||
                                   std::find(seen->begin(), seen->end(), transport) != seen->end();
            if (is_others) {
                is_new = true;
                at->second = out_.findings.size();
            }
        }
        if (is_new) out_.findings.push_back(std::move(finding));
        if (transport.empty()) return;
        Finding& row = out_.findings[at->second];
        report::Json& transports = row.data["transports"];
        const bool is_first = transports.empty();
        transports.push_back(transport);
        if (!is_first) row.title.pop_back();
        row.title += (is_first ? " (" : ", ") + transport + ")";
    }
    /// What is worse comes first, the worst of it at the top, and what is better last.
    report::Section section() && {
        std::ranges::stable_sort(out_.findings, std::ranges::greater(), [](const Finding& finding) {
            const report::Verdict& verdict = finding.verdict;
            return verdict.is_fail()   ? 1 + static_cast<int>(finding.severity)
                   : verdict.is_pass() ? -1
                                       : 0;
        });
        return std::move(out_);
    }

  private:
    report::Section out_{.id = "differences", .title = "Differences"};
    std::map<std::tuple<std::string, std::string, std::string>, std::size_t> rows_;
};

}  // namespace

Result<report::Report> compare(const report::Report& before, const report::Report& after,
                               const std::string& before_name, const std::string& after_name) {
    if (program_of(before) != program_of(after)) {
        return Error{.culprit = Culprit::Usage,
                     .code = "compare",
                     .message = before_name + " is a report of " + program_of(before) + ", and " +
                                after_name + " one of " + program_of(after)};
    }
    report::Report out;
    out.complete = before.complete && after.complete;
    if (!out.complete) {
        out.cut_off = Reason("incomplete", "One of the two reports is that of a run cut off.");
    }
    out.subject = {{"before", before_name}, {"after", after_name}};
    Rows rows;
    const PairedKeys keys = paired_keys(before, after);
    const std::set<std::string> old_sections(keys.before.begin(), keys.before.end());
    const std::set<std::string> new_sections(keys.after.begin(), keys.after.end());
    std::set<std::string> common;
    std::ranges::set_intersection(old_sections, new_sections, std::inserter(common, common.end()));
    const Keyed old_ones = keyed(before, keys.before, common);
    const Keyed new_ones = keyed(after, keys.after, common);
    const auto old_counts = section_counts(before);
    const auto new_counts = section_counts(after);
    const auto is_of_several = [&](const std::string& id) {
        const auto count = [&id](const auto& counts) {
            const auto found = counts.find(id);
            return found == counts.end() ? std::size_t{0} : found->second;
        };
        return std::max(count(old_counts), count(new_counts)) > 1;
    };
    std::vector<Key> order = new_ones.order;
    for (const Key& key : old_ones.order) {
        if (!new_ones.findings.contains(key)) order.push_back(key);
    }
    report::Json counts = {{"worse_count", 0},
                           {"fails_now_count", 0},
                           {"better_count", 0},
                           {"other_count", 0},
                           {"open_count", 0}};
    report::Evidence evidence{.id = "differences/reports",
                              .kind = report::EvidenceKind::Input,
                              .title = "The two reports",
                              .data = {{"before", before_name}, {"after", after_name}},
                              .lines = {"before: " + before_name, "after: " + after_name}};
    for (const auto& [old_uri, new_uri] : keys.servers) {
        std::string line = old_uri;
        line += " is compared with ";
        line += new_uri;
        evidence.lines.push_back(std::move(line));
    }
    report::Evidence open{.id = "differences/open",
                          .kind = report::EvidenceKind::Derivation,
                          .title = "What one of the two runs could not tell",
                          .data = {},
                          .lines = {}};
    for (const Key& key : order) {
        const auto find = [&key](const Keyed& in) -> const Finding* {
            const auto found = in.findings.find(key);
            return found == in.findings.end() ? nullptr : found->second;
        };
        const Finding* old_one = find(old_ones);
        const Finding* new_one = find(new_ones);
        auto verdict = judge(old_one, new_one);
        if (!verdict) continue;
        if (is_incomparable(old_one, new_one)) {
            count(counts, "open_count");
            const std::string transport = transport_of(*new_one);
            open.lines.push_back(new_one->title +
                                 (transport.empty() ? "" : " (" + transport + ")") + ": before " +
                                 in_words(old_one) + "; now " + in_words(new_one));
            continue;
        }
        const Finding& known = new_one != nullptr ? *new_one : *old_one;
        Finding finding{.id = known.id, .title = known.title, .verdict = std::move(*verdict)};
        finding.severity = known.severity;
        finding.impact = known.impact;
        finding.requirement = known.requirement;
        finding.tags = known.tags;
        finding.references = known.references;
        finding.evidence_ids = {evidence.id};
        finding.data = {{"before", in_words(old_one)}, {"after", in_words(new_one)}};
        finding.value = change_in_words(old_one, new_one);
        if (transport_of(known).empty() && is_of_several(known.id)) {
            const auto& section = (new_one != nullptr ? new_ones : old_ones).sections.at(key);
            finding.title += " (" + section + ")";
            finding.data["section"] = section;
        }
        if (finding.verdict.is_pass()) finding.summary = "Before: " + sentence(in_words(old_one));
        const bool is_new_failure =
            finding.verdict.is_fail() && finding.verdict.reason()->code() == kFailsNow.text();
        count(counts, is_new_failure              ? "fails_now_count"
                      : finding.verdict.is_fail() ? "worse_count"
                      : finding.verdict.is_pass() ? "better_count"
                                                  : "other_count");
        rows.add(std::move(finding), transport_of(known));
    }
    report::Section section = std::move(rows).section();
    const int fails_now_count = counts["fails_now_count"].get<int>();
    const int difference_count = counts["worse_count"].get<int>() + fails_now_count +
                                 counts["better_count"].get<int>() +
                                 counts["other_count"].get<int>();
    const std::string total = std::to_string(order.size());
    out.headline =
        section.findings.empty()
            ? "Nothing differs in " + total + (order.size() == 1 ? " finding." : " findings.")
            : std::to_string(difference_count) + " of " + total +
                  " findings differ: " + std::to_string(counts["worse_count"].get<int>()) +
                  " worse, " + fails_now_in_words(static_cast<std::size_t>(fails_now_count)) +
                  std::to_string(counts["better_count"].get<int>()) + " better, " +
                  std::to_string(counts["other_count"].get<int>()) + " otherwise.";
    if (!open.lines.empty()) {
        const std::size_t open_count = open.lines.size();
        out.headline.pop_back();
        out.headline += "; " + std::to_string(open_count) +
                        " could not be told in one of the runs, which is no difference.";
        open.data = {{"finding_count", open_count}};
    }
    out.headline += pairing_in_words(keys);
    out.data = {{"comparison", counts}};
    out.evidence = {evidence};
    if (!open.lines.empty()) out.evidence.push_back(std::move(open));
    out.sections.push_back(std::move(section));
    return out;
}

}  // namespace portolan::digest
