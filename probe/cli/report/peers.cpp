#include "probe/cli/report/peers.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "probe/cli/report/catalogue.hpp"
#include "probe/cli/report/egress.hpp"
#include "probe/cli/report/figures.hpp"
#include "probe/cli/report/server_section.hpp"

namespace portolan::nat_probe {
namespace {

using oracle::Filtering;
using oracle::Mapping;
using oracle::NatBox;
using oracle::Party;
using oracle::Reach;
using oracle::TurnAccess;
using report::Reason;
using report::Verdict;

std::vector<Mapping> mappings_of(const discovery::Outcome& nat) {
    using M = discovery::Mapping;
    if (!nat.mapping.known()) {
        return {Mapping::EndpointIndependent, Mapping::AddressDependent,
                Mapping::AddressAndPortDependent};
    }
    switch (*nat.mapping.value) {
        case M::EndpointIndependent:
        case M::AddressIndependent:
            return {Mapping::EndpointIndependent};
        case M::AddressDependent:
            return {Mapping::AddressDependent};
        // The oracle knows none that varies with the port alone: toward a peer, whose port is
        // another than the server's, it does what this one does.
        case M::AddressAndPortDependent:
        case M::PortDependent:
            return {Mapping::AddressAndPortDependent};
        case M::EndpointDependent:
            return {Mapping::AddressDependent, Mapping::AddressAndPortDependent};
    }
    return {};
}

std::vector<Filtering> filterings_of(const discovery::Outcome& nat) {
    using F = discovery::Filtering;
    if (!nat.filtering.known()) {
        return {Filtering::EndpointIndependent, Filtering::AddressDependent,
                Filtering::AddressAndPortDependent};
    }
    switch (*nat.filtering.value) {
        case F::EndpointIndependent:
            return {Filtering::EndpointIndependent};
        case F::AddressDependent:
            return {Filtering::AddressDependent};
        case F::AddressAndPortDependent:
            return {Filtering::AddressAndPortDependent};
    }
    return {};
}

TurnAccess access_of(const ServerFacts& server) {
    if (!turn::is_stream(server.transport())) return TurnAccess::Udp;
    return server.uri.port == 443 ? TurnAccess::TcpOnWebPort : TurnAccess::Tcp;
}

using Relays = std::vector<TurnAccess>;  // in the oracle's order of preference

template <typename Predicate>
Relays relays_that(const CallFacts& facts, Predicate count) {
    std::set<TurnAccess> found;
    for (const auto& server : facts.servers) {
        if (count(*server)) found.insert(access_of(*server));
    }
    return {found.begin(), found.end()};
}

/// The relays that there are; also those that there may be, where it is open.
std::vector<Relays> relays_of(const CallFacts& facts) {
    std::vector<Relays> out{
        relays_that(facts, [&](const ServerFacts& each) { return facts.serves_calls(each); })};
    auto possible =
        relays_that(facts, [&](const ServerFacts& each) { return facts.might_serve_calls(each); });
    if (!possible.empty()) out.push_back(std::move(possible));
    return out;
}

/// The oracle speaks of both sides in the third person.
std::string addressed(std::string text) {
    constexpr std::string_view kTheirs = "you's";
    for (std::size_t at = text.find(kTheirs); at != std::string::npos;
         at = text.find(kTheirs, at)) {
        const std::string_view rest = std::string_view(text).substr(at + kTheirs.size());
        const bool stands_alone = !rest.starts_with(' ') || rest.starts_with(" open the way");
        text.replace(at, kTheirs.size(), stands_alone ? "yours" : "your");
    }
    return text;
}

PeerRow row_of(const CallFacts& facts, const PeerClass& peer) {
    PeerRow out{.peer = peer, .reaches = {}, .reaches_when_called = {}, .why = {}};
    const discovery::Outcome* nat = facts.nat();
    const discovery::Outcome unknown;
    const discovery::Outcome& mine = nat != nullptr ? *nat : unknown;
    const bool has_udp = facts.has_udp();
    const auto mappings = has_udp ? mappings_of(mine) : std::vector{Mapping::EndpointIndependent};
    const auto filterings =
        has_udp ? filterings_of(mine) : std::vector{Filtering::AddressAndPortDependent};
    const auto enter = [&](Mapping mapping, Filtering filtering) {
        for (const Relays& relays : relays_of(facts)) {
            oracle::Topology topology;
            NatBox own;
            own.mapping = mapping;
            own.filtering = filtering;
            own.translates = mine.translation.value != discovery::Translation::None;
            NatBox theirs;
            theirs.mapping = peer.mapping;
            theirs.filtering = peer.filtering;
            topology.nats = {own, theirs};
            topology.a.name = "you";
            topology.a.behind = 0;
            topology.a.udp = has_udp;
            topology.a.turn = relays;
            topology.b.name = "the peer";
            if (peer.has_nat) topology.b.behind = 1;
            topology.b.udp = peer.udp;
            topology.b.turn = relays;
            const oracle::Expectation expected =
                oracle::expect_call(topology, oracle::FirstChecker::B);
            out.reaches.insert(expected.reach);
            out.reaches_when_called.insert(
                oracle::expect_call(topology, oracle::FirstChecker::A).reach);
            if (out.why.empty()) out.why = addressed(expected.why);
        }
    };
    for (const Mapping mapping : mappings) {
        for (const Filtering filtering : filterings)
            enter(mapping, filtering);
    }
    if (!facts.doubt_about_ports().empty()) {
        // A relay is reached all the same.
        const Reach otherwise =
            relays_of(facts).front().empty() ? Reach::Unreachable : Reach::Relayed;
        for (std::set<Reach>* reaches : {&out.reaches, &out.reaches_when_called}) {
            if (reaches->contains(Reach::Direct)) reaches->insert(otherwise);
        }
        if (out.reaches.size() > 1) {
            out.why = "it depends on whether UDP gets out to the ports of peers";
            return out;
        }
    }
    if (out.reaches.size() > 1) {
        out.why = facts.forbidding_relay() != nullptr
                      ? "it depends on which peers the relay does not forbid"
                  : facts.relay_of_open_reach() != nullptr
                      ? "it depends on whether the relay on this computer can be reached by others"
                      : "it depends on what is not known of this network's NAT";
    }
    return out;
}

bool is_open(const PeerRow& row) {
    return row.reaches.size() > 1;
}

double share_of(const PeerRow& row, Reach reach) {
    return !is_open(row) && *row.reaches.begin() == reach ? 1 : 0;
}

void weigh(Population& population, const PeerRow& steady, const PeerRow& varying) {
    population.is_known = !is_open(steady) && !is_open(varying);
    const double p = population.endpoint_dependent_share;
    const auto share = [&](Reach reach) {
        return 100 * ((1 - p) * share_of(steady, reach) + p * share_of(varying, reach));
    };
    population.direct_pct = share(Reach::Direct) + share(Reach::DirectTcp);
    population.relayed_pct = share(Reach::Relayed);
    population.unreachable_pct = share(Reach::Unreachable);
    population.open_pct =
        100 * ((1 - p) * (is_open(steady) ? 1 : 0) + p * (is_open(varying) ? 1 : 0));
}

std::string share_words(const Population& population) {
    if (population.open_pct > 100 - 1e-9) return "open";
    std::string out;
    const auto add = [&](double pct, const char* what) {
        if (pct <= 0) return;
        if (!out.empty()) out += ", ";
        out += std::to_string(std::llround(pct)) + " % " + what;
    };
    add(population.direct_pct, "direct");
    add(population.relayed_pct, "relayed");
    add(population.unreachable_pct, "not at all");
    add(population.open_pct, "open");
    return out;
}

std::string words_of(const std::set<Reach>& reaches) {
    std::string out;
    for (const Reach reach : reaches) {
        if (!out.empty()) out += " or ";
        out += oracle::to_string(reach);
    }
    return out;
}

report::Json to_json(const PeerForecast& forecast) {
    report::Json rows = report::Json::array();
    for (const PeerRow& row : forecast.rows) {
        report::Json reaches = report::Json::array();
        for (const Reach reach : row.reaches)
            reaches.push_back(oracle::to_string(reach));
        report::Json when_called = report::Json::array();
        for (const Reach reach : row.reaches_when_called)
            when_called.push_back(oracle::to_string(reach));
        rows.push_back({{"peer", row.peer.id},
                        {"words", row.peer.words},
                        {"reach", reaches},
                        {"reach_when_called", when_called},
                        {"why", row.why}});
    }
    report::Json populations = report::Json::array();
    for (const Population& each : forecast.populations) {
        report::Json one = {{"population", each.id},
                            {"words", each.words},
                            {"source", each.source},
                            {"endpoint_dependent_pct", 100 * each.endpoint_dependent_share}};
        if (each.is_known) {
            one["direct_pct"] = each.direct_pct;
            one["relayed_pct"] = each.relayed_pct;
            one["unreachable_pct"] = each.unreachable_pct;
        }
        populations.push_back(std::move(one));
    }
    return {{"rows", rows}, {"populations", populations}, {"populations_are_of", "peers-with-udp"}};
}

}  // namespace

std::vector<PeerClass> peer_classes() {
    using M = Mapping;
    using F = Filtering;
    return {
        {"open", "no NAT and no firewall", false, true, M::EndpointIndependent,
         F::EndpointIndependent},
        {"eim-eif", "a NAT that keeps ports and lets everybody in", true, true,
         M::EndpointIndependent, F::EndpointIndependent},
        {"eim-adf", "a NAT that keeps ports and filters by address", true, true,
         M::EndpointIndependent, F::AddressDependent},
        {"eim-apdf", "a NAT that keeps ports and filters by address and port", true, true,
         M::EndpointIndependent, F::AddressAndPortDependent},
        {"adm-eif", "a NAT with another port for each address, letting everybody in", true, true,
         M::AddressDependent, F::EndpointIndependent},
        {"adm-adf", "a NAT with another port for each address, filtering by address", true, true,
         M::AddressDependent, F::AddressDependent},
        {"adm-apdf", "a NAT with another port for each address, filtering by address and port",
         true, true, M::AddressDependent, F::AddressAndPortDependent},
        {"apdm-eif", "a NAT with another port for each destination, letting everybody in", true,
         true, M::AddressAndPortDependent, F::EndpointIndependent},
        {"apdm-adf", "a NAT with another port for each destination, filtering by address", true,
         true, M::AddressAndPortDependent, F::AddressDependent},
        {"apdm-apdf", "a NAT with another port for each destination, filtering by address and port",
         true, true, M::AddressAndPortDependent, F::AddressAndPortDependent},
        {"no-udp", "a network without UDP", true, false, M::EndpointIndependent,
         F::AddressAndPortDependent},
    };
}

std::vector<std::string> nat_classes(const discovery::Outcome& nat) {
    constexpr const char* kMappings[] = {"eim", "adm", "apdm"};
    constexpr const char* kFilterings[] = {"eif", "adf", "apdf"};
    std::vector<std::string> out;
    for (const Mapping mapping : mappings_of(nat)) {
        for (const Filtering filtering : filterings_of(nat)) {
            out.push_back(std::string(kMappings[static_cast<std::size_t>(mapping)]) + '-' +
                          kFilterings[static_cast<std::size_t>(filtering)]);
        }
    }
    return out;
}

PeerForecast forecast_peers(const CallFacts& facts) {
    PeerForecast out;
    const Ways ways = ways_out(facts);
    if (!facts.has_udp() && !is_blocked(ways)) return out;
    out.blocked_unless = blocked_unless(facts);
    // A relay is there whether or not UDP is; without one all depends on it.
    if (!out.blocked_unless.empty() && relays_of(facts).front().empty()) return {};
    for (const PeerClass& peer : peer_classes())
        out.rows.push_back(row_of(facts, peer));
    out.populations = {
        {.id = "peers-2011",
         .words = "all kinds of networks",
         .authors = "Halkes and Pouwelse, 2011",
         .source = "Halkes and Pouwelse, 2011: 11 % of peers",
         .endpoint_dependent_share = 0.11},
        {.id = "home-2016",
         .words = "home routers",
         .authors = "Richter et al., 2016",
         .source = "Richter et al., IMC 2016: under 2 % of home routers",
         .endpoint_dependent_share = 0.02},
        {.id = "mobile-2016",
         .words = "mobile networks",
         .authors = "Richter et al., 2016",
         .source = "Richter et al., IMC 2016: about 40 % of mobile networks",
         .endpoint_dependent_share = 0.40},
    };
    const auto row = [&](std::string_view id) -> const PeerRow& {
        return *std::ranges::find(out.rows, id, [](const PeerRow& each) { return each.peer.id; });
    };
    out.has_open_ports = !facts.doubt_about_ports().empty();
    out.has_open_relay =
        facts.forbidding_relay() != nullptr || facts.relay_of_open_reach() != nullptr;
    out.is_open_relay_here = facts.relay_of_open_reach() != nullptr;
    out.is_out_of_own_quota = std::ranges::any_of(facts.servers, [&](const auto& server) {
        return turn::is_stream(server->transport()) && is_out_of_own_quota(facts, *server);
    });
    out.names_relay_over_stream = std::ranges::any_of(facts.servers, [&](const auto& server) {
        return server->uri.is_turn() && turn::is_stream(server->transport());
    });
    for (Population& population : out.populations)
        weigh(population, row("eim-apdf"), row("apdm-apdf"));
    return out;
}

report::Finding peers_finding(const PeerForecast& forecast) {
    if (forecast.rows.empty()) {
        return call_finding("peers/reach",
                            Verdict::not_tested(Reason(
                                "network-unknown",
                                "Too little is known of this network to say who can be reached")),
                            "", "");
    }
    const Population& all = forecast.populations.front();
    std::string sentence =
        "by the rules, " +
        (forecast.blocked_unless.empty() ? "" : std::string("taking UDP for blocked, ")) +
        "of peers whose network lets UDP out";
    for (const Population& each : forecast.populations) {
        sentence += (&each == &all ? ", in " : "; in ") + std::string(each.words) + ": " +
                    share_words(each) + " (by " + std::string(each.authors) + ')';
    }
    const auto without_udp =
        std::ranges::find_if_not(forecast.rows, [](const PeerRow& row) { return row.peer.udp; });
    sentence +=
        "; peers whose network blocks UDP, of whom no published share was found, come on top: " +
        words_of(without_udp->reaches);
    const auto with_shares = [&](report::ReasonCode code, const std::string& why) {
        return Reason(code, why + "; " + sentence);
    };
    auto out =
        call_finding("peers/reach", Verdict::pass(), share_words(all), "B" + sentence.substr(1));
    const bool some_fail = std::ranges::any_of(forecast.rows, [](const PeerRow& row) {
        return row.peer.udp && row.reaches.contains(Reach::Unreachable);
    });
    const bool without_udp_fail = std::ranges::any_of(forecast.rows, [](const PeerRow& row) {
        return !row.peer.udp && row.reaches.contains(Reach::Unreachable);
    });
    const auto settle = [&](Verdict verdict) {
        out.verdict = std::move(verdict);
        out.summary.clear();
    };
    if (!all.is_known) {
        settle(Verdict::inconclusive(
            forecast.has_open_ports
                ? with_shares(
                      "some-ports",
                      "It depends on whether UDP gets out to the ports of peers, which is open")
            : forecast.is_open_relay_here
                ? with_shares("only-this-computer",
                              "It depends on whether others can reach the relay on this computer")
            : forecast.has_open_relay
                ? with_shares("relay-forbids",
                              "It depends on whether the relay, which forbids the peers that were "
                              "asked of it, allows others")
                : with_shares("nat-partly-known",
                              "It depends on what is not known of this network's NAT")));
    } else if (some_fail) {
        settle(Verdict::fail(with_shares(
            "unreachable-peers", "Without a relay that works, calls fail with some peers")));
        out.severity =
            all.unreachable_pct > 50 ? report::Severity::Critical : report::Severity::Medium;
        // A relay is advised with call/works or network/egress; a named one's remedy, with it.
    } else if (without_udp_fail && forecast.is_out_of_own_quota) {
        settle(Verdict::inconclusive(
            with_shares("quota-of-this-report",
                        "Whether calls reach peers whose network blocks UDP is open: over TCP or "
                        "TLS the server refuses a relay beside those that this report holds")));
    } else if (without_udp_fail) {
        settle(Verdict::fail(with_shares("no-relay-over-tcp",
                                         "Calls fail with peers whose network blocks UDP, because "
                                         "no relay works over TCP or TLS")));
        out.severity = report::Severity::Low;
        if (!forecast.names_relay_over_stream) {
            out.advice = {
                "Have the TURN server listen on TCP and on TLS port 443 too, and name it so."};
        }
    }
    out.data = to_json(forecast);
    out.evidence_ids = {"peers"};
    return out;
}

report::Evidence peers_evidence(const PeerForecast& forecast) {
    report::Evidence out{.id = "peers", .kind = report::EvidenceKind::Derivation};
    out.title = "Who can be reached, by RFC 4787 and RFC 8445";
    constexpr std::size_t kReachColumns = 14;
    for (const PeerRow& row : forecast.rows) {
        std::string line = words_of(row.reaches);
        line.resize(std::max(line.size() + 2, kReachColumns), ' ');
        line += row.peer.words;
        if (row.reaches_when_called != row.reaches) {
            line += "; when they call: " + words_of(row.reaches_when_called);
        }
        out.lines.push_back(std::move(line));
    }
    out.data["figures"] = report::Json::array({peers_figure(forecast)});
    for (const Population& each : forecast.populations)
        out.lines.push_back("share, of peers whose network lets UDP out: " +
                            std::string(each.source));
    return out;
}

}  // namespace portolan::nat_probe
