#include "sdp-lint/rules/linter.hpp"

#include <algorithm>
#include <array>
#include <bitset>

#include "sdp-lint/rules/browser_message.hpp"
#include "sdp-lint/rules/fix_guard.hpp"
#include "sdp-lint/rules/registry.hpp"
#include "sdp-lint/rules/usage.hpp"

namespace portolan::lint {

namespace {

bool any_wanted(const Rule& rule, const Reporter& reporter) {
    return std::any_of(rule.codes().begin(), rule.codes().end(),
                       [&](Code code) { return reporter.wants(code); });
}

/// Calls visit(rule) for each rule with a check of that kind of which some code is wanted.
template <typename Check, typename Visit>
void each_rule(const Reporter& reporter, Check Rule::*check, Visit visit) {
    for (const RuleGroup group : rule_groups()) {
        for (const Rule& rule : group()) {
            if (rule.*check != nullptr && any_wanted(rule, reporter)) visit(rule);
        }
    }
}

std::vector<Finding> sorted(std::vector<Finding> findings) {
    std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
        if (a.place != b.place) return a.place < b.place;
        return a.code < b.code;
    });
    return findings;
}

/// A defect of an answer, and what it is called in a description by itself.
struct Double {
    Code in_pair;
    Code alone;
};
constexpr std::array kDoubles{
    Double{Code::OA010, Code::BU004}, Double{Code::OA015, Code::DT011},
    Double{Code::OA016, Code::DT009}, Double{Code::OA018, Code::BU013},
    Double{Code::OA020, Code::DT001}, Double{Code::OA021, Code::IC001},
    Double{Code::OA021, Code::IC002}, Double{Code::OA024, Code::BU011},
    Double{Code::OA026, Code::VI015}, Double{Code::OA027, Code::SC002},
};

/// Leaves out what the pair's rules say of the very same place. Of sorted findings.
void drop_doubles(std::vector<Finding>& findings) {
    const auto is_elsewhere = [](const Finding& a, const Finding& b) {
        return a.place.description != b.place.description ||
               a.place.range.begin != b.place.range.begin;
    };
    auto kept = findings.begin();
    for (auto begin = findings.begin(); begin != findings.end();) {
        const auto end = std::find_if(begin, findings.end(), [&](const Finding& finding) {
            return is_elsewhere(*begin, finding);
        });
        std::bitset<kCodeCount> here;
        for (auto finding = begin; finding != end; ++finding)
            here.set(static_cast<std::size_t>(finding->code));
        for (; begin != end; ++begin) {
            const bool is_double =
                std::any_of(kDoubles.begin(), kDoubles.end(), [&](const Double& row) {
                    return row.alone == begin->code &&
                           here.test(static_cast<std::size_t>(row.in_pair));
                });
            if (is_double) continue;
            if (kept != begin) *kept = std::move(*begin);
            ++kept;
        }
    }
    findings.erase(kept, findings.end());
}

bool matches(const CatalogueRow& row, std::string_view selector) {
    return selector == "ALL" || row.code_text.starts_with(selector) || row.name == selector ||
           row.group == selector;
}

/// For a code that the profile has off and somebody asked for by name: the worst any profile says.
Severity worst(const CatalogueRow& row) {
    return *std::max_element(row.severity.begin(), row.severity.end());
}

bool rejects(const CatalogueRow& row, Browser browser) {
    const auto& cells = row.browsers[static_cast<std::size_t>(browser)];
    return std::any_of(cells.begin(), cells.end(), [](const BrowserRow& cell) {
        return cell.verdict == BrowserVerdict::Rejects;
    });
}

/// Offers directly followed by their answers; a description of unknown kind is what its place says.
/// A last offer that nobody has answered yet comes alone.
std::vector<const sdp::Description*> paired(std::span<const sdp::Description* const> all) {
    using sdp::DescriptionKind;
    std::vector<const sdp::Description*> out;
    std::size_t i = 0;
    while (i + 1 < all.size()) {
        if (all[i]->kind() == DescriptionKind::Answer ||
            all[i + 1]->kind() == DescriptionKind::Offer) {
            ++i;
            continue;
        }
        out.push_back(all[i]);
        out.push_back(all[i + 1]);
        i += 2;
    }
    // An offer that nobody has answered yet renegotiates all the same.
    if (i < all.size() && all[i]->kind() != DescriptionKind::Answer) out.push_back(all[i]);
    return out;
}

Result<void> mark(const std::vector<std::string>& selectors, std::vector<bool>& marked,
                  std::vector<bool>* by_name) {
    for (const std::string& selector : selectors) {
        bool any = false;
        for (const CatalogueRow& row : catalogue()) {
            if (selector.empty() || !matches(row, selector)) continue;
            any = true;
            const auto at = static_cast<std::size_t>(row.code);
            marked[at] = true;
            if (by_name != nullptr && (row.code_text == selector || row.name == selector)) {
                (*by_name)[at] = true;
            }
        }
        if (!any) {
            return Error{Culprit::Usage,
                         "lint.unknown-code",
                         "no rule is called or begins with '" + selector + "'",
                         {},
                         "sdp-lint --rules lists them all"};
        }
    }
    return {};
}

}  // namespace

Linter::Linter(Profile profile) : profile_(profile) {
    for (const CatalogueRow& row : catalogue())
        severities_[static_cast<std::size_t>(row.code)] =
            row.severity[static_cast<std::size_t>(profile)];
    choose_rules();
}

void Linter::choose_rules() {
    const Reporter reporter(severities_, profile_, {});
    each_rule(reporter, &Rule::blob, [&](const Rule& rule) {
        blob_rules_.push_back(&rule);
        if (row_of(rule.codes().front()).for_fragments) fragment_rules_.push_back(&rule);
    });
}

Result<Linter> Linter::create(const LintOptions& options) {
    Linter linter(options.profile);
    linter.blob_rules_.clear();
    linter.fragment_rules_.clear();
    std::vector<bool> selected(kCodeCount, options.select.empty());
    std::vector<bool> by_name(kCodeCount, false);
    std::vector<bool> ignored(kCodeCount, false);
    if (auto done = mark(options.select, selected, &by_name); !done) return done.error();
    if (auto done = mark(options.ignore, ignored, nullptr); !done) return done.error();
    for (const auto& [name, severity] : options.severities) {
        const auto code = find_code(name);
        if (!code) {
            return Error{Culprit::Usage,
                         "lint.unknown-code",
                         "no rule is called '" + name + "'",
                         {},
                         "sdp-lint --rules lists them all"};
        }
        linter.severities_[static_cast<std::size_t>(*code)] = severity;
    }
    linter.targets_ = options.targets;
    if (!options.targets.empty()) linter.only_for_targets_.assign(kCodeCount, false);
    for (const CatalogueRow& row : catalogue()) {
        const auto at = static_cast<std::size_t>(row.code);
        if (!selected[at] || ignored[at]) {
            linter.severities_[at] = Severity::Off;
        } else if (linter.severities_[at] == Severity::Off && by_name[at]) {
            linter.severities_[at] = worst(row);
        } else if (linter.severities_[at] == Severity::Off &&
                   std::any_of(options.targets.begin(), options.targets.end(),
                               [&](Browser browser) { return rejects(row, browser); })) {
            linter.severities_[at] = Severity::Error;
            linter.only_for_targets_[at] = true;
        }
    }
    linter.choose_rules();
    return linter;
}

std::vector<Finding> Linter::finish(Reporter& reporter,
                                    std::span<const sdp::Description* const> descriptions) const {
    std::vector<Finding> findings = sorted(reporter.take());
    drop_doubles(findings);
    withhold_fixes(findings, descriptions);
    if (targets_.empty()) return findings;
    std::erase_if(findings, [&](Finding& finding) {
        const sdp::Description& description = *descriptions[finding.place.description];
        for (const Browser browser : targets_) {
            const BrowserRow* row = browser_row_of(finding, description, browser);
            if (row == nullptr || row->verdict != BrowserVerdict::Rejects) continue;
            finding.severity = Severity::Error;
            return false;
        }
        return static_cast<bool>(only_for_targets_[static_cast<std::size_t>(finding.code)]);
    });
    return findings;
}

void Linter::run_blob_rules(const sdp::Description& description, Reporter& reporter) const {
    // What is no description has no other defects.
    const bool is_sdp = description.is_fragment() || is_recognisable(description);
    for (const Rule* rule : description.is_fragment() ? fragment_rules_ : blob_rules_)
        if (is_sdp || rule->codes().front() == Code::SY015) rule->blob(description, reporter);
}

std::vector<Finding> Linter::lint(const sdp::Description& description,
                                  std::uint32_t max_per_code) const {
    const std::array<const sdp::Description*, 1> all{&description};
    Reporter reporter(severities_, profile_, all, max_per_code);
    run_blob_rules(description, reporter);
    return finish(reporter, all);
}

std::vector<Finding> Linter::lint_session(std::span<const sdp::Description* const> descriptions,
                                          std::uint32_t max_per_code) const {
    Reporter reporter(severities_, profile_, descriptions, max_per_code);
    for (const sdp::Description* description : descriptions)
        run_blob_rules(*description, reporter);
    const std::vector<const sdp::Description*> pairs = paired(descriptions);
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
        const Pair pair{*pairs[i], *pairs[i + 1]};
        each_rule(reporter, &Rule::pair, [&](const Rule& rule) { rule.pair(pair, reporter); });
    }
    if (pairs.size() > 2) {
        const Sequence sequence{pairs};
        each_rule(reporter, &Rule::sequence,
                  [&](const Rule& rule) { rule.sequence(sequence, reporter); });
    }
    return finish(reporter, descriptions);
}

std::vector<Finding> Linter::lint_munging(const sdp::Description& created,
                                          const sdp::Description& munged) const {
    const std::array<const sdp::Description*, 2> all{&created, &munged};
    Reporter reporter(severities_, profile_, all);
    run_blob_rules(munged, reporter);
    const Munging munging{created, munged};
    each_rule(reporter, &Rule::munging, [&](const Rule& rule) { rule.munging(munging, reporter); });
    return finish(reporter, all);
}

}  // namespace portolan::lint
