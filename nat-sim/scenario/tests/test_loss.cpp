#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>

#include "nat-sim/scenario/limits.hpp"
#include "nat-sim/scenario/loss.hpp"
#include "nat-sim/scenario/tests/calls.hpp"

// What lost packets excuse: no more than their chance allows, and no less.
namespace portolan::scenario::test {
namespace {

using ::testing::HasSubstr;

Link losing(double loss_pct) {
    Link link;
    link.loss_pct = loss_pct;
    return link;
}

Link in_bursts(double enter_pct, double leave_pct, double loss_pct) {
    Link link;
    link.burst_loss = BurstLoss{enter_pct, leave_pct, loss_pct};
    return link;
}

TEST(Loss, of_independent_packets_is_summed_along_the_way_there_and_back) {
    const Link ten = losing(10);
    const Link nine = losing(9);
    EXPECT_NEAR(chance_of_loss({{"one", &ten}}, 3), std::pow(1 - 0.9 * 0.9, 3), 1e-12);
    EXPECT_NEAR(chance_of_loss({{"one", &nine}, {"other", &nine}}, 3),
                std::pow(1 - std::pow(0.91, 4), 3), 1e-12);
    EXPECT_NEAR(chance_of_loss({{"one", &ten}}, 1), 1 - 0.9 * 0.9, 1e-12);
    EXPECT_DOUBLE_EQ(loss_pct_of(in_bursts(10, 30, 100)), 25);
}

/// Three transmissions through both directions of a link in bursts, thrown as dice.
TEST(Loss, of_bursts_is_what_dice_say) {
    const Link link = in_bursts(2, 20, 100);
    std::mt19937 dice(1);
    const auto chance = [&](double p) { return std::uniform_real_distribution<>(0, 1)(dice) < p; };
    constexpr int kTrials = 200'000;
    int lost_count = 0;
    for (int trial = 0; trial < kTrials; ++trial) {
        bool bad[2] = {chance(1.0 / 11), chance(1.0 / 11)};
        bool is_lost = true;
        for (int transmission = 0; transmission < 3; ++transmission) {
            bool passes = true;
            for (bool& state : bad) {
                if (transmission > 0) state = state ? !chance(0.20) : chance(0.02);
                passes &= !state;
            }
            is_lost &= !passes;
        }
        lost_count += is_lost;
    }
    const double expected = static_cast<double>(lost_count) / kTrials;
    EXPECT_NEAR(chance_of_loss({{"link", &link}}, 3), expected, 0.003);
    // As much loss without bursts takes three in a row far more rarely.
    const Link even = losing(loss_pct_of(link));
    EXPECT_LT(chance_of_loss({{"link", &even}}, 3), expected / 10);
}

TEST(Loss, that_takes_every_transmission_excuses_and_is_said) {
    const struct {
        const char* scenario;
        const char* words;
    } cases[] = {{R"({"parties": {"a": {}, "b": {"link": {"loss_pct": 10}}}, "seed": 114})",
                  "B's link loses 10 % of the packets, which in up to "},
                 {R"({"parties": {"a": {"link": {"loss_pct": 9}}, "b": {"link": {"loss_pct": 9}}},
             "seed": 2})",
                  "A's link loses 9 % and B's link 9 % of the packets"},
                 {R"({"networks": [{"name": "x", "nat": "home-generic", "uplink": {"loss_pct": 5}},
                          {"name": "y", "nat": "home-generic", "uplink": {"loss_pct": 5}}],
             "parties": {"a": {"network": "x"}, "b": {"network": "y"}}, "seed": 43})",
                  "the uplink of \"x\" loses 5 % and the uplink of \"y\" 5 % of the packets"},
                 {R"({"parties": {"a": {}, "b": {"link": {"burst_loss":
                {"enter_pct": 2, "leave_pct": 20, "loss_pct": 100}}}}})",
                  "B's link loses 9.09 % of the packets"},
                 {R"({"parties": {"a": {"turn": ["tcp"], "relay_only": true},
                         "b": {"link": {"loss_pct": 3}}}, "seed": 75})",
                  "over a relay that it reaches by TCP once)"}};
    for (const auto& each : cases) {
        const auto scenario = parse_scenario(each.scenario);
        ASSERT_TRUE(scenario) << scenario.error().message;
        const auto expected = forecast(*scenario, Duration{0});
        ASSERT_TRUE(expected);
        EXPECT_THAT(expected->handicap, HasSubstr(each.words));
    }
    // Every transmission of one check is lost here.
    const CallResult result = call_of_text(cases[0].scenario);
    EXPECT_EQ(result.accordance(), Accordance::Handicapped) << result.why;
    EXPECT_THAT(result.why, HasSubstr("B's link loses 10 % of the packets, which in up to 2.7 % of "
                                      "such calls takes every transmission of a request"));
}

/// Otherwise nothing would be found where a link loses anything at all.
TEST(Loss, that_is_rare_or_nobodys_excuses_nothing) {
    for (const char* text :
         {R"({"parties": {"a": {}, "b": {"link": {"loss_pct": 0.4}}}})",
          R"({"networks": [{"name": "nobody", "uplink": {"loss_pct": 90, "rate_kbit_s": 1}}],
              "parties": {"a": {}, "b": {}}})"}) {
        const auto scenario = parse_scenario(text);
        ASSERT_TRUE(scenario) << scenario.error().message;
        EXPECT_EQ(handicap_of(*scenario, {}), "") << text;
    }
    // What lies between two hosts of one network is their links alone.
    const auto neighbours = parse_scenario(R"({
        "networks": [{"name": "x", "uplink": {"loss_pct": 90}}],
        "parties": {"a": {"network": "x"}, "b": {"network": "x"}}})");
    ASSERT_TRUE(neighbours) << neighbours.error().message;
    EXPECT_EQ(chance_of_loss(way_between(*neighbours), 3), 0);
}

}  // namespace
}  // namespace portolan::scenario::test
