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

Verdict differs(const std::string& how) {
    return Verdict::fail(Reason("differs", "Not as expected: " + how));
}

Verdict is_open(const std::string& why) {
    return Verdict::inconclusive(Reason("not-shown", "Whether it is as expected is open: " + why));
}

Verdict without_relay(const CallFacts& facts, const std::string& how) {
    if (facts.relay_of_open_reach() != nullptr) {
        return is_open(
            "the relay is on this computer, and whether others reach it was not measured");
    }
    if (facts.forbidding_relay() != nullptr) {
        return is_open("the relay forbids the peers that were asked of it");
    }
    return differs(how);
}

Verdict held_against(const CallFacts& facts) {
    const bool has_relay = facts.preferred_relay() != nullptr;
    const Ways ways = ways_out(facts);
    if (facts.expected == Expected::NoUdp) {
        if (facts.has_udp()) return differs("UDP gets out and comes back, which it is said not to");
        if (ways == Ways::NoNetwork) return differs("there is no network");
        if (!is_blocked(ways)) return is_open("nothing shows that UDP is blocked");
        if (has_relay) return Verdict::pass();
        return without_relay(facts,
                             "UDP does not get out, but no relay works over TCP or TLS either");
    }
    if (!has_relay) return without_relay(facts, "no relay works");
    const PeerForecast forecast = forecast_peers(facts);
    const auto row = std::ranges::find(forecast.rows, std::string_view("eim-apdf"),
                                       [](const PeerRow& each) { return each.peer.id; });
    if (row == forecast.rows.end() ||
        (row->reaches.size() > 1 && row->reaches.contains(oracle::Reach::Direct))) {
        return is_open("whether peers can be reached directly is not known");
    }
    if (row->reaches.contains(oracle::Reach::Direct)) {
        return differs("peers can be reached directly, which they are said not to");
    }
    return Verdict::pass();
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
    Verdict verdict = held_against(facts);
    if (facts.is_cut_off && verdict.is_fail()) {
        verdict = Verdict::inconclusive(Reason("out-of-time", "The run ended before it was known"));
    }
    const bool is_met = verdict.is_pass();
    auto out = call_finding("call/expectation", std::move(verdict), profile,
                            is_met ? "The network is what it is said to be" : "");
    out.evidence_ids = side_by_side_evidence_ids(facts);
    auto& findings = report.sections.front().findings;
    findings.insert(findings.begin() + 1, std::move(out));
}

}  // namespace portolan::nat_probe
