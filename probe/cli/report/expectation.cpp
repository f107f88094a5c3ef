#include "probe/cli/report/expectation.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "probe/cli/report/catalogue.hpp"
#include "probe/cli/report/egress.hpp"
#include "probe/cli/report/evidence.hpp"
#include "probe/cli/report/peers.hpp"

namespace portolan::nat_probe {
namespace {

using report::Reason;
using report::Verdict;

/// Whether this failure is what the profile says.
bool is_expected(const report::Finding& finding, Expected expected) {
    const std::string& code = finding.verdict.reason()->code();
    if (finding.id == "server/reachable") return code == "network-blocks";
    constexpr std::array<std::string_view, 2> kWithoutUdp{"udp/reachability", "network/egress"};
    if (std::ranges::find(kWithoutUdp, finding.id) != kWithoutUdp.end()) {
        return code != "no-network" && finding.severity < report::Severity::Critical;
    }
    constexpr std::array<std::string_view, 5> kWithoutDirect{
        "nat/mapping", "nat/filtering", "nat/pooling", "nat/port-collision", "nat/stability"};
    return expected == Expected::RelayOnly &&
           std::ranges::find(kWithoutDirect, finding.id) != kWithoutDirect.end();
}

void excuse(report::Finding& finding) {
    finding.summary = "As expected: " + finding.verdict.reason()->sentence();
    finding.data["expected_failure"] = finding.verdict.reason()->code();
    finding.verdict = Verdict::pass();
    finding.tags.emplace_back("expected");
    finding.advice.clear();
}

/// Empty where everything is as it is said to be.
std::string what_differs(const CallFacts& facts) {
    const bool has_relay = facts.preferred_relay() != nullptr;
    if (facts.expected == Expected::NoUdp) {
        if (facts.has_udp()) return "UDP gets out and comes back, which it is said not to";
        return has_relay ? "" : "UDP does not get out, but no relay works over TCP or TLS either";
    }
    if (!has_relay) return "no relay works";
    const PeerForecast forecast = forecast_peers(facts);
    const bool is_direct = std::ranges::any_of(forecast.rows, [](const PeerRow& row) {
        return row.peer.id == std::string_view("eim-apdf") &&
               row.reaches == std::set<oracle::Reach>{oracle::Reach::Direct};
    });
    return is_direct ? "peers can be reached directly, which they are said not to" : "";
}

}  // namespace

void apply_expectation(report::Report& report, const CallFacts& facts) {
    if (facts.expected == Expected::Nothing || report.sections.empty()) return;
    for (report::Section& section : report.sections) {
        for (report::Finding& finding : section.findings) {
            if (finding.verdict.is_fail() && is_expected(finding, facts.expected)) excuse(finding);
        }
    }
    const std::string profile = facts.expected == Expected::RelayOnly ? "relay-only" : "no-udp";
    const std::string differs = what_differs(facts);
    auto out = call_finding("call/expectation",
                            differs.empty()
                                ? Verdict::pass()
                                : Verdict::fail(Reason("differs", "Not as expected: " + differs)),
                            profile, differs.empty() ? "The network is what it is said to be" : "");
    if (facts.is_cut_off && !differs.empty()) {
        out.verdict =
            Verdict::inconclusive(Reason("out-of-time", "The run ended before it was known"));
    }
    out.evidence_ids = visit_evidence_ids(facts);
    auto& findings = report.sections.front().findings;
    findings.insert(findings.begin() + 1, std::move(out));
}

}  // namespace portolan::nat_probe
