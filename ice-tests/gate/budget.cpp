#include "ice-tests/gate/budget.hpp"

#include <cmath>
#include <cstdio>
#include <utility>

#include "ice-tests/gate/document.hpp"
#include "reports/cli/files.hpp"

namespace portolan::gate {
namespace {

using report::Finding;
using report::JsonReader;
using report::Reason;
using report::Verdict;

constexpr BudgetItem kItems[] = {
    {"allocate_p95_ms", "budget/allocate-p95", "Time to allocate", "turn", false, " ms",
     "95 of 100 Allocate requests with a known nonce are answered within this time."},
    {"amplification", "budget/amplification", "Amplification", "turn", false, " times",
     "What anybody gets for a request without credentials is no more than this many times as "
     "long, over UDP."},
    {"certificate_days", "budget/certificate-days", "Life of the certificate", "turn", true,
     " days", "The server's certificate is good for this many days more."},
    {"credential_lifetime_h", "budget/credential-lifetime", "Life of the credentials", "turn",
     false, " h", "The time-limited credentials given end within this many hours."},
    {"gather_ms", "budget/gather", "Time to gather", "ice", false, " ms",
     "An agent has its relayed candidate within this time."},
    {"ice_ready_ms", "budget/ice-ready", "Time to connect", "ice", false, " ms",
     "Two agents are connected from relay to relay within this time."},
    {"relay_rtt_p50_over_direct_ms", "budget/relay-rtt-p50", "Relay round trip, median", "ice",
     false, " ms",
     "The median round trip over the relays is no longer than the direct one by more."},
    {"relay_rtt_p95_over_direct_ms", "budget/relay-rtt-p95", "Relay round trip, p95", "ice", false,
     " ms", "The same for 95 of 100."},
    {"relay_rtt_p99_over_direct_ms", "budget/relay-rtt-p99", "Relay round trip, p99", "ice", false,
     " ms", "The same for 99 of 100."},
    {"loss_pct", "budget/loss", "Loss over the relay", "ice", false, " %",
     "No more than this share of the payloads is lost."},
    {"throughput_kbps", "budget/throughput", "Throughput of the relay", "ice", true, " kbit/s",
     "The relay carries at least this much from one allocation to another."},
};

std::string figure(double value) {
    char text[32];
    (void)std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

Verdict judge(const BudgetItem& item, double bound, const Measured& measured) {
    if (!measured.applies) {
        return Verdict::unsupported(Reason("not-applicable", measured.why_not));
    }
    if (!measured.value) {
        return Verdict::inconclusive(Reason("not-measured", measured.why_not.empty()
                                                                ? "It could not be measured."
                                                                : measured.why_not));
    }
    const bool is_kept = item.is_floor ? *measured.value >= bound : *measured.value <= bound;
    if (is_kept) return Verdict::pass();
    return Verdict::fail(
        Reason("over-budget", "It is " + figure(*measured.value) + std::string(item.unit) +
                                  ", and the " + (item.is_floor ? "least" : "most") +
                                  " allowed is " + figure(bound) + std::string(item.unit) + '.'));
}

}  // namespace

std::span<const BudgetItem> budget_table() {
    return kItems;
}

Result<Budget> parse_budget(std::string_view json) {
    const auto document = report::parse_json(json);
    if (!document) return document.error();
    std::optional<Error> error;
    const JsonReader root(*document, error);
    std::vector<std::string> known;
    for (const BudgetItem& item : kItems)
        known.emplace_back(item.key);
    refuse_unknown_members(root, known);
    Budget out;
    for (const std::string& key : known) {
        const auto member = root.find(key);
        if (!member) continue;
        if (!member->raw().is_number()) {
            member->fail("must be a number");
            break;
        }
        const double bound = member->raw().get<double>();
        if (!(bound >= 0) || !std::isfinite(bound)) member->fail("must not be below 0");
        out[key] = bound;
    }
    if (error) return *std::move(error);
    if (out.empty()) {
        return Error{.culprit = Culprit::Usage,
                     .code = "budget",
                     .message = "the budget bounds nothing",
                     .hint = "ice-test --help says what it can bound"};
    }
    return out;
}

Result<Budget> read_budget(const std::string& path) {
    auto text = cli::read_file(path);
    if (!text) return std::move(text).error();
    auto out = parse_budget(*text);
    if (out) return out;
    Error error = out.error();
    error.message = path + ": " + error.message;
    return error;
}

report::Section judge_budget(const Budget& budget, std::string_view command,
                             const std::map<std::string, Measured, std::less<>>& measured,
                             const std::vector<std::string>& tags, const std::string& evidence_id) {
    report::Section out;
    for (const BudgetItem& item : kItems) {
        const auto bound = budget.find(item.key);
        if (bound == budget.end() || item.command != command) continue;
        const auto found = measured.find(item.key);
        const Measured what = found != measured.end() ? found->second : Measured{};
        Finding finding{.id = std::string(item.id),
                        .title = std::string(item.title),
                        .verdict = judge(item, bound->second, what)};
        finding.severity = report::Severity::High;
        finding.decides = finding.verdict.outcome() == report::Outcome::Inconclusive;
        finding.summary = std::string(item.meaning);
        finding.tags = tags;
        finding.tags.emplace_back("budget");
        finding.evidence_ids = {evidence_id};
        finding.data = {{"bound", bound->second}};
        if (what.value) {
            finding.data["measured"] = *what.value;
            finding.value = figure(*what.value) + std::string(item.unit);
        }
        out.findings.push_back(std::move(finding));
    }
    return out;
}

std::vector<cli::CatalogueEntry> budget_catalogue(std::string_view command) {
    std::vector<cli::CatalogueEntry> out;
    for (const BudgetItem& item : kItems) {
        if (item.command != command) continue;
        cli::CatalogueEntry entry;
        entry.id = std::string(item.id);
        entry.title = std::string(item.title);
        entry.explanation = {std::string(item.meaning),
                             "With --budget, bounded by \"" + std::string(item.key) + "\"."};
        entry.attributes = {"budget"};
        out.push_back(std::move(entry));
    }
    return out;
}

}  // namespace portolan::gate
