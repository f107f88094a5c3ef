#include "sdp-lint/rules/fixes.hpp"

#include <algorithm>
#include <memory>
#include <set>

#include "sdp-lint/rules/fix_guard.hpp"

namespace portolan::lint {

namespace {

/// What one fix uncovers the next round fixes: defects that hide each other take a round each.
constexpr int kMaxRounds = 64;
/// Of each code so many are fixed in one round; with fewer, a great text would need as many more
/// rounds as it is longer.
constexpr std::uint32_t kMaxFixedAtOnce = 20'000;
constexpr std::size_t kContextLines = 3;

bool touch(const Edit& a, const Edit& b) {
    if (a.place.description != b.place.description) return false;
    const auto& x = a.place.range;
    const auto& y = b.place.range;
    // Two insertions at one place depend on their order, so they count as touching.
    if (x.begin == y.begin) return true;
    return x.begin < y.end && y.begin < x.end;
}

struct InOrder {
    bool operator()(const Edit& a, const Edit& b) const { return a.place < b.place; }
};
/// In order and apart from each other.
using Edits = std::set<Edit, InOrder>;

/// Whether none of the new edits, which are in order, touches another one or a taken one.
bool fits(const Edits& taken, const std::vector<Edit>& added) {
    for (std::size_t i = 0; i < added.size(); ++i) {
        if (i > 0 && touch(added[i - 1], added[i])) return false;
        const auto after = taken.lower_bound(added[i]);
        if (after != taken.end() && touch(*after, added[i])) return false;
        if (after != taken.begin() && touch(*std::prev(after), added[i])) return false;
    }
    return true;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return lines;
}

void add_diff_line(std::string& out, char mark, std::string_view line) {
    out += mark;
    out += line;
    if (!line.ends_with('\n')) out += "\n\\ No newline at end of file\n";
}

/// What changed: lines [a0, a1) of the old text became lines [b0, b1) of the new one.
struct Hunk {
    std::size_t a0, a1, b0, b1;
};

/// Longest common subsequence of the middle parts; they are small, as fixes are.
std::vector<Hunk> hunks_of(const std::vector<std::string_view>& a,
                           const std::vector<std::string_view>& b) {
    std::size_t head = 0;
    while (head < a.size() && head < b.size() && a[head] == b[head])
        ++head;
    std::size_t tail = 0;
    while (tail < a.size() - head && tail < b.size() - head &&
           a[a.size() - 1 - tail] == b[b.size() - 1 - tail])
        ++tail;
    const std::size_t n = a.size() - head - tail;
    const std::size_t m = b.size() - head - tail;
    if (n == 0 && m == 0) return {};
    constexpr std::size_t kMaxCells = 4'000'000;
    if (n * m > kMaxCells) return {{head, head + n, head, head + m}};
    std::vector<std::uint32_t> longest((n + 1) * (m + 1), 0);
    const auto cell = [&](std::size_t i, std::size_t j) -> std::uint32_t& {
        return longest[i * (m + 1) + j];
    };
    for (std::size_t i = n; i-- > 0;) {
        for (std::size_t j = m; j-- > 0;) {
            cell(i, j) = a[head + i] == b[head + j] ? cell(i + 1, j + 1) + 1
                                                    : std::max(cell(i + 1, j), cell(i, j + 1));
        }
    }
    std::vector<Hunk> hunks;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < n || j < m) {
        if (i < n && j < m && a[head + i] == b[head + j]) {
            ++i;
            ++j;
            continue;
        }
        Hunk hunk{head + i, head + i, head + j, head + j};
        while ((i < n || j < m) && !(i < n && j < m && a[head + i] == b[head + j])) {
            if (j >= m || (i < n && cell(i + 1, j) >= cell(i, j + 1))) {
                ++i;
            } else {
                ++j;
            }
        }
        hunk.a1 = head + i;
        hunk.b1 = head + j;
        hunks.push_back(hunk);
    }
    return hunks;
}

}  // namespace

bool is_fixable(const Finding& finding, FixLevel level) {
    if (!finding.fix || finding.fix->edits.empty()) return false;
    const FixSafety safety = row_of(finding.code).fix;
    return safety == FixSafety::Safe ||
           (safety == FixSafety::Unsafe && level == FixLevel::SafeAndUnsafe);
}

FixPlan plan_fixes(std::span<const Finding> findings, FixLevel level) {
    FixPlan plan;
    FixRound round = FixRound::Contents;
    for (const Finding& finding : findings) {
        if (is_fixable(finding, level)) round = std::min(round, fix_round(finding.code));
    }
    Edits taken;
    for (const Finding& finding : findings) {
        if (!is_fixable(finding, level) || fix_round(finding.code) != round) continue;
        std::vector<Edit> added = finding.fix->edits;
        std::sort(added.begin(), added.end(), InOrder());
        if (!fits(taken, added)) continue;
        for (Edit& edit : added)
            taken.insert(taken.end(), std::move(edit));
        plan.fixed.push_back(&finding);
    }
    plan.edits.assign(taken.begin(), taken.end());
    return plan;
}

std::string apply_edits(std::string_view text, std::span<const Edit> edits,
                        std::uint32_t description) {
    std::string out;
    std::size_t at = 0;
    for (const Edit& edit : edits) {
        if (edit.place.description != description) continue;
        out += text.substr(at, edit.place.range.begin - at);
        out += edit.replacement;
        at = edit.place.range.end;
    }
    out += text.substr(at);
    return out;
}

FixOutcome fix_all(const Linter& linter, std::vector<FixedText> texts, FixLevel level) {
    FixOutcome outcome;
    outcome.texts = std::move(texts);
    for (int round = 0;; ++round) {
        std::vector<std::unique_ptr<sdp::Description>> parsed;
        std::vector<const sdp::Description*> all;
        for (const FixedText& text : outcome.texts) {
            parsed.push_back(std::make_unique<sdp::Description>(text.text, text.kind, text.form));
            all.push_back(parsed.back().get());
        }
        const auto lint = [&](std::uint32_t max_per_code) {
            return all.size() == 1 ? linter.lint(*all.front(), max_per_code)
                                   : linter.lint_session(all, max_per_code);
        };
        std::vector<Finding> found = lint(kMaxFixedAtOnce);
        const FixPlan plan = plan_fixes(found, level);
        bool changed = false;
        if (round < kMaxRounds) {
            for (const Finding* finding : plan.fixed)
                outcome.fixed.push_back(*finding);
            for (std::uint32_t i = 0; i < outcome.texts.size(); ++i) {
                std::string fixed = apply_edits(outcome.texts[i].text, plan.edits, i);
                // The descriptions refer to what did not change.
                if (fixed == outcome.texts[i].text) continue;
                outcome.texts[i].text = std::move(fixed);
                changed = true;
            }
        }
        if (changed) continue;
        const bool may_be_more = found.size() > kMaxFindingsPerCode;
        outcome.remaining = may_be_more ? lint(kMaxFindingsPerCode) : std::move(found);
        return outcome;
    }
}

std::string unified_diff(std::string_view before, std::string_view after, std::string_view name) {
    const auto a = lines_of(before);
    const auto b = lines_of(after);
    const std::vector<Hunk> hunks = hunks_of(a, b);
    if (hunks.empty()) return "";
    std::string out = "--- " + std::string(name) + "\n+++ " + std::string(name) + "\n";
    std::size_t next = 0;
    while (next < hunks.size()) {
        // Changes whose context would overlap are shown together.
        std::size_t last = next;
        while (last + 1 < hunks.size() && hunks[last + 1].a0 <= hunks[last].a1 + 2 * kContextLines)
            ++last;
        const std::size_t lead = std::min(kContextLines, hunks[next].a0);
        const std::size_t trail = std::min(kContextLines, a.size() - hunks[last].a1);
        const std::size_t a0 = hunks[next].a0 - lead;
        const std::size_t b0 = hunks[next].b0 - lead;
        const std::size_t a_count = hunks[last].a1 + trail - a0;
        const std::size_t b_count = hunks[last].b1 + trail - b0;
        out += "@@ -" + std::to_string(a_count == 0 ? a0 : a0 + 1) + "," + std::to_string(a_count) +
               " +" + std::to_string(b_count == 0 ? b0 : b0 + 1) + "," + std::to_string(b_count) +
               " @@\n";
        std::size_t at = a0;
        for (std::size_t i = next; i <= last; ++i) {
            for (; at < hunks[i].a0; ++at)
                add_diff_line(out, ' ', a[at]);
            for (; at < hunks[i].a1; ++at)
                add_diff_line(out, '-', a[at]);
            for (std::size_t j = hunks[i].b0; j < hunks[i].b1; ++j)
                add_diff_line(out, '+', b[j]);
        }
        for (std::size_t i = 0; i < trail; ++i)
            add_diff_line(out, ' ', a[at + i]);
        next = last + 1;
    }
    return out;
}

}  // namespace portolan::lint
