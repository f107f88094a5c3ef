#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <sstream>

#include "probe/cli/report/simulated_peers.hpp"
#include "probe/cli/report/tests/facts_builder.hpp"

namespace portolan::nat_probe {
namespace {

using discovery::Filtering;
using discovery::Mapping;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Mapping kMappings[] = {Mapping::EndpointIndependent, Mapping::AddressDependent,
                                 Mapping::AddressAndPortDependent};
constexpr Filtering kFilterings[] = {Filtering::EndpointIndependent, Filtering::AddressDependent,
                                     Filtering::AddressAndPortDependent};

FactsBuilder behind(Mapping mapping, Filtering filtering, bool has_relay = true) {
    FactsBuilder out;
    out.good(has_relay ? "turn:turn.example" : "stun:stun.example");
    out.nat(mapping, filtering);
    return out;
}

/// What nat-sim would write if libnice did as the rules say.
std::string obedient(const CallFacts& facts, const std::string& turn) {
    report::Json cells = report::Json::array();
    for (const PeerRow& row : forecast_peers(facts).rows) {
        if (!row.peer.udp) continue;
        cells.push_back(
            {{"presets",
              {{"a", own_presets(facts).front()},
               {"b", row.peer.has_nat ? std::string(row.peer.id) : std::string("internet")}}},
             {"turn", turn},
             {"reach", oracle::to_string(*row.reaches.begin())},
             {"nominated_early", false}});
    }
    return report::Json{{"data", {{"cells", cells}}}}.dump();
}

report::Finding judged(const CallFacts& facts) {
    return simulation_finding(facts, forecast_peers(facts));
}

TEST(SimulatedPeers, agreement_is_counted) {
    auto built = behind(Mapping::EndpointIndependent, Filtering::AddressAndPortDependent);
    EXPECT_THAT(own_presets(built.facts), ElementsAre("eim-apdf"));
    read_simulation(obedient(built.facts, "udp"), built.facts.simulation);
    const report::Finding found = judged(built.facts);
    EXPECT_TRUE(found.verdict.is_pass());
    EXPECT_EQ(found.value, "10 of 10 as derived");
    EXPECT_EQ(found.data["turn"], "udp");
}

TEST(SimulatedPeers, another_outcome_is_a_finding_that_names_the_peer) {
    auto built = behind(Mapping::EndpointIndependent, Filtering::AddressAndPortDependent);
    read_simulation(obedient(built.facts, "udp"), built.facts.simulation);
    built.facts.simulation.calls[3].reach = "unreachable";
    const report::Finding found = judged(built.facts);
    ASSERT_TRUE(found.verdict.is_fail());
    EXPECT_EQ(found.verdict.reason()->code(), "differs");
    EXPECT_THAT(found.verdict.reason()->sentence(), HasSubstr("filters by address and port"));
    // Calls with other relays than there are say nothing.
    built.facts.simulation.calls[3].turn = "none";
    EXPECT_TRUE(judged(built.facts).verdict.is_fail()) << "then that peer is missing";
}

TEST(SimulatedPeers, relay_that_is_nominated_early_differs_from_nothing_and_is_counted) {
    auto built = behind(Mapping::EndpointIndependent, Filtering::AddressAndPortDependent);
    read_simulation(obedient(built.facts, "udp"), built.facts.simulation);
    built.facts.simulation.calls[0].reach = "relayed";
    EXPECT_TRUE(judged(built.facts).verdict.is_fail());
    built.facts.simulation.calls[0].was_early = true;
    const report::Finding found = judged(built.facts);
    EXPECT_TRUE(found.verdict.is_pass());
    EXPECT_THAT(found.summary, HasSubstr("with 1 of these"));
}

TEST(SimulatedPeers, what_was_not_simulated_is_said) {
    auto built = behind(Mapping::EndpointIndependent, Filtering::AddressAndPortDependent);
    EXPECT_EQ(judged(built.facts).verdict.reason()->code(), "out-of-time");
    built.facts.simulation.is_missing = true;
    EXPECT_EQ(judged(built.facts).verdict.reason()->code(), "no-nat-sim");
    built.facts.nats.clear();
    EXPECT_EQ(judged(built.facts).verdict.reason()->code(), "network-unknown");
}

TEST(SimulatedPeers, output_that_cannot_be_read_confirms_nothing) {
    for (const char* text : {"", "{", "[]", "{}", R"({"data": []})", R"({"data": {"cells": {}}})",
                             R"({"data": {"cells": []}})", R"({"data": {"cells": [1]}})",
                             R"({"data": {"cells": [{"presets": {"a": 1, "b": "x"}}]}})"}) {
        auto built = behind(Mapping::EndpointIndependent, Filtering::AddressAndPortDependent);
        read_simulation(text, built.facts.simulation);
        EXPECT_EQ(judged(built.facts).verdict.reason()->code(), "nat-sim-failed") << text;
        EXPECT_THAT(built.facts.simulation.calls, IsEmpty());
    }
}

TEST(SimulatedPeers, unknown_parts_of_a_nat_are_all_simulated_but_not_nine) {
    auto built = behind(Mapping::EndpointIndependent, Filtering::EndpointIndependent);
    built.facts.nats.front().outcome.filtering = {};
    EXPECT_THAT(own_presets(built.facts), ElementsAre("eim-eif", "eim-adf", "eim-apdf"));
    EXPECT_THAT(simulation_arguments(own_presets(built.facts)), testing::Contains("eim-adf"));
    built.facts.nats.front().outcome.mapping = {};
    EXPECT_THAT(own_presets(built.facts), IsEmpty());
}

TEST(SimulatedPeers, home_router_is_read_from_what_nat_sim_wrote) {
    report::Report written;
    written.tool = {"nat-sim", "0.1.0"};
    written.headline = "As configured.";
    report::Section section{.id = "compared", .title = "nat-probe and the configuration"};
    const auto add = [&](const char* id, const char* value) {
        report::Finding finding{.id = id, .title = id, .verdict = report::Verdict::pass()};
        finding.value = value;
        finding.evidence_ids = {"e"};
        section.findings.push_back(std::move(finding));
    };
    add("probe/udp", "reachable");
    add("probe/translation", "address");
    add("probe/mapping", "endpoint-independent");
    add("probe/filtering", "address-and-port-dependent");
    written.sections.push_back(section);
    written.evidence.push_back({.id = "e", .kind = report::EvidenceKind::Derivation});
    written.evidence.back().title = "e";
    FactsBuilder built;
    built.good("turn:127.0.0.1");
    built.facts.is_built_in = true;
    EXPECT_EQ(simulated_nat_section(built.facts).findings[0].verdict.reason()->code(),
              "no-nat-sim");
    ASSERT_TRUE(read_simulated_nat(to_json(written), "linux-masq", built.facts));
    const report::Section seen = simulated_nat_section(built.facts);
    EXPECT_THAT(seen.findings[0].summary, HasSubstr("Simulated, and not your network"));
    EXPECT_THAT(own_presets(built.facts), ElementsAre("eim-apdf"));
    for (const char* text : {"", "{}", "no JSON"}) {
        CallFacts other;
        EXPECT_FALSE(read_simulated_nat(text, "linux-masq", other)) << text;
        EXPECT_FALSE(other.simulated_nat);
    }
}

/// What the report says for each of the 81 pairs, with and without a relay. The same file is held
/// against unmodified libnice in nat-sim by python/tests/test_peers_simulated.py.
TEST(SimulatedPeers, table_of_all_pairs_is_the_one_that_libnice_is_held_against) {
    std::ostringstream seen;
    std::map<std::string, std::string> calling;
    std::map<std::string, std::string> called;
    for (const bool has_relay : {false, true}) {
        for (const Mapping mapping : kMappings) {
            for (const Filtering filtering : kFilterings) {
                const auto built = behind(mapping, filtering, has_relay);
                for (const PeerRow& row : forecast_peers(built.facts).rows) {
                    if (!row.peer.udp || !row.peer.has_nat) continue;
                    ASSERT_EQ(row.reaches.size(), 1U);
                    ASSERT_EQ(row.reaches_when_called.size(), 1U);
                    const std::string own = own_presets(built.facts).front();
                    const std::string peer(row.peer.id);
                    const std::string relays = has_relay ? "udp " : "none ";
                    calling[relays + own + ' ' + peer] = oracle::to_string(*row.reaches.begin());
                    called[relays + peer + ' ' + own] =
                        oracle::to_string(*row.reaches_when_called.begin());
                    seen << (has_relay ? "udp" : "none") << ' ' << own_presets(built.facts).front()
                         << ' ' << row.peer.id << ' ' << oracle::to_string(*row.reaches.begin())
                         << '\n';
                }
            }
        }
    }
    EXPECT_EQ(calling, called) << "a call that one side makes is one that the other gets";
    std::ifstream file(PORTOLAN_SOURCE_DIR "/probe/cli/report/tests/golden/reach_of_pairs.txt");
    std::ostringstream golden;
    golden << file.rdbuf();
    EXPECT_EQ(seen.str(), golden.str());
}

}  // namespace
}  // namespace portolan::nat_probe
