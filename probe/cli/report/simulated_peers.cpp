#include "probe/cli/report/simulated_peers.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "probe/cli/report/catalogue.hpp"

namespace portolan::nat_probe {
namespace {

using report::Json;
using report::Reason;
using report::Verdict;

constexpr std::string_view kNoNat = "internet";  // nat-sim's word for a host without one
// Nine: where neither mapping nor filtering is known, there is nothing to confirm.
constexpr std::size_t kMostOwnPresets = 3;

std::string preset_of(const PeerClass& peer) {
    return peer.has_nat ? std::string(peer.id) : std::string(kNoNat);
}

std::string turn_of(const CallFacts& facts) {
    bool has_tcp = false;
    for (const auto& server : facts.servers) {
        if (!server->has_relay()) continue;
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
    const std::string turn = turn_of(facts);
    const auto own = own_presets(facts);
    Seen out;
    for (const SimulatedCall& call : facts.simulation.calls) {
        const bool is_ours = std::ranges::find(own, call.own) != own.end();
        if (!is_ours || call.peer != peer || call.turn != turn) continue;
        out.reaches.insert(call.reach);
        out.patient.insert(call.was_early ? "direct" : call.reach);
        out.was_early |= call.was_early;
    }
    return out;
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
    if (nat == nullptr || !facts.has_udp() || !nat->translation.known()) return {};
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
    const Json document = Json::parse(text, nullptr, false);
    if (!document.is_object()) return fail("what it wrote is no report");
    const auto data = document.find("data");
    if (data == document.end() || !data->is_object()) return fail("its report has no calls");
    const auto cells = data->find("cells");
    if (cells == data->end() || !cells->is_array()) return fail("its report has no calls");
    const auto word = [](const Json& object, const char* key) -> std::string {
        const auto found = object.find(key);
        return found != object.end() && found->is_string() ? found->get<std::string>() : "";
    };
    for (const Json& cell : *cells) {
        const auto presets = cell.is_object() ? cell.find("presets") : cell.end();
        if (!cell.is_object() || presets == cell.end() || !presets->is_object()) {
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
    out.data["turn"] = turn_of(facts);
    return out;
}

}  // namespace portolan::nat_probe
