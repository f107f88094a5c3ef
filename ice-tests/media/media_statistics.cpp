#include "ice-tests/media/media_statistics.hpp"

#include <algorithm>

namespace portolan::media {
namespace {

double milliseconds(Duration duration) {
    return static_cast<double>(duration.count()) / 1000;
}

}  // namespace

std::optional<SpeechQuality> speech_quality(const SinkStatistics& received,
                                            const StreamProfile& profile,
                                            const CodecImpairment& codec) {
    if (!received.delay_p99 || received.loss.expected_count == 0) return std::nullopt;
    SpeechQuality quality{.codec = codec};
    // A frame is complete, and can be sent, only when it has been spoken.
    quality.mouth_to_ear = profile.frame_interval + *received.delay_p99;
    const auto expected = static_cast<double>(received.loss.expected_count);
    quality.late_pct = 100.0 * static_cast<double>(received.delay_above_p99_count) / expected;

    EModelInput& input = quality.input;
    input.equipment_impairment = codec.equipment_impairment;
    input.packet_loss_robustness = codec.packet_loss_robustness;
    input.packet_loss_pct = std::min(received.loss.loss_pct() + quality.late_pct, 100.0);
    // G.107 table 2: at least 1; loss more regular than chance is not better than chance.
    input.burst_ratio = std::max(received.loss.burst_ratio(), 1.0);
    input.absolute_delay_ms = milliseconds(quality.mouth_to_ear);
    // The echo's way is as long there as back (G.107 clause 7.4: T = Ta, Tr = 2 T).
    input.mean_one_way_delay_ms = input.absolute_delay_ms;
    input.round_trip_delay_ms = 2 * input.absolute_delay_ms;
    quality.result = e_model(input);
    return quality;
}

}  // namespace portolan::media
