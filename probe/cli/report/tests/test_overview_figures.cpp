#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probe/cli/report/overview_figures.hpp"
#include "probe/cli/report/tests/facts_builder.hpp"
#include "reports/model/figure.hpp"

namespace portolan::nat_probe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

report::Figure figure(const CallFacts& facts, std::size_t index) {
    return *report::figures_of(overview_evidence(facts).at(index)).at(0);
}

TEST(OverviewFigures, map_leads_through_the_nat_to_the_relay) {
    FactsBuilder built;
    built.good("turn:turn.example");
    built.good("turn:turn.example?transport=tcp");
    built.well_behaved_nat();
    const auto map = std::get<report::Topology>(figure(built.facts, 0).body);
    ASSERT_EQ(map.paths.size(), 1U);
    EXPECT_THAT(map.paths[0].nodes, ElementsAre("host", "ipv4", "internet", "at-0", "relay-at-0"));
    const auto nat = std::ranges::find(map.nodes, "ipv4", &report::TopologyNode::id);
    EXPECT_EQ(nat->kind, report::NodeKind::Nat);
    EXPECT_THAT(nat->details, ElementsAre("one port for all", "filters addr+port"));
    EXPECT_EQ(map.links.back().label, "UDP, TCP");
}

TEST(OverviewFigures, no_nat_is_drawn_that_was_not_seen) {
    FactsBuilder built;
    built.good("turn:turn.example");
    built.blocked_nat();
    const auto map = std::get<report::Topology>(figure(built.facts, 0).body);
    for (const report::TopologyNode& node : map.nodes)
        EXPECT_NE(node.kind, report::NodeKind::Nat);
}

TEST(OverviewFigures, nothing_is_drawn_where_nothing_is_known) {
    FactsBuilder built;
    built.bad("turn:turn.example", precall::Step::Connect, precall::Cause::NoRoute);
    built.blocked_nat();
    built.facts.has_route = false;
    const auto map = std::get<report::Topology>(figure(built.facts, 0).body);
    for (const report::TopologyNode& node : map.nodes)
        EXPECT_THAT(node.name, testing::Not(HasSubstr("unknown")));
    EXPECT_EQ(map.links.at(0).to, "internet");
    EXPECT_EQ(map.links.at(0).label, "no route");
}

TEST(OverviewFigures, way_to_the_built_in_server_passes_no_simulated_nat) {
    FactsBuilder built;
    built.good("turn:127.0.0.1", "127.0.0.1");
    built.well_behaved_nat();
    built.facts.is_built_in = true;
    const auto map = std::get<report::Topology>(figure(built.facts, 0).body);
    EXPECT_THAT(map.paths[0].nodes, ElementsAre("host", "loopback", "at-0", "relay-at-0"));
    for (const report::TopologyNode& node : map.nodes)
        EXPECT_NE(node.kind, report::NodeKind::Nat);
}

TEST(OverviewFigures, transports_of_a_server_stand_side_by_side) {
    FactsBuilder built;
    built.good("turn:turn.example").audio =
        made_loop(100, 0, std::chrono::milliseconds(31), std::chrono::milliseconds(2));
    built.bad("turns:turn.example", precall::Step::Handshake, precall::Cause::CertificateExpired);
    const auto table = std::get<report::Matrix>(figure(built.facts, 1).body);
    ASSERT_EQ(table.rows.size(), 1U);
    const auto& cells = table.rows[0].cells;
    EXPECT_EQ(cells[0].class_id, "works");
    EXPECT_THAT(cells[0].note, HasSubstr("none of 200 packets lost"));
    EXPECT_EQ(cells[1].class_id, "absent");
    EXPECT_EQ(cells[2].class_id, "fails");
    EXPECT_THAT(cells[2].note, HasSubstr("expired"));
}

/// STUN and TURN, and TURN at another port, are not one server; TLS has a port of its own.
TEST(OverviewFigures, servers_of_one_host_are_told_apart_by_scheme_and_port) {
    FactsBuilder built;
    for (const char* uri :
         {"stun:192.0.2.10:3478", "turn:192.0.2.10:3478", "turns:192.0.2.10:5349?transport=tcp",
          "turn:192.0.2.10:9?transport=tcp", "turn:turn.example"})
        built.good(uri);
    const auto table = std::get<report::Matrix>(figure(built.facts, 1).body);
    std::vector<std::string> names;
    for (const report::MatrixRow& row : table.rows)
        names.push_back(row.name);
    EXPECT_THAT(names, ElementsAre("192.0.2.10 (stun 3478)", "192.0.2.10 (turn 3478, turns 5349)",
                                   "192.0.2.10 (turn 9)", "turn.example"));
}

TEST(OverviewFigures, are_none_without_servers) {
    EXPECT_THAT(overview_evidence({}), IsEmpty());
}

}  // namespace
}  // namespace portolan::nat_probe
