#include <gmock/gmock.h>

#include "probe/cli/report/overview_figures.hpp"
#include "probe/cli/report/tests/facts_builder.hpp"
#include "probe/cli/report/tests/written_report.hpp"
#include "reports/model/figure.hpp"

namespace portolan::nat_probe {
namespace {

using precall::Cause;
using precall::Step;
using report::Outcome;
using std::chrono::milliseconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* kHere = "127.0.0.1";

/// A relay that works, and what the classification makes of loopback.
FactsBuilder with_relay_here() {
    FactsBuilder out;
    ServerFacts& server = out.good("turn:127.0.0.1", kHere);
    server.no_media_because.clear();
    server.wants_media = true;
    server.audio = made_loop(100, 0, milliseconds(1), milliseconds(0));
    out.nat(discovery::Mapping::EndpointIndependent, discovery::Filtering::EndpointIndependent);
    out.facts.nats.back().is_on_this_machine = true;
    return out;
}

TEST(OnThisMachine, working_relay_alone_leaves_calls_with_others_open) {
    const auto report = written(with_relay_here().facts);
    EXPECT_THAT(report.headline,
                AllOf(StartsWith("It is open whether calls with others will work: your relay"),
                      HasSubstr("works, but it is on this computer, and whether others can reach "
                                "it was not measured")));
    const auto& works = finding(report, "call/works");
    EXPECT_EQ(works.verdict.outcome(), Outcome::Inconclusive);
    EXPECT_EQ(works.verdict.reason()->code(), "only-this-computer");
    EXPECT_EQ(finding(report, "network/egress").verdict.reason()->code(), "only-this-computer");
    EXPECT_EQ(finding(report, "peers/reach").verdict.outcome(), Outcome::NotTested);
    EXPECT_TRUE(finding(report, "relay/data").verdict.is_pass());
    EXPECT_EQ(exit_code(report), cli::ExitCode::Inconclusive);
}

TEST(OnThisMachine, dead_servers_elsewhere_are_not_outvoted) {
    FactsBuilder built = with_relay_here();
    built.bad("turn:turn.example", Step::Ask, Cause::Silent);
    const auto report = written(built.facts);
    EXPECT_THAT(
        report.headline,
        AllOf(StartsWith("Your relay elsewhere cannot be used, and whether calls work without it "
                         "is open: nothing came back from the server outside this computer"),
              HasSubstr("The relay on this computer works, which says nothing of the way")));
    EXPECT_EQ(finding(report, "call/works").verdict.outcome(), Outcome::Inconclusive);
    EXPECT_EQ(finding(report, "network/egress").verdict.reason()->code(), "nothing-answers");
    EXPECT_EQ(finding(report, "server/reachable", "server-2").severity, report::Severity::High);
    EXPECT_EQ(exit_code(report), cli::ExitCode::Findings);
}

TEST(OnThisMachine, cause_elsewhere_decides) {
    FactsBuilder built = with_relay_here();
    built.bad("turn:turn.example", Step::Allocate, Cause::WrongCredentials);
    built.well_behaved_nat();
    const auto report = written(built.facts);
    EXPECT_EQ(finding(report, "call/works").verdict.reason()->code(), "relay-unusable");
    EXPECT_THAT(report.headline, AllOf(StartsWith("Calls will work with about 89 % of people only"),
                                       HasSubstr("does not accept user name and password")));
    EXPECT_EQ(exit_code(report), cli::ExitCode::Findings);
}

TEST(OnThisMachine, beside_a_network_that_was_measured_only_the_relay_is_open) {
    FactsBuilder built = with_relay_here();
    built.good("stun:stun.example");
    built.well_behaved_nat();
    const auto report = written(built.facts);
    EXPECT_EQ(report.headline,
              "Calls will work with about 89 % of people; whether your relay serves the others is "
              "open: it is on this computer, and whether others can reach it was not measured.");
    EXPECT_EQ(finding(report, "call/works").verdict.reason()->code(), "only-this-computer");
    EXPECT_EQ(finding(report, "peers/reach").verdict.reason()->code(), "only-this-computer");
    EXPECT_EQ(exit_code(report), cli::ExitCode::Inconclusive);
}

TEST(OnThisMachine, relay_elsewhere_is_the_one_that_calls_take) {
    FactsBuilder built = with_relay_here();
    built.good("turn:turn.example?transport=tcp");
    built.well_behaved_nat();
    EXPECT_EQ(built.facts.preferred_relay(), built.facts.servers[1].get());
    const auto report = written(built.facts);
    EXPECT_THAT(report.headline, StartsWith("Calls will work: "));
    EXPECT_THAT(report.headline, HasSubstr("your relay turn.example over TCP"));
    EXPECT_EQ(exit_code(report), cli::ExitCode::Ok);
}

TEST(OnThisMachine, dead_server_says_nothing_of_the_network) {
    FactsBuilder built;
    built.bad("turn:127.0.0.1", Step::Ask, Cause::PortClosed, "ECONNREFUSED", kHere);
    const auto report = written(built.facts);
    EXPECT_EQ(report.headline,
              "Your relay cannot be used, and whether calls with others work without it is open: "
              "only this computer itself was asked; of its relay, nothing listens there "
              "(ECONNREFUSED). Name a server elsewhere, and run this again.");
    EXPECT_EQ(finding(report, "network/egress").verdict.outcome(), Outcome::NotTested);
    EXPECT_EQ(finding(report, "call/works").verdict.outcome(), Outcome::Inconclusive);
}

TEST(OnThisMachine, nothing_is_claimed_to_be_as_expected) {
    FactsBuilder built = with_relay_here();
    for (const Expected expected : {Expected::NoUdp, Expected::RelayOnly}) {
        built.facts.expected = expected;
        EXPECT_EQ(finding(written(built.facts), "call/expectation").verdict.outcome(),
                  Outcome::Inconclusive);
    }
}

TEST(OnThisMachine, without_a_network_calls_with_others_fail) {
    FactsBuilder built = with_relay_here();
    built.bad("turn:turn.example", Step::Connect, Cause::NoRoute);
    built.facts.has_route = false;
    EXPECT_THAT(written(built.facts).headline,
                StartsWith("Calls will not work: this computer is not connected to a network."));
    EXPECT_EQ(finding(written(built.facts), "call/works").verdict.reason()->sentence(),
              "Neither a relay on another computer nor UDP works from here");
    built.facts.servers.pop_back();
    EXPECT_THAT(written(built.facts).headline,
                StartsWith("It is open whether calls with others will work"))
        << "whether there is a network was not asked";
}

TEST(OnThisMachine, is_drawn_before_the_internet) {
    FactsBuilder built = with_relay_here();
    const auto map = [&] {
        const auto evidence = overview_evidence(built.facts);
        return std::get<report::Topology>(report::figures_of(evidence[0])[0]->body);
    };
    EXPECT_THAT(map().paths[0].nodes, ElementsAre("host", "loopback", "at-0", "relay-at-0"));
    for (const report::TopologyNode& node : map().nodes)
        EXPECT_NE(node.id, "internet");
    built.good("turn:turn.example");
    built.well_behaved_nat();
    EXPECT_THAT(map().paths[0].nodes,
                ElementsAre("host", "ipv4", "internet", "at-1", "relay-at-1"));
    const auto links = map().links;
    const auto to = [&](const char* id) {
        return std::ranges::find(links, std::string(id), &report::TopologyLink::to)->from;
    };
    EXPECT_EQ(to("at-0"), "host");
    EXPECT_EQ(to("at-1"), "internet");
    const auto nodes = map().nodes;
    EXPECT_EQ(std::ranges::find(nodes, std::string("at-0"), &report::TopologyNode::id)->column, 1U);
    // Calls with others do not take it.
    built.facts.servers[1]->best()->visit.has_succeeded = false;
    EXPECT_THAT(map().paths, IsEmpty());
}

}  // namespace
}  // namespace portolan::nat_probe
