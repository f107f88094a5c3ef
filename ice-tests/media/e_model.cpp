#include "ice-tests/media/e_model.hpp"

#include <algorithm>
#include <cmath>

// ITU-T G.107 (06/2015), clause 7; the names are the Recommendation's symbols.
namespace portolan::media {
namespace {

double from_db(double db) {
    return std::pow(10.0, db / 10);
}

double to_db(double power) {
    return 10 * std::log10(power);
}

// Clause 7.2, basic signal-to-noise ratio.
double ro(const EModelInput& in, double& no) {
    const double olr = in.send_loudness_db + in.receive_loudness_db;
    const double nos = in.room_noise_send_dba - in.send_loudness_db - in.d_value_send_db - 100 +
                       0.004 * std::pow(in.room_noise_send_dba - olr - in.d_value_send_db - 14, 2);
    const double lstr = in.sidetone_masking_db + in.d_value_receive_db;
    const double pre = in.room_noise_receive_dba + to_db(1 + from_db(10 - lstr));
    const double nor = in.receive_loudness_db - 121 + pre + 0.008 * std::pow(pre - 35, 2);
    const double nfo = in.noise_floor_dbmp + in.receive_loudness_db;
    no = to_db(from_db(in.circuit_noise_dbm0p) + from_db(nos) + from_db(nor) + from_db(nfo));
    return 15 - 1.5 * (in.send_loudness_db + no);
}

double ist(const EModelInput& in) {
    const double stmro =
        -to_db(from_db(-in.sidetone_masking_db) +
               std::exp(-in.mean_one_way_delay_ms / 4) * from_db(-in.talker_echo_loudness_db));
    return 12 * std::pow(1 + std::pow((stmro - 13) / 6, 8), 1.0 / 8) -
           28 * std::pow(1 + std::pow((stmro + 1) / 19.4, 35), 1.0 / 35) -
           13 * std::pow(1 + std::pow((stmro - 3) / 33, 13), 1.0 / 13) + 29;
}

// Clause 7.3, impairments that occur together with the voice signal.
double is(const EModelInput& in, double ro_value, double no) {
    const double olr = in.send_loudness_db + in.receive_loudness_db;
    const double xolr = olr + 0.2 * (64 + no - in.receive_loudness_db);
    const double iolr = 20 * (std::pow(1 + std::pow(xolr / 8, 8), 1.0 / 8) - xolr / 8);
    const double q = 37 - 15 * std::log10(in.quantizing_distortion_units);
    const double g = 1.07 + 0.258 * q + 0.0602 * q * q;
    const double y = (ro_value - 100) / 15 + 46 / 8.4 - g / 9;
    const double z = 46.0 / 30 - g / 40;
    const double iq = 15 * std::log10(1 + std::pow(10, y) + std::pow(10, z));
    return iolr + ist(in) + iq;
}

double idte(const EModelInput& in, double no) {
    const double t = in.mean_one_way_delay_ms;
    double terv = in.talker_echo_loudness_db - 40 * std::log10((1 + t / 10) / (1 + t / 150)) +
                  6 * std::exp(-0.3 * t * t);
    if (in.sidetone_masking_db < 9) terv += ist(in) / 2;
    const double roe = -1.5 * (no - in.receive_loudness_db);
    const double re = 80 + 2.5 * (terv - 14);
    const double half = (roe - re) / 2;
    const double impairment = (half + std::sqrt(half * half + 100) - 1) * (1 - std::exp(-t));
    if (in.sidetone_masking_db <= 20) return impairment;
    return std::sqrt(impairment * impairment + std::pow(ist(in), 2));
}

double idle(const EModelInput& in, double ro_value) {
    const double rle =
        10.5 * (in.weighted_echo_path_loss_db + 7) * std::pow(in.round_trip_delay_ms + 1, -0.25);
    const double half = (ro_value - rle) / 2;
    return half + std::sqrt(half * half + 169);
}

double idd(const EModelInput& in) {
    if (in.absolute_delay_ms <= in.minimum_perceivable_delay_ms) return 0;
    const double x = std::log2(in.absolute_delay_ms / in.minimum_perceivable_delay_ms);
    const double power = 6 * in.delay_sensitivity;
    return 25 * (std::pow(1 + std::pow(x, power), 1 / power) -
                 3 * std::pow(1 + std::pow(x / 3, power), 1 / power) + 2);
}

// Clause 7.5.
double ie_eff(const EModelInput& in) {
    if (in.packet_loss_pct <= 0) return in.equipment_impairment;
    return in.equipment_impairment +
           (95 - in.equipment_impairment) * in.packet_loss_pct /
               (in.packet_loss_pct / in.burst_ratio + in.packet_loss_robustness);
}

}  // namespace

EModelResult e_model(const EModelInput& input) {
    EModelResult result;
    double no = 0;
    result.signal_to_noise = ro(input, no);
    result.simultaneous_impairment = is(input, result.signal_to_noise, no);
    result.delay_impairment = idte(input, no) + idle(input, result.signal_to_noise) + idd(input);
    result.effective_equipment_impairment = ie_eff(input);
    result.rating = result.signal_to_noise - result.simultaneous_impairment -
                    result.delay_impairment - result.effective_equipment_impairment +
                    input.advantage_factor;
    result.mos = mos_of_rating(result.rating);
    return result;
}

double mos_of_rating(double rating) {
    if (rating <= 0) return 1;
    if (rating >= 100) return 4.5;
    // The cubic dips below 1 for ratings under 6.5.
    return std::max(1.0, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6);
}

}  // namespace portolan::media
