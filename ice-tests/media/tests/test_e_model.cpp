#include <gtest/gtest.h>

#include <utility>

#include "ice-tests/media/e_model.hpp"

namespace portolan::media {
namespace {

// ITU-T G.107 (06/2015) clause 7.7: with all defaults R = 93.2; Annex B then gives MOS 4.41.
TEST(EModel, Defaults_give_the_published_rating) {
    const EModelResult result = e_model({});
    EXPECT_NEAR(result.rating, 93.2, 0.05);
    EXPECT_NEAR(result.mos, 4.41, 0.005);
    EXPECT_NEAR(result.signal_to_noise, 94.77, 0.01);
    EXPECT_NEAR(result.simultaneous_impairment, 1.41, 0.01);
}

// G.107 table B.1, whose two digits are not all rounded alike: R = 80 is 4.024 and printed as 4.03.
TEST(EModel, Rating_becomes_mos_as_in_annex_b) {
    constexpr std::pair<double, double> kPoints[] = {
        {90, 4.34}, {80, 4.03}, {70, 3.60}, {60, 3.10}, {50, 2.58}};
    for (const auto& [rating, mos] : kPoints)
        EXPECT_NEAR(mos_of_rating(rating), mos, 0.0065) << rating;
    EXPECT_EQ(mos_of_rating(-5), 1);
    EXPECT_EQ(mos_of_rating(0), 1);
    EXPECT_EQ(mos_of_rating(3), 1) << "the cubic alone would be below the scale";
    EXPECT_EQ(mos_of_rating(100), 4.5);
    EXPECT_EQ(mos_of_rating(120), 4.5);
}

double rating_with(const CodecImpairment& codec, double loss_pct, double burst_ratio = 1) {
    EModelInput input;
    input.equipment_impairment = codec.equipment_impairment;
    input.packet_loss_robustness = codec.packet_loss_robustness;
    input.packet_loss_pct = loss_pct;
    input.burst_ratio = burst_ratio;
    return e_model(input).rating;
}

// G.113 Appendix I: Ie and Bpl; Ie-eff by hand from G.107 clause 7.5.
TEST(EModel, Loss_impairs_as_the_codec_tables_say) {
    const double best = e_model({}).rating;
    EXPECT_NEAR(best - rating_with(kG711, 1), 95 * 1 / (1 + 4.3), 1e-9);
    EXPECT_NEAR(best - rating_with(kG711, 5), 95 * 5 / (5 + 4.3), 1e-9);
    EXPECT_NEAR(best - rating_with(kG711Plc, 1), 95 * 1 / (1 + 25.1), 1e-9);
    EXPECT_NEAR(best - rating_with(kG711Plc, 5), 95 * 5 / (5 + 25.1), 1e-9);
    EXPECT_NEAR(best - rating_with(kG729aVad, 0), 11, 1e-9);
    EXPECT_NEAR(best - rating_with(kG729aVad, 2), 11 + 84 * 2 / (2 + 19.0), 1e-9);
    // Bursts are worse than single losses.
    EXPECT_NEAR(best - rating_with(kG711Plc, 5, 2), 95 * 5 / (2.5 + 25.1), 1e-9);
}

EModelResult delayed(double one_way_ms) {
    EModelInput input;
    input.absolute_delay_ms = input.mean_one_way_delay_ms = one_way_ms;
    input.round_trip_delay_ms = 2 * one_way_ms;
    return e_model(input);
}

// Cole and Rosenbluth (2001) fitted G.107 with Id = 0.024 d + 0.11 (d - 177.3) H(d - 177.3);
// the two part company beyond 300 ms.
TEST(EModel, Delay_impairs_as_the_published_fit) {
    const double undelayed = delayed(0).delay_impairment;
    for (const double delay_ms : {50.0, 100.0, 150.0, 200.0, 250.0, 300.0}) {
        const double fit = 0.024 * delay_ms + (delay_ms > 177.3 ? 0.11 * (delay_ms - 177.3) : 0.0);
        EXPECT_NEAR(delayed(delay_ms).delay_impairment - undelayed, fit, 2.5) << delay_ms;
    }
}

// Clause 7.4 by hand: X = log2(Ta / 100).
TEST(EModel, Pure_delay_begins_to_impair_at_the_perceivable_one) {
    EModelInput input;
    const double undelayed = e_model(input).delay_impairment;
    input.absolute_delay_ms = 100;
    EXPECT_EQ(e_model(input).delay_impairment, undelayed);
    input.absolute_delay_ms = 200;
    EXPECT_NEAR(e_model(input).delay_impairment - undelayed, 3.04, 0.01);
    input.absolute_delay_ms = 400;
    EXPECT_NEAR(e_model(input).delay_impairment - undelayed, 24.07, 0.01);
}

TEST(EModel, Rating_only_falls_with_loss_and_delay) {
    double last = 101;
    for (double loss_pct = 0; loss_pct <= 100; loss_pct += 5) {
        const double rating = rating_with(kG711Plc, loss_pct);
        EXPECT_LT(rating, last) << loss_pct;
        last = rating;
    }
    last = 101;
    for (double delay_ms = 0; delay_ms <= 2000; delay_ms += 50) {
        const double rating = delayed(delay_ms).rating;
        EXPECT_LT(rating, last) << delay_ms;
        last = rating;
    }
}

}  // namespace
}  // namespace portolan::media
