#include "probe/cli/report/overview_figures.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "probe/cli/report/evidence.hpp"
#include "probe/cli/report/quality.hpp"
#include "reports/model/figure.hpp"

namespace portolan::nat_probe {
namespace {

using report::NodeKind;
using report::Topology;
using report::TopologyNode;

constexpr std::size_t kMostServers = 8;
constexpr const char* kHost = "host";
constexpr const char* kAbsent = "absent";
constexpr const char* kInternet = "internet";
constexpr const char* kLoopback = "loopback";

std::string family_words(AddressFamily family) {
    return family == AddressFamily::IPv6 ? "IPv6" : "IPv4";
}

// Lines of a box are short: the findings have the RFCs' words.
std::string mapping_words(const discovery::Outcome& seen) {
    using M = discovery::Mapping;
    if (!seen.mapping.known()) return "mapping not known";
    switch (*seen.mapping.value) {
        case M::EndpointIndependent:
            return "one port for all";
        case M::AddressDependent:
            return "port per address";
        default:
            return "changes ports";
    }
}

std::string filtering_words(const discovery::Outcome& seen) {
    using F = discovery::Filtering;
    if (!seen.filtering.known()) return "filter not known";
    switch (*seen.filtering.value) {
        case F::EndpointIndependent:
            return "lets all in";
        case F::AddressDependent:
            return "filters address";
        case F::AddressAndPortDependent:
            return "filters addr+port";
    }
    return "";
}

/// What was seen of the way out over that family; boxes of which nothing was are not drawn.
bool was_seen(const NatFacts& nat) {
    return nat.outcome.translation.known() || nat.outcome.filtering.known();
}

TopologyNode nat_node(const NatFacts& nat, std::size_t row) {
    TopologyNode out{.id = nat.section_id, .column = 1, .row = row};
    const discovery::Outcome& seen = nat.outcome;
    const bool is_known = seen.translation.known();
    const bool translates = is_known && *seen.translation.value != discovery::Translation::None;
    const bool filters = seen.filtering.known() &&
                         *seen.filtering.value != discovery::Filtering::EndpointIndependent;
    out.kind = translates            ? NodeKind::Nat
               : is_known && filters ? NodeKind::Firewall
                                     : NodeKind::Network;
    out.name = (translates ? "NAT, "
                : is_known ? "no NAT, "
                           : "NAT unknown, ") +
               family_words(nat.family);
    if (translates) out.details.push_back(mapping_words(seen));
    out.details.push_back(filtering_words(seen));
    return out;
}

void add_unique(std::vector<std::string>& list, std::string item) {
    if (std::ranges::find(list, item) == list.end()) list.push_back(std::move(item));
}

/// What is drawn of the servers: one node an address, labelled with the transports asked there.
struct Places {
    std::map<std::string, std::string> ids = {};                      ///< of servers, by address
    std::map<std::string, std::vector<std::string>> transports = {};  ///< by node
    /// Where those that are on this computer beside others elsewhere stand: before the internet.
    std::size_t next_row_here = 0;
    std::set<std::string> here = {};  ///< their nodes
    std::string network = kInternet;  ///< in front of the others
};

void add_servers(const CallFacts& facts, Topology& map, Places& places) {
    for (const auto& server : facts.servers) {
        const Attempt* best = server->best();
        if (best == nullptr) continue;
        const std::string ip = best->visit.endpoint.server.ip.to_string();
        const std::size_t row = places.ids.size();
        const auto [place, is_new] = places.ids.try_emplace(ip, "at-" + std::to_string(row));
        const bool answers = best->visit.has_answered || best->visit.has_succeeded;
        if (is_new && row >= kMostServers) {
            places.ids.erase(place);
            continue;
        }
        if (is_new) {
            const bool is_here = best->is_on_this_machine && places.network == kInternet;
            map.nodes.push_back(
                {.id = place->second,
                 .name = server->uri.host,
                 .kind = NodeKind::Server,
                 .column = is_here ? 1U : 3U,
                 .row = is_here ? places.next_row_here++ : row - places.here.size()});
            if (server->uri.host != ip) map.nodes.back().details.push_back(ip);
            if (is_here) {
                map.nodes.back().details.emplace_back("on this computer");
                places.here.insert(place->second);
            }
        }
        std::string transport(turn::to_string(server->transport()));
        std::ranges::transform(transport, transport.begin(),
                               [](unsigned char c) { return std::toupper(c); });
        add_unique(places.transports[place->second], transport + (answers ? "" : " (no answer)"));
        const std::string relay = "relay-" + place->second;
        const bool is_drawn = std::ranges::any_of(
            map.nodes, [&](const TopologyNode& node) { return node.id == relay; });
        if (!best->visit.relayed || is_drawn || places.here.contains(place->second)) continue;
        const auto at = std::ranges::find(map.nodes, place->second, &TopologyNode::id);
        map.nodes.push_back({.id = relay,
                             .name = "relay",
                             .kind = NodeKind::Relay,
                             .details = {best->visit.relayed->ip.to_string()},
                             .column = 4,
                             .row = at->row});
        map.links.push_back({.from = place->second, .to = relay});
    }
    for (const auto& [ip, id] : places.ids) {
        std::string label;
        for (const std::string& each : places.transports[id])
            label += (label.empty() ? "" : ", ") + each;
        map.links.push_back(
            {.from = places.here.contains(id) ? kHost : places.network, .to = id, .label = label});
    }
}

std::vector<std::string> way_to(const CallFacts& facts, const ServerFacts& server,
                                const Places& places) {
    std::vector<std::string> out{kHost};
    const Attempt& best = *server.best();
    const auto nat = std::ranges::find_if(facts.nats, [&](const NatFacts& each) {
        return each.family == best.family && !each.is_on_this_machine && was_seen(each);
    });
    const bool is_beyond = places.network == kInternet;
    if (is_beyond && nat != facts.nats.end()) out.push_back(nat->section_id);
    out.push_back(places.network);
    const auto place = places.ids.find(best.visit.endpoint.server.ip.to_string());
    if (place == places.ids.end()) return {};
    out.push_back(place->second);
    out.push_back("relay-" + place->second);
    return out;
}

report::Evidence network_map(const CallFacts& facts) {
    Topology map;
    TopologyNode host{.id = kHost, .name = "this computer", .kind = NodeKind::Host};
    for (const auto& server : facts.servers) {
        const Attempt* best = server->best();
        if (best != nullptr && best->visit.local) {
            add_unique(host.details, best->visit.local->ip.to_string());
        }
    }
    map.nodes.push_back(std::move(host));
    const auto is_here = [](const auto& server) { return server->is_on_this_machine(); };
    const bool are_all_here = std::ranges::all_of(facts.servers, is_here);
    // The way to a server on this computer passes no network: nothing of that was measured.
    std::size_t row = 0;
    for (const NatFacts& nat : facts.nats) {
        if (are_all_here || nat.is_on_this_machine || !was_seen(nat)) continue;
        map.nodes.push_back(nat_node(nat, row++));
        map.links.push_back({.from = kHost, .to = nat.section_id});
        map.links.push_back({.from = nat.section_id, .to = kInternet});
    }
    if (!are_all_here) {
        map.nodes.push_back(
            {.id = kInternet, .name = "internet", .kind = NodeKind::Network, .column = 2});
        if (row == 0) {
            map.links.push_back({.from = kHost,
                                 .to = kInternet,
                                 .label = facts.has_route ? "not measured" : "no route"});
        }
    }
    if (are_all_here) {
        map.nodes.push_back(
            {.id = kLoopback, .name = "loopback", .kind = NodeKind::Network, .column = 2});
        map.links.push_back({.from = kHost, .to = kLoopback});
    }
    Places places{.next_row_here = row};
    if (are_all_here) places.network = kLoopback;
    add_servers(facts, map, places);
    const ServerFacts* relay = facts.measured_relay();
    if (relay != nullptr && (are_all_here || facts.counts(*relay))) {
        auto way = way_to(facts, *relay, places);
        if (!way.empty()) map.paths.push_back({"relayed calls", std::move(way)});
    }
    report::Evidence out{.id = "network-map", .kind = report::EvidenceKind::Derivation};
    out.title = "The way to the servers";
    report::add_figure(
        out, {.title = "From this computer to the relays",
              .note = are_all_here ? "All servers are on this computer: this is nobody's network."
                                   : "NATs and firewalls as they measured; boxes that "
                                     "change nothing cannot be seen.",
              .body = std::move(map)});
    return out;
}

report::MatrixCell cell_of(const CallFacts& facts, const ServerFacts& server) {
    const Attempt* best = server.best();
    if (server.lookup_problem) return {"fails", server.lookup_problem->sentence()};
    if (best == nullptr) return {"open", "the run ended before it was known"};
    if (best->visit.problem) return {"fails", best->visit.problem->sentence()};
    if (!best->visit.has_succeeded) return {"open", "the run ended before it was known"};
    const auto answered_after = answer_time(best->visit);
    const std::string first =
        answered_after ? "answer after " + ms_text(*answered_after) : std::string("an answer");
    if (!server.uri.is_turn()) return {"works", first};
    if (server.audio.problem) {
        const bool is_open = facts.forbids_peers(server) || facts.may_use(server);
        return {is_open ? "open" : "fails", server.audio.problem->sentence()};
    }
    const auto quality = quality_of(server.audio);
    if (!quality) return {"granted", first + ", no media"};
    char mos[16];
    std::snprintf(mos, sizeof mos, "MOS %.1f, ", quality->mos);
    const bool is_impaired = !quality->impairments.empty();
    const bool is_open =
        !quality->is_enough || quality->is_late ||
        (is_impaired && (server.was_beside_others || may_be_own_load(server, *quality)));
    return {is_open ? "granted" : is_impaired ? "impaired" : "works", mos + words_of(*quality)};
}

/// A server as a person means it: STUN or TURN at one host, with one port without TLS and one with.
struct ServerRow {
    bool is_turn = false;
    std::map<transport::ServerScheme, std::uint16_t> ports = {};

    [[nodiscard]] bool takes(const transport::ServerUri& uri) const {
        const auto port = ports.find(uri.scheme);
        return is_turn == uri.is_turn() && (port == ports.end() || port->second == uri.port);
    }
    /// "turn 3478, turns 5349"
    [[nodiscard]] std::string words() const {
        std::string out;
        for (const auto& [scheme, port] : ports) {
            out += (out.empty() ? "" : ", ") + std::string(to_string(scheme)) + ' ' +
                   std::to_string(port);
        }
        return out;
    }
};

/// Rows of one host are told apart by their schemes and ports.
void tell_apart(report::Matrix& table, const std::vector<ServerRow>& rows) {
    std::map<std::string, std::size_t> counts;
    for (const report::MatrixRow& row : table.rows)
        ++counts[row.name];
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        std::string& name = table.rows[i].name;
        if (counts[name] > 1) name += " (" + rows[i].words() + ")";
    }
}

report::Evidence side_by_side(const CallFacts& facts) {
    std::vector<ServerRow> rows;
    report::Matrix table;
    table.row_name = "server";
    table.column_name = "transport";
    table.columns = {"UDP", "TCP", "TLS", "DTLS"};
    table.classes = {{"works", "+", "works", report::Tone::Good},
                     {"granted", "g", "works, quality open", report::Tone::Good},
                     {"impaired", "~", "works, not well", report::Tone::Fair},
                     {"fails", "-", "fails", report::Tone::Bad},
                     {"open", "?", "not known", report::Tone::Open},
                     {kAbsent, "o", "not configured", report::Tone::Neutral}};
    constexpr std::array kOrder{turn::Transport::Udp, turn::Transport::Tcp, turn::Transport::Tls,
                                turn::Transport::Dtls};
    for (const auto& server : facts.servers) {
        const auto column = static_cast<std::size_t>(
            std::ranges::find(kOrder, server->transport()) - kOrder.begin());
        std::size_t at = 0;
        while (at < rows.size() &&
               !(table.rows[at].name == server->uri.host && rows[at].takes(server->uri) &&
                 table.rows[at].cells[column].class_id == kAbsent))
            ++at;
        if (at == rows.size()) {
            table.rows.push_back({.name = server->uri.host, .finding_id = "server/reachable"});
            table.rows.back().cells.resize(kOrder.size(), {kAbsent, ""});
            rows.push_back({.is_turn = server->uri.is_turn()});
        }
        table.rows[at].cells[column] = cell_of(facts, *server);
        rows[at].ports[server->uri.scheme] = server->uri.port;
    }
    tell_apart(table, rows);
    report::Evidence out{.id = kSideBySideEvidence, .kind = report::EvidenceKind::Derivation};
    out.title = "UDP, TCP, TLS and DTLS side by side";
    report::add_figure(
        out, {.title = "Servers by transport",
              .note = "Each server over each transport that is configured; figures in the table.",
              .body = std::move(table)});
    return out;
}

}  // namespace

std::vector<report::Evidence> overview_evidence(const CallFacts& facts) {
    std::vector<report::Evidence> out;
    if (facts.servers.empty()) return out;
    out.push_back(network_map(facts));
    out.push_back(side_by_side(facts));
    return out;
}

}  // namespace portolan::nat_probe
