#include <algorithm>
#include <utility>

#include "nat-sim/network/world.hpp"
#include "nat-sim/scenario/probe_run.hpp"

namespace portolan::scenario {

namespace {

using report::Finding;
using report::Verdict;

struct Row {
    const char* id;
    const char* title;
    const char* what;
};
constexpr Row kRows[] = {
    {"probe/udp", "UDP", "Whether UDP gets through."},
    {"probe/translation", "NAT", "Whether addresses are translated."},
    {"probe/mapping", "Mapping", "How the NAT maps (RFC 4787 s4.1)."},
    {"probe/filtering", "Filtering", "What the NAT lets in (RFC 4787 s5)."},
};

template <typename T>
Finding compare(const Row& row, const discovery::Judgement<T>& seen, const std::optional<T>& wanted,
                const Configured& configured) {
    Finding out{.id = row.id,
                .title = row.title,
                .verdict = Verdict::pass(),
                .severity = report::Severity::High,
                .decides = true};
    out.references = {{"RFC 5780", "4"}};
    out.evidence_ids = {"probe.run"};
    if (wanted) out.data["configured"] = to_string(*wanted);
    if (seen.value) out.data["seen"] = to_string(*seen.value);
    if (!wanted) {
        out.verdict =
            configured.limited_by.empty()
                ? Verdict::not_tested({"not-configured", "the parameters do not say it"})
                : Verdict::not_tested({"limited", configured.limited_by +
                                                      ": its parameters limit it more than its "
                                                      "rules"});
        out.decides = false;
        if (seen.value) out.value = to_string(*seen.value);
    } else if (!seen.value && !configured.carries) {
        // Silence has many reasons: nat-probe is right not to choose one.
        // What was to be compared stays open all the same.
        out.verdict = Verdict::not_tested({"no-family", "the NAT carries nothing of this family"});
    } else if (!seen.value) {
        out.verdict = Verdict::inconclusive(
            {"inconclusive", seen.sentence.empty() ? "the probe could not tell" : seen.sentence});
        out.summary = "(configured is " + std::string(to_string(*wanted)) + ")";
    } else if (*seen.value == *wanted) {
        out.value = to_string(*seen.value);
        out.summary = "as configured";
    } else {
        out.value = to_string(*seen.value);
        const std::string sentence = "configured is " + std::string(to_string(*wanted));
        out.verdict = Verdict::fail({"wrong", sentence});
        out.summary = sentence;
    }
    return out;
}

std::string headline(const std::vector<Finding>& findings, const ProbeRun& run,
                     const ProbeSpec& spec) {
    const std::string& nat = spec.nat;
    const auto has = [&](report::Outcome outcome) {
        return std::any_of(findings.begin(), findings.end(), [&](const Finding& each) {
            return each.decides && each.verdict.outcome() == outcome;
        });
    };
    if (has(report::Outcome::Fail)) {
        return "nat-probe is wrong about " + nat + ": a finding about it or about the simulation.";
    }
    if (has(report::Outcome::Inconclusive)) {
        return "nat-probe could not tell all about " + nat + ", and said so.";
    }
    if (!run.configured.carries) {
        return nat + " carries no " +
               (run.family == AddressFamily::IPv4 ? std::string("IPv4") : std::string("IPv6")) +
               ": nothing answers nat-probe, which says so.";
    }
    if (!run.configured.limited_by.empty()) {
        return "Nothing to compare with: " + run.configured.limited_by + ".";
    }
    return "nat-probe finds exactly what is configured: " + nat + ".";
}

}  // namespace

std::vector<cli::CatalogueEntry> probe_catalogue() {
    std::vector<cli::CatalogueEntry> out;
    for (const Row& row : kRows) {
        out.push_back({.id = row.id,
                       .title = row.title,
                       .explanation = {std::string(row.what) +
                                       " nat-probe's verdict, compared with the parameters of the "
                                       "simulated NAT."},
                       .references = {{"RFC 5780", "4"}}});
    }
    return out;
}

report::Report report_of(const ProbeRun& run, const ProbeSpec& spec) {
    report::Report out;
    out.started_at = report::Timestamp(std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::nanoseconds(sim::kDefaultEpoch)));
    out.duration = run.simulated;
    out.simulated_time = true;
    out.complete = true;
    out.subject["nat"] = spec.nat;
    out.subject["family"] = to_string(run.family);
    out.subject["loss_pct"] = spec.loss_pct;

    report::Section compared{.id = "compared", .title = "nat-probe and the configuration"};
    compared.findings = {
        compare(kRows[0], run.outcome.udp, run.configured.udp, run.configured),
        compare(kRows[1], run.outcome.translation, run.configured.translation, run.configured),
        compare(kRows[2], run.outcome.mapping, run.configured.mapping, run.configured),
        compare(kRows[3], run.outcome.filtering, run.configured.filtering, run.configured)};
    out.headline = headline(compared.findings, run, spec);
    out.sections.push_back(std::move(compared));
    out.evidence.push_back({.id = "probe.run",
                            .kind = report::EvidenceKind::Packets,
                            .title = "What nat-probe sent and received",
                            .data = {{"ledger", discovery::to_json(run.ledger)}}});
    out.evidence.push_back({.id = "probe.seed",
                            .kind = report::EvidenceKind::Seed,
                            .title = "Seed",
                            .data = {{"seed", std::to_string(spec.seed)}}});
    return out;
}

}  // namespace portolan::scenario
