#include "probe/cli/report/simulated_peers.hpp"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "probe/cli/report/catalogue.hpp"

namespace portolan::nat_probe {
namespace {

using report::Json;
using report::Reason;
using report::Verdict;

constexpr const char* kPeersEvidence = "peers-simulated";
constexpr const char* kNatEvidence = "simulated-nat";
constexpr std::string_view kNoNat = "internet";  // nat-sim's word for a host without one
// Nine: where neither mapping nor filtering is known, there is nothing to confirm.
constexpr std::size_t kMostOwnPresets = 3;

std::string preset_of(const PeerClass& peer) {
    return peer.has_nat ? std::string(peer.id) : std::string(kNoNat);
}

std::string turn_of(const CallFacts& facts, bool with_open) {
    bool has_tcp = false;
    for (const auto& server : facts.servers) {
        if (!facts.serves_calls(*server) && !(with_open && facts.might_serve_calls(*server))) {
            continue;
        }
        if (!turn::is_stream(server->transport())) return "udp";
        has_tcp = true;
    }
    return has_tcp ? "tcp" : "none";
}

/// What libnice did, and what it would have done had it waited for the direct pair.
struct Seen {
    std::set<std::string> reaches;
    std::set<std::string> patient;
    bool was_early = false;
};

Seen seen_of(const CallFacts& facts, const std::string& peer) {
    const std::set<std::string> turns{turn_of(facts, false), turn_of(facts, true)};
    const auto own = own_presets(facts);
    Seen out;
    for (const SimulatedCall& call : facts.simulation.calls) {
        const bool is_ours = std::ranges::find(own, call.own) != own.end();
        if (!is_ours || call.peer != peer || !turns.contains(call.turn)) continue;
        out.reaches.insert(call.reach);
        out.patient.insert(call.was_early ? "direct" : call.reach);
        out.was_early |= call.was_early;
    }
    return out;
}

/// The text of that key; empty where there is none.
std::string word(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// What has this name; nothing where none has.
template <typename T>
std::optional<T> named(std::initializer_list<T> values, std::string_view name) {
    for (const T value : values) {
        if (to_string(value) == name) return value;
    }
    return std::nullopt;
}

std::set<std::string> words_of(const PeerRow& row) {
    std::set<std::string> out;
    for (const oracle::Reach reach : row.reaches)
        out.insert(std::string(oracle::to_string(reach)));
    return out;
}

}  // namespace

std::vector<std::string> own_presets(const CallFacts& facts) {
    const discovery::Outcome* nat = facts.nat();
    if (nat == nullptr || !facts.has_udp() || !facts.doubt_about_ports().empty() ||
        !nat->translation.known())
        return {};
    const std::vector<std::string> own = nat_classes(*nat);
    if (*nat->translation.value == discovery::Translation::None) {
        // A firewall without a NAT is none of the presets that the matrix has.
        if (own == std::vector<std::string>{"eim-eif"}) return {std::string(kNoNat)};
        return {};
    }
    return own.size() <= kMostOwnPresets ? own : std::vector<std::string>();
}

std::vector<std::string> simulation_arguments(const std::vector<std::string>& own) {
    std::vector<std::string> out{"matrix", "--format", "json", "--fail-on", "never", "--turn",
                                 "none",   "--turn",   "udp",  "--turn",    "tcp"};
    for (const std::string& preset : own) {
        out.insert(out.end(), {"--a", preset});
    }
    for (const PeerClass& peer : peer_classes()) {
        if (peer.udp) out.insert(out.end(), {"--b", preset_of(peer)});
    }
    return out;
}

void read_simulation(std::string_view text, PeerSimulation& out) {
    out.is_done = true;
    const auto fail = [&](const char* why) {
        out.calls.clear();
        out.failure = why;
    };
    if (text.empty()) return fail("it wrote nothing");
    const auto document = report::parse_json(text);
    if (!document || !document->is_object()) return fail("what it wrote is no report");
    const auto data = document->find("data");
    if (data == document->end() || !data->is_object()) return fail("its report has no calls");
    const auto cells = data->find("cells");
    if (cells == data->end() || !cells->is_array()) return fail("its report has no calls");
    for (const Json& cell : *cells) {
        if (!cell.is_object()) return fail("a call in its report cannot be read");
        const auto presets = cell.find("presets");
        if (presets == cell.end() || !presets->is_object()) {
            return fail("a call in its report cannot be read");
        }
        SimulatedCall call{.own = word(*presets, "a"),
                           .peer = word(*presets, "b"),
                           .turn = word(cell, "turn"),
                           .reach = word(cell, "reach")};
        const auto early = cell.find("nominated_early");
        call.was_early = early != cell.end() && early->is_boolean() && early->get<bool>();
        if (call.own.empty() || call.peer.empty() || call.reach.empty()) {
            return fail("a call in its report cannot be read");
        }
        out.calls.push_back(std::move(call));
    }
    if (out.calls.empty()) fail("its report has no calls");
}

report::Finding simulation_finding(const CallFacts& facts, const PeerForecast& forecast) {
    constexpr std::string_view kId = "peers/simulated";
    const PeerSimulation& simulation = facts.simulation;
    if (forecast.rows.empty() || own_presets(facts).empty()) {
        return call_not_tested(kId, "network-unknown",
                               "Nothing is simulated: too little is known of this network, or it "
                               "is none that the presets of nat-sim describe");
    }
    if (simulation.is_missing) {
        return call_not_tested(kId, "no-nat-sim",
                               "Whom libnice reaches is not confirmed: nat-sim is not beside this "
                               "program");
    }
    if (!simulation.is_done) {
        return call_not_tested(kId, "out-of-time", "The run ended before nat-sim had");
    }
    if (!simulation.failure.empty()) {
        return call_not_tested(kId, "nat-sim-failed",
                               "nat-sim did not do its work: " + simulation.failure);
    }
    Json rows = Json::array();
    std::size_t agreed_count = 0;
    std::size_t early_count = 0;
    std::string differing;
    for (const PeerRow& row : forecast.rows) {
        if (!row.peer.udp) continue;  // nat-sim's presets are NATs
        const Seen seen = seen_of(facts, preset_of(row.peer));
        const bool agrees = seen.patient == words_of(row);
        agreed_count += agrees ? 1 : 0;
        early_count += agrees && seen.was_early ? 1 : 0;
        if (!agrees) differing += (differing.empty() ? "" : "; ") + std::string(row.peer.words);
        rows.push_back({{"peer", row.peer.id},
                        {"derived", words_of(row)},
                        {"simulated", seen.reaches},
                        {"nominated_early", seen.was_early},
                        {"agrees", agrees}});
    }
    const std::string value =
        std::to_string(agreed_count) + " of " + std::to_string(rows.size()) + " as derived";
    std::string words =
        "libnice in nat-sim, behind a NAT that measures like this one, fares with " +
        value.substr(0, value.find(" as")) + " kinds of peers as derived";
    if (early_count > 0) {
        words += "; with " + std::to_string(early_count) +
                 " of these it settles for a relay before a direct pair is valid, which RFC 8445 "
                 "permits";
    }
    auto out = call_finding(kId, Verdict::pass(), value, words);
    if (!differing.empty()) {
        out = call_finding(
            kId, Verdict::fail(Reason("differs", words + ", and otherwise with: " + differing)),
            value, "");
    }
    out.data["rows"] = std::move(rows);
    out.data["turn"] = turn_of(facts, false);
    out.evidence_ids = {kPeersEvidence};
    return out;
}

bool read_simulated_nat(std::string_view text, const std::string& preset, CallFacts& facts) {
    using discovery::Filtering;
    using discovery::known;
    using discovery::Mapping;
    using discovery::Translation;
    using discovery::VerdictKind;
    const auto read = report::from_json(text);
    if (!read) return false;
    std::map<std::string, std::string> values;
    for (const report::Section& section : read->sections) {
        for (const report::Finding& finding : section.findings)
            values[finding.id] = finding.value;
    }
    const auto mapping = named(
        {Mapping::EndpointIndependent, Mapping::AddressDependent, Mapping::AddressAndPortDependent},
        values["probe/mapping"]);
    const auto filtering = named({Filtering::EndpointIndependent, Filtering::AddressDependent,
                                  Filtering::AddressAndPortDependent},
                                 values["probe/filtering"]);
    const auto translation =
        named({Translation::None, Translation::Address}, values["probe/translation"]);
    if (values["probe/udp"] != "reachable" || !mapping || !filtering || !translation) return false;
    NatFacts nat{.family = AddressFamily::IPv4, .section_id = kNatEvidence, .outcome = {}};
    nat.outcome.udp = known(VerdictKind::Pass, discovery::UdpReachability::Reachable, "", "");
    nat.outcome.translation = known(VerdictKind::Pass, *translation, "", "");
    nat.outcome.mapping = known(VerdictKind::Pass, *mapping, "", "");
    nat.outcome.filtering = known(VerdictKind::Pass, *filtering, "", "");
    facts.nats.push_back(std::move(nat));
    facts.simulated_nat = preset;
    return true;
}

report::Section simulated_nat_section(const CallFacts& facts) {
    constexpr std::string_view kId = "nat/simulated";
    report::Section out{.id = kNatEvidence, .title = "A simulated home router"};
    if (!facts.simulated_nat) {
        out.findings.push_back(call_not_tested(
            kId, "no-nat-sim",
            "No home router is simulated: nat-sim is not beside this program, or did not do its "
            "work in time"));
        return out;
    }
    out.subject["simulated"] = true;
    out.subject["preset"] = *facts.simulated_nat;
    const discovery::Outcome& nat = facts.nats.front().outcome;
    const std::string mapping(to_string(*nat.mapping.value));
    const std::string filtering(to_string(*nat.filtering.value));
    auto finding = call_finding(kId, Verdict::pass(), mapping,
                                "Simulated, and not your network: behind " + *facts.simulated_nat +
                                    " in nat-sim, the classification of this program finds that "
                                    "UDP is reachable, mapping " +
                                    mapping + " and filtering " + filtering);
    finding.data["mapping"] = mapping;
    finding.data["filtering"] = filtering;
    finding.evidence_ids = {kNatEvidence};
    out.findings.push_back(std::move(finding));
    return out;
}

std::vector<report::Evidence> simulation_evidence(const CallFacts& facts) {
    std::vector<report::Evidence> out;
    if (facts.simulated_nat) {
        report::Evidence one{.id = kNatEvidence, .kind = report::EvidenceKind::Derivation};
        one.title = "The classification behind a simulated NAT";
        one.lines = {"nat-sim probe --nat " + *facts.simulated_nat};
        one.data["simulated"] = true;
        out.push_back(std::move(one));
    }
    if (facts.simulation.calls.empty() || own_presets(facts).empty()) return out;
    report::Evidence one{.id = kPeersEvidence, .kind = report::EvidenceKind::Derivation};
    one.title = "Calls of libnice in nat-sim, from behind NATs that measure like this one";
    one.data["simulated"] = true;
    for (const SimulatedCall& call : facts.simulation.calls) {
        one.lines.push_back(call.own + " with " + call.peer + ", TURN " + call.turn + ": " +
                            call.reach + (call.was_early ? " (nominated early)" : ""));
    }
    std::string command = "nat-sim";
    for (const std::string& each : simulation_arguments(own_presets(facts)))
        command += ' ' + each;
    one.lines.push_back(std::move(command));
    out.push_back(std::move(one));
    return out;
}

}  // namespace portolan::nat_probe
