#pragma once

#include <array>
#include <string_view>

namespace portolan::media {

/// Inputs of the E-model, ITU-T G.107 (06/2015) table 2, with its defaults and symbols in comments.
struct EModelInput {
    double send_loudness_db = 8;                ///< SLR
    double receive_loudness_db = 2;             ///< RLR
    double sidetone_masking_db = 15;            ///< STMR
    double d_value_send_db = 3;                 ///< Ds
    double d_value_receive_db = 3;              ///< Dr
    double talker_echo_loudness_db = 65;        ///< TELR
    double weighted_echo_path_loss_db = 110;    ///< WEPL
    double mean_one_way_delay_ms = 0;           ///< T, of the echo path
    double round_trip_delay_ms = 0;             ///< Tr
    double absolute_delay_ms = 0;               ///< Ta, mouth to ear
    double quantizing_distortion_units = 1;     ///< qdu
    double equipment_impairment = 0;            ///< Ie
    double packet_loss_robustness = 4.3;        ///< Bpl
    double packet_loss_pct = 0;                 ///< Ppl
    double burst_ratio = 1;                     ///< BurstR
    double circuit_noise_dbm0p = -70;           ///< Nc
    double noise_floor_dbmp = -64;              ///< Nfor
    double room_noise_send_dba = 35;            ///< Ps
    double room_noise_receive_dba = 35;         ///< Pr
    double advantage_factor = 0;                ///< A
    double delay_sensitivity = 1;               ///< sT, default class of delay sensitivity
    double minimum_perceivable_delay_ms = 100;  ///< mT
};

/// The terms of R = Ro - Is - Id - Ie-eff + A (G.107 s7.1).
struct EModelResult {
    double signal_to_noise = 0;                 ///< Ro
    double simultaneous_impairment = 0;         ///< Is
    double delay_impairment = 0;                ///< Id
    double effective_equipment_impairment = 0;  ///< Ie-eff
    double rating = 0;                          ///< R
    double mos = 1;                             ///< MOS-CQE, G.107 Annex B
};

EModelResult e_model(const EModelInput& input);
/// G.107 Annex B: 1 below R = 0, 4.5 above R = 100, and never below 1.
double mos_of_rating(double rating);

/// Provisional planning values of ITU-T G.113 Appendix I.
struct CodecImpairment {
    std::string_view name;
    double equipment_impairment;    ///< Ie
    double packet_loss_robustness;  ///< Bpl
};

inline constexpr CodecImpairment kG711 = {"G.711", 0, 4.3};
inline constexpr CodecImpairment kG711Plc = {"G.711 with Appendix I concealment", 0, 25.1};
inline constexpr CodecImpairment kG729aVad = {"G.729A with VAD", 11, 19};
inline constexpr CodecImpairment kG7231Vad = {"G.723.1 6.3 kbit/s with VAD", 15, 16.1};
inline constexpr CodecImpairment kGsmEfr = {"GSM-EFR", 5, 10};

inline constexpr std::array kCodecImpairments = {kG711, kG711Plc, kG729aVad, kG7231Vad, kGsmEfr};

}  // namespace portolan::media
