#include <gtest/gtest.h>

#include "probe/cli/report/peers.hpp"
#include "probe/cli/report/tests/facts_builder.hpp"

namespace portolan::nat_probe {
namespace {

using discovery::Filtering;
using discovery::Mapping;
using oracle::Reach;

std::set<Reach> reach(const PeerForecast& forecast, std::string_view id) {
    for (const PeerRow& row : forecast.rows) {
        if (row.peer.id == id) return row.reaches;
    }
    return {};
}

TEST(ForecastPeers, well_behaved_nat_is_direct_but_for_varying_ones) {
    FactsBuilder built;
    built.good("turn:turn.example");
    built.good("turn:turn.example?transport=tcp");
    built.well_behaved_nat();
    const PeerForecast forecast = forecast_peers(built.facts);
    EXPECT_EQ(reach(forecast, "eim-apdf"), std::set{Reach::Direct});
    EXPECT_EQ(reach(forecast, "apdm-apdf"), std::set{Reach::Relayed});
    EXPECT_EQ(reach(forecast, "no-udp"), std::set{Reach::Relayed});
    EXPECT_EQ(reach(forecast, "open"), std::set{Reach::Direct});
    for (const PeerRow& row : forecast.rows)
        EXPECT_EQ(row.why.find("you's"), std::string::npos) << row.why;
    EXPECT_NEAR(forecast.populations[0].direct_pct, 89, 1e-9);
    EXPECT_NEAR(forecast.populations[0].relayed_pct, 11, 1e-9);
    EXPECT_NEAR(forecast.populations[2].relayed_pct, 40, 1e-9);
    EXPECT_TRUE(peers_finding(forecast).verdict.is_pass());
}

TEST(ForecastPeers, relay_over_udp_alone_does_not_reach_those_without_udp) {
    FactsBuilder built;
    built.good("turn:turn.example");
    built.well_behaved_nat();
    const auto finding = peers_finding(forecast_peers(built.facts));
    ASSERT_TRUE(finding.verdict.is_fail());
    EXPECT_EQ(finding.verdict.reason()->code(), "no-relay-over-tcp");
    EXPECT_EQ(finding.severity, report::Severity::Low);
}

TEST(ForecastPeers, without_a_relay_some_fail) {
    FactsBuilder built;
    built.good("stun:stun.example");
    built.well_behaved_nat();
    const PeerForecast forecast = forecast_peers(built.facts);
    EXPECT_EQ(reach(forecast, "apdm-apdf"), std::set{Reach::Unreachable});
    const auto finding = peers_finding(forecast);
    EXPECT_TRUE(finding.verdict.is_fail());
    EXPECT_EQ(finding.verdict.reason()->code(), "unreachable-peers");
}

TEST(ForecastPeers, unknown_filtering_gives_both_answers) {
    FactsBuilder built;
    built.good("turn:turn.example");
    built.well_behaved_nat();
    built.facts.nats[0].outcome.filtering = discovery::unknown<Filtering>(
        discovery::VerdictKind::Inconclusive, "one-server", "only one server");
    const PeerForecast forecast = forecast_peers(built.facts);
    EXPECT_EQ(reach(forecast, "apdm-apdf"), (std::set{Reach::Direct, Reach::Relayed}));
    EXPECT_EQ(reach(forecast, "eim-apdf"), std::set{Reach::Direct});
    EXPECT_EQ(peers_finding(forecast).verdict.outcome(), report::Outcome::Inconclusive);
}

TEST(ForecastPeers, blocked_udp_relays_everybody) {
    FactsBuilder built;
    built.bad("turn:turn.example", precall::Step::Ask, precall::Cause::Silent);
    built.good("turn:turn.example?transport=tcp");
    built.blocked_nat();
    const PeerForecast forecast = forecast_peers(built.facts);
    for (const PeerRow& row : forecast.rows)
        EXPECT_EQ(row.reaches, std::set{Reach::Relayed}) << row.peer.id;
}

TEST(ForecastPeers, unknown_network_has_no_forecast) {
    FactsBuilder built;
    built.bad("turn:turn.example", precall::Step::Ask, precall::Cause::Silent);
    EXPECT_TRUE(forecast_peers(built.facts).rows.empty());
}

}  // namespace
}  // namespace portolan::nat_probe
