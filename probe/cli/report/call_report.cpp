#include "probe/cli/report/call_report.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "probe/cli/report/call_headline.hpp"
#include "probe/cli/report/catalogue.hpp"
#include "probe/cli/report/egress.hpp"
#include "probe/cli/report/evidence.hpp"
#include "probe/cli/report/expectation.hpp"
#include "probe/cli/report/ice_section.hpp"
#include "probe/cli/report/media_findings.hpp"
#include "probe/cli/report/overview_figures.hpp"
#include "probe/cli/report/peers.hpp"
#include "probe/cli/report/quality.hpp"
#include "probe/cli/report/server_section.hpp"
#include "probe/cli/report/simulated_peers.hpp"
#include "probe/cli/report/surroundings.hpp"
#include "probe/cli/report/what_is_open.hpp"

namespace portolan::nat_probe {
namespace {

using report::Reason;
using report::Verdict;

/// Where calls take that relay first, and can hardly be held through it.
report::Finding breaking_finding(const CallFacts& facts, const ServerFacts& relay) {
    const char* value =
        facts.has_udp() && facts.doubt_about_ports().empty() ? "direct-or-relayed" : "relayed";
    const auto make = [&](Verdict verdict, std::string summary = {}) {
        auto out = call_finding("call/works", std::move(verdict), value, std::move(summary));
        out.evidence_ids = visit_evidence_ids(relay);
        out.evidence_ids.push_back(media_evidence_id(relay));
        return out;
    };
    if (const ServerFacts* other = facts.relay_that_holds()) {
        auto out = make(Verdict::pass(), "A relay works" + transport_words(other->transport()) +
                                             "; through " + relay.title() +
                                             ", which calls take first, they can hardly be held");
        out.evidence_ids.push_back(media_evidence_id(*other));
        return out;
    }
    const std::string why =
        "Calls through the relay connect and can hardly be held: " + breaking_words(relay);
    const bool is_open =
        facts.has_udp() || std::ranges::any_of(facts.servers, [&](const auto& each) {
            return facts.serves_calls(*each) && !breaks_calls(*each);
        });
    if (!is_open) return make(Verdict::fail(Reason("hardly-held", why)));
    return make(Verdict::inconclusive(
        Reason("hardly-held", why + "; whether they are better otherwise was not measured")));
}

report::Finding works_finding(const CallFacts& facts) {
    const ServerFacts* relay = facts.preferred_relay();
    const auto make = [&](Verdict verdict, std::string value) {
        auto out = call_finding("call/works", std::move(verdict), std::move(value), "");
        if (relay != nullptr) out.evidence_ids = visit_evidence_ids(*relay);
        return out;
    };
    if (relay != nullptr && !facts.is_built_in && breaks_calls(*relay)) {
        return breaking_finding(facts, *relay);
    }
    if (relay != nullptr) {
        const bool is_doubtful = !facts.doubt_about_ports().empty();
        const bool is_direct = facts.has_udp() && !is_doubtful;
        auto out = make(Verdict::pass(), is_direct ? "direct-or-relayed" : "relayed");
        out.summary = (relay->audio.is_done ? "A relay works" : "A relay is granted") +
                      transport_words(relay->transport());
        if (facts.is_built_in) {
            out.summary +=
                ": that of the built-in server, on this computer, which shows nothing of "
                "the network";
            return out;
        }
        out.summary +=
            is_direct                        ? ", and UDP gets out for direct calls"
            : is_doubtful                    ? "; whether direct calls do is open (see Ways out)"
            : !blocked_unless(facts).empty() ? "; whether direct calls do is open (see Ways out)"
            : is_without_udp(ways_out(facts))
                ? "; direct calls do not, because UDP does not get out"
                : "; whether direct calls do was not shown: it takes a server that answers "
                  "over UDP";
        return out;
    }
    if (const ServerFacts* forbidding = facts.forbidding_relay()) {
        return make(Verdict::inconclusive(
                        Reason("relay-forbids", "No call through the relay was seen to work: " +
                                                    forbidding_words(facts, *forbidding))),
                    facts.has_udp() ? "direct" : "");
    }
    if (is_undecided(facts)) {
        return make(
            Verdict::inconclusive(Reason("out-of-time",
                                         "The run ended before it was known whether a relay "
                                         "works")),
            "");
    }
    const Ways ways = ways_out(facts);
    if (facts.relay_of_open_reach() != nullptr && ways != Ways::NoNetwork) {
        return make(Verdict::inconclusive(
                        Reason("only-this-computer", "The relay works, but " + open_reach_words())),
                    facts.has_udp() ? "direct" : "");
    }
    if (ways == Ways::SomePorts) {
        return make(Verdict::inconclusive(
                        Reason("some-ports",
                               "No relay works, and whether direct calls do is open (see Ways "
                               "out)")),
                    "");
    }
    if (!facts.has_udp() && !is_shown_to_fail(facts, ways)) {
        std::string sentence = what_is_open(facts, ways);
        sentence.front() = static_cast<char>(std::toupper(sentence.front()));
        return make(Verdict::inconclusive(Reason("not-shown", std::move(sentence))), "");
    }
    if (!facts.has_udp()) {
        const std::string relay_words =
            facts.relay_on_this_machine() != nullptr ? "a relay on another computer" : "a relay";
        return make(
            Verdict::fail(Reason("no-way", "Neither " + relay_words + " nor UDP works from here")),
            "none");
    }
    if (names_a_relay(facts)) {
        const precall::Problem* problem = why_no_relay(facts);
        auto out = make(
            Verdict::fail(Reason("relay-unusable",
                                 "Only direct calls are left, because no relay can be used: " +
                                     (problem != nullptr ? problem->sentence() : std::string()))),
            "direct");
        out.severity = report::Severity::High;
        out.impact = report::Impact::NeedsRelay;
        return out;
    }
    const PeerForecast forecast = forecast_peers(facts);
    const bool is_hardly_any = !forecast.populations.empty() &&
                               forecast.populations.front().is_known &&
                               forecast.populations.front().direct_pct <= 0;
    auto out = make(
        Verdict::fail(Reason("no-relay-named",
                             is_hardly_any ? "Hardly any call gets through, because this network's "
                                             "NAT makes a relay necessary, and none is configured"
                                           : "Only direct calls are possible, because no relay is "
                                             "configured")),
        "direct");
    out.severity = is_hardly_any ? report::Severity::High : report::Severity::Medium;
    out.impact = report::Impact::NeedsRelay;
    out.advice = {"Configure a TURN server, for those who cannot be reached directly."};
    return out;
}

report::Json relays_json(const CallFacts& facts) {
    report::Json out = report::Json::array();
    for (const auto& server : facts.servers) {
        report::Json one = {{"section", server->id},
                            {"uri", server->uri.to_string()},
                            {"transport", turn::to_string(server->transport())},
                            {"has_relay", facts.may_use(*server)}};
        if (facts.forbids_peers(*server)) one["forbids_peers"] = true;
        if (server->is_on_this_machine()) one["on_this_computer"] = true;
        if (const Attempt* best = server->best()) {
            one["steps"] = steps_json(*server, best->visit);
            if (best->visit.round_trip.count() > 0) {
                one["rtt_us"] = best->visit.round_trip.count();
            }
        }
        if (const auto quality = quality_of(server->audio)) {
            one["quality"] = to_json(*quality);
        }
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace

void write_call_report(report::Report& report, const CallFacts& facts,
                       std::vector<report::Section> classification) {
    const Ways ways = ways_out(facts);
    const PeerForecast forecast = forecast_peers(facts);
    report::Section call{.id = "call", .title = "The call"};
    call.findings.push_back(works_finding(facts));
    for (report::Evidence& evidence : overview_evidence(facts)) {
        call.findings.front().evidence_ids.push_back(evidence.id);
        report.evidence.push_back(std::move(evidence));
    }
    call.findings.push_back(peers_finding(forecast));
    call.findings.push_back(simulation_finding(facts, forecast));
    call.findings.push_back(under_load_finding(facts));
    report.sections.push_back(std::move(call));
    report.sections.push_back(network_section(facts));
    for (report::Section& section : classification) {
        for (report::Finding& finding : section.findings) {
            if (finding.id != "udp/reachability") continue;
            // network/egress says and advises the same, with the relays in view.
            if (is_without_udp(ways)) finding.advice.clear();
            finding.severity = std::min(finding.severity, report::Severity::Medium);
        }
        report.sections.push_back(std::move(section));
    }
    report.sections.push_back(ice_section(facts));
    for (const auto& server : facts.servers) {
        report.sections.push_back(server_section(facts, *server, ways));
        std::ranges::move(evidence_of(*server), std::back_inserter(report.evidence));
    }
    std::ranges::move(evidence_of_loops(facts), std::back_inserter(report.evidence));
    std::ranges::move(ice_evidence(facts), std::back_inserter(report.evidence));
    std::ranges::move(surroundings_evidence(facts), std::back_inserter(report.evidence));
    std::ranges::move(simulation_evidence(facts), std::back_inserter(report.evidence));
    if (!forecast.rows.empty()) report.evidence.push_back(peers_evidence(forecast));
    apply_expectation(report, facts);
    report.headline = call_headline(facts);
    for (const report::Finding& finding : report.sections.front().findings) {
        if (finding.id == "call/expectation" && finding.verdict.is_fail()) {
            report.headline += ' ' + finding.verdict.reason()->sentence() + '.';
        }
    }
    report.data["relays"] = relays_json(facts);
    report.data["ways_out"] = to_string(ways);
    report.data["built_in_server"] = facts.is_built_in;
    if (facts.simulated_nat) report.data["simulated_nat"] = *facts.simulated_nat;
    if (facts.split) report.data["loss_each_way"] = evidence_of_loops(facts).front().data;
}

}  // namespace portolan::nat_probe
