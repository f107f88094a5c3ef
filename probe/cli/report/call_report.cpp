#include "probe/cli/report/call_report.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <set>
#include <utility>

#include "probe/cli/report/catalogue.hpp"
#include "probe/cli/report/egress.hpp"
#include "probe/cli/report/evidence.hpp"
#include "probe/cli/report/expectation.hpp"
#include "probe/cli/report/ice_section.hpp"
#include "probe/cli/report/overview_figures.hpp"
#include "probe/cli/report/peers.hpp"
#include "probe/cli/report/quality.hpp"
#include "probe/cli/report/server_section.hpp"
#include "probe/cli/report/simulated_peers.hpp"
#include "probe/cli/report/surroundings.hpp"

namespace portolan::nat_probe {
namespace {

using precall::Cause;
using report::Reason;
using report::Verdict;

bool names_a_relay(const CallFacts& facts) {
    return std::ranges::any_of(facts.servers,
                               [](const auto& server) { return server->uri.is_turn(); });
}

bool is_undecided(const ServerFacts& server) {
    const Attempt* best = server.best();
    if (best == nullptr) return !server.lookup_problem;
    return !best->visit.problem && !best->visit.has_succeeded;
}

/// "wrong-credentials" and so on: why the relays that were named cannot be used. The cause that is
/// nearest to a working relay speaks.
const precall::Problem* why_no_relay(const CallFacts& facts, bool over_streams_only = false) {
    const precall::Problem* out = nullptr;
    for (const auto& server : facts.servers) {
        if (!server->uri.is_turn()) continue;
        if (over_streams_only && !turn::is_stream(server->transport())) continue;
        const Attempt* best = server->best();
        const precall::Problem* problem =
            best == nullptr         ? (server->lookup_problem ? &*server->lookup_problem : nullptr)
            : best->visit.problem   ? &*best->visit.problem
            : server->audio.problem ? &*server->audio.problem
                                    : nullptr;
        if (problem != nullptr && (out == nullptr || problem->step > out->step)) out = problem;
    }
    return out;
}

std::string transport_words(turn::Transport transport) {
    switch (transport) {
        case turn::Transport::Udp:
            return "";
        case turn::Transport::Tcp:
            return " over TCP";
        case turn::Transport::Tls:
            return " over TLS";
        case turn::Transport::Dtls:
            return " over DTLS";
    }
    return "";
}

/// "your relay, 31 ms away (MOS 4.4)"
std::string relay_words(const ServerFacts& relay) {
    std::string out = "your relay" + transport_words(relay.transport());
    const auto quality = quality_of(relay.audio);
    if (!quality) {
        const Attempt* best = relay.best();
        return best->visit.round_trip.count() > 0
                   ? out + ", " + ms_text(best->visit.round_trip) + " away"
                   : out;
    }
    if (may_be_own_load(relay, *quality)) {
        return out + ", " + ms_text(relay.best()->visit.round_trip) + " away when idle";
    }
    out += ", " + ms_text(quality->median) + " away";
    if (quality->is_late || !quality->is_enough) return out;
    if (relay.was_beside_others && !quality->impairments.empty()) return out;
    char mos[32];
    std::snprintf(mos, sizeof mos, " (MOS %.1f)", quality->mos);
    return out + mos;
}

std::string quality_clause(const CallFacts& facts) {
    const ServerFacts* relay = facts.preferred_relay();
    if (relay != nullptr && relay->asks_from_outside && relay->outside.is_proof_of_closure() &&
        facts.doubt_about_ports().empty()) {
        return " But nothing from outside reaches that relay: calls through it may fail.";
    }
    const auto quality = relay != nullptr ? quality_of(relay->audio) : std::nullopt;
    if (!quality || quality->impairments.empty() || relay->was_beside_others ||
        may_be_own_load(*relay, *quality)) {
        return "";
    }
    switch (quality->impairments.front()) {
        case Impairment::Loss:
            return " Expect gaps in the sound: " + pct_text(quality->lost.pct()) +
                   " of the packets are lost on the way to the relay and back.";
        case Impairment::Delay:
            return " Expect to interrupt each other: the way to the relay and back takes " +
                   ms_text(quality->median) + '.';
        case Impairment::Jitter:
            return " Expect uneven sound: packets take up to " +
                   ms_text(quality->p95 - quality->least) + " longer than the quickest.";
        case Impairment::Speech:
            return " Expect poor sound.";
    }
    return "";
}

bool is_behind_varying_nat(const discovery::Outcome& nat) {
    using M = discovery::Mapping;
    return nat.mapping.known() && *nat.mapping.value != M::EndpointIndependent &&
           *nat.mapping.value != M::AddressIndependent;
}

bool lets_everybody_in(const discovery::Outcome& nat) {
    return nat.mapping.known() && !is_behind_varying_nat(nat) && nat.filtering.known() &&
           *nat.filtering.value != discovery::Filtering::AddressAndPortDependent;
}

std::string with_relay(const CallFacts& facts, const ServerFacts& relay) {
    const std::string words = relay_words(relay);
    const Ways ways = ways_out(facts);
    if (ways == Ways::UdpBlocked) {
        return "Calls will work, but only through " + words + ", because this network blocks UDP.";
    }
    if (ways == Ways::OnlyWebPorts) {
        return "Calls will work, but only through " + words +
               ", because this network lets out nothing but TCP to ports 80 and 443.";
    }
    if (ways == Ways::SomePorts) {
        return "Calls will work through " + words +
               "; whether directly too is open: " + facts.doubt_about_ports() + '.';
    }
    const discovery::Outcome* nat = facts.nat();
    if (nat == nullptr || !nat->mapping.known()) {
        return "Calls will work: directly where the networks allow it, and otherwise through " +
               words + '.';
    }
    if (is_behind_varying_nat(*nat)) {
        return "Calls will work: mostly through " + words +
               ", because this network's NAT gives each destination another port.";
    }
    if (lets_everybody_in(*nat)) {
        return "Calls will work: directly with nearly everybody, and otherwise through " + words +
               '.';
    }
    return "Calls will work: directly with most people, and with those whose NAT changes ports "
           "through " +
           words + '.';
}

std::string list_of(const std::set<std::string>& names) {
    std::string out;
    for (const std::string& name : names)
        out += (out.empty() ? "" : ", ") + name;
    return out;
}

/// Where neither a relay nor UDP was seen to work, and nothing shows either that the network keeps
/// them from it: what is open, and what is not.
std::string what_is_open(const CallFacts& facts, Ways ways) {
    const bool is_one = facts.servers.size() == 1;
    if (ways == Ways::NothingAnswers) {
        return std::string("nothing came back from ") + (is_one ? "the server" : "any server") +
               "; either this network lets nothing out, or " +
               (is_one ? "the server is" : "the servers are") + " down";
    }
    if (ways == Ways::OnlyRefusals) {
        return std::string("packets get out of this network, but ") +
               (is_one ? "the server refuses them" : "no server can be used, and some refuse them");
    }
    std::set<std::string> missing;
    std::set<std::string> without_address;
    for (const auto& server : facts.servers) {
        if (!server->lookup_problem) continue;
        const bool is_missing = server->lookup_problem->cause == Cause::NameNotFound;
        (is_missing ? missing : without_address).insert(server->uri.host);
    }
    if (!missing.empty()) {
        return "no server could be asked, for " +
               std::string(missing.size() == 1 ? "the name " : "the names ") + list_of(missing) +
               (missing.size() == 1 ? " does not exist" : " do not exist");
    }
    if (!without_address.empty()) {
        return "no server could be asked, for " + list_of(without_address) +
               (without_address.size() == 1 ? " has" : " have") +
               " no address of the family asked for";
    }
    const precall::Problem* problem = why_no_relay(facts);
    return (problem != nullptr ? "of the relay, " + problem->sentence() + "; " : std::string()) +
           "no server was asked over UDP, so that direct calls are open";
}

/// Whether it was shown that no call works; otherwise nothing more than the servers is to blame.
bool is_shown_to_fail(Ways ways) {
    return ways == Ways::NoNetwork || ways == Ways::NamesFail || ways == Ways::UdpBlocked ||
           ways == Ways::OnlyWebPorts;
}

/// "it forbids its own relays and this network's address as peers (error 403 (Forbidden IP))"
std::string forbidding_words(const CallFacts& facts, const ServerFacts& relay) {
    const bool forbids_us = std::ranges::any_of(facts.servers, [&](const auto& other) {
        return other->uri.host == relay.uri.host && other->outside.problem &&
               other->outside.problem->cause == Cause::Forbidden;
    });
    const std::string& detail = relay.audio.problem->detail;
    return std::string("it forbids its own relays") +
           (forbids_us ? " and this network's address" : "") + " as peers" +
           (detail.empty() ? "" : " (" + detail + ')');
}

/// "about 89 % of people", of those who are reached directly.
std::string share_words(const CallFacts& facts) {
    const PeerForecast forecast = forecast_peers(facts);
    if (forecast.populations.empty()) return "some people";
    const Population& all = forecast.populations.front();
    const auto pct = std::llround(all.direct_pct);
    // "Only so many" would be too few where more is open than what a relay does.
    const bool is_least = !all.is_known && !forecast.has_open_relay;
    if (pct == 0 || is_least) return "some people";
    return pct >= 99 ? "nearly everybody" : "about " + std::to_string(pct) + " % of people";
}

/// Where the only relay refuses the peers that were asked of it.
std::string with_forbidding_relay(const CallFacts& facts, const ServerFacts& relay) {
    const std::string why = forbidding_words(facts, relay);
    if (facts.has_udp()) {
        return "Calls will work with " + share_words(facts) +
               "; whether the relay reaches the others is open: " + why + '.';
    }
    return "It is open whether calls will work: they need your relay" +
           transport_words(relay.transport()) +
           ", because UDP does not get out of this network, "
           "and " +
           why + '.';
}

std::string without_relay(const CallFacts& facts) {
    const precall::Problem* problem = why_no_relay(facts);
    if (const std::string doubt = facts.doubt_about_ports(); !doubt.empty()) {
        return "It is open whether calls will work: directly, because " + doubt +
               "; and through a relay, because " +
               (!names_a_relay(facts) ? "none (TURN server) is configured"
                : problem != nullptr  ? "of that, " + problem->sentence()
                                      : "it gave no allocation") +
               '.';
    }
    if (facts.has_udp()) {
        const std::string share = share_words(facts);
        if (!names_a_relay(facts)) {
            return "Calls will work with " + share +
                   ", and fail with the others: no relay (TURN server) is configured.";
        }
        return "Calls will work with " + share + " only, because the relay cannot be used: " +
               (problem != nullptr ? problem->sentence() : "it gave no allocation") + '.';
    }
    const Ways ways = ways_out(facts);
    if (const std::string portal = portal_words(facts); !portal.empty()) {
        return "Calls do not work yet: " + portal + '.';
    }
    switch (ways) {
        case Ways::NoNetwork:
            return "Calls will not work: this computer is not connected to a network.";
        case Ways::NamesFail:
            return "Calls will not work: the name service (DNS) does not find the servers.";
        case Ways::UdpBlocked:
        case Ways::OnlyWebPorts:
            if (!names_a_relay(facts)) {
                return "Calls will not work: this network blocks UDP, and no relay (TURN server) "
                       "is configured.";
            }
            // Over UDP none could be: of that, the network is the cause.
            problem = why_no_relay(facts, true);
            return "Calls will not work: this network blocks UDP, and the relay cannot be used "
                   "over TCP: " +
                   (problem != nullptr ? problem->sentence()
                                       : "no server over TCP or TLS is configured") +
                   '.';
        default:
            break;
    }
    return "It is open whether calls will work: " + what_is_open(facts, ways) +
           (ways == Ways::NothingAnswers
                ? ". Try another network: what answers there is not at fault."
                : ". Correct the servers' configuration, and run this again.");
}

report::Finding works_finding(const CallFacts& facts) {
    const ServerFacts* relay = facts.preferred_relay();
    const auto make = [&](Verdict verdict, std::string value) {
        auto out = call_finding("call/works", std::move(verdict), std::move(value), "");
        out.evidence_ids = visit_evidence_ids(facts);
        return out;
    };
    if (relay != nullptr) {
        const bool is_doubtful = !facts.doubt_about_ports().empty();
        const bool is_direct = facts.has_udp() && !is_doubtful;
        auto out = make(Verdict::pass(), is_direct ? "direct-or-relayed" : "relayed");
        out.summary = (relay->audio.is_done ? "A relay works" : "A relay is granted") +
                      transport_words(relay->transport()) +
                      (is_direct     ? ", and UDP gets out for direct calls"
                       : is_doubtful ? "; whether direct calls do is open (see Ways out)"
                                     : "; direct calls do not, because UDP does not get out");
        return out;
    }
    if (const ServerFacts* forbidding = facts.forbidding_relay()) {
        return make(Verdict::inconclusive(
                        Reason("relay-forbids", "No call through the relay was seen to work: " +
                                                    forbidding_words(facts, *forbidding))),
                    facts.has_udp() ? "direct" : "");
    }
    const bool is_open = std::ranges::any_of(
        facts.servers, [](const auto& server) { return is_undecided(*server); });
    if (is_open) {
        return make(
            Verdict::inconclusive(Reason("out-of-time",
                                         "The run ended before it was known whether a relay "
                                         "works")),
            "");
    }
    const Ways ways = ways_out(facts);
    if (ways == Ways::SomePorts) {
        return make(Verdict::inconclusive(
                        Reason("some-ports",
                               "No relay works, and whether direct calls do is open (see Ways "
                               "out)")),
                    "");
    }
    if (!facts.has_udp() && !is_shown_to_fail(ways)) {
        std::string sentence = what_is_open(facts, ways);
        sentence.front() = static_cast<char>(std::toupper(sentence.front()));
        return make(Verdict::inconclusive(Reason("not-shown", std::move(sentence))), "");
    }
    if (!facts.has_udp()) {
        return make(Verdict::fail(Reason("no-way", "Neither a relay nor UDP works from here")),
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
    auto out = make(Verdict::fail(Reason("no-relay-named",
                                         "Only direct calls are possible, because "
                                         "no relay is configured")),
                    "direct");
    out.severity = report::Severity::Medium;
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

std::string call_headline(const CallFacts& facts) {
    if (facts.is_built_in && facts.simulated_nat) {
        return "No server was given, so this is a simulation: a home router (" +
               *facts.simulated_nat +
               " in nat-sim), and the server built into this program, on this machine. It shows "
               "how "
               "a report looks, and nothing about your network. Name your own with --ice-servers.";
    }
    if (facts.is_built_in) {
        return "No server was given, so the one built into this program was measured, on this "
               "machine: that shows how a report looks, and nothing about your network. Name your "
               "own with --ice-servers.";
    }
    if (const ServerFacts* relay = facts.preferred_relay()) {
        return with_relay(facts, *relay) + quality_clause(facts);
    }
    const bool is_open = std::ranges::any_of(
        facts.servers, [](const auto& server) { return is_undecided(*server); });
    if (is_open && facts.is_cut_off) {
        return "It is not known yet whether calls will work: the run was cut off before that.";
    }
    if (const ServerFacts* forbidding = facts.forbidding_relay()) {
        return with_forbidding_relay(facts, *forbidding);
    }
    return without_relay(facts);
}

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
    std::ranges::move(classification, std::back_inserter(report.sections));
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
    report.data["relays"] = relays_json(facts);
    report.data["ways_out"] = to_string(ways);
    report.data["built_in_server"] = facts.is_built_in;
    if (facts.simulated_nat) report.data["simulated_nat"] = *facts.simulated_nat;
    if (facts.split) report.data["loss_each_way"] = evidence_of_loops(facts).front().data;
}

}  // namespace portolan::nat_probe
