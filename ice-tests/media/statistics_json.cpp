#include "ice-tests/media/media_session.hpp"
#include "ice-tests/media/media_statistics.hpp"

namespace portolan::media {
namespace {

using report::Json;

Json duration_us(const std::optional<Duration>& duration) {
    return duration ? Json(duration->count()) : Json();
}

Json since(const std::optional<Time>& time, Time epoch) {
    return time ? Json((*time - epoch).count()) : Json();
}

Json interruptions_json(const SinkStatistics& received, Time epoch) {
    Json list = Json::array();
    for (const Interruption& interruption : received.interruptions) {
        list.push_back({{"start_us", (interruption.start - epoch).count()},
                        {"length_us", interruption.length.count()}});
    }
    return {{"count", received.interruption_count},
            {"total_us", received.interrupted.count()},
            {"silent_since_us", since(received.silent_since, epoch)},
            {"first", std::move(list)}};
}

Json source_json(const SourceStatistics& sent) {
    return {{"sent_count", sent.sent_count},
            {"sent_bytes", sent.sent_bytes},
            {"refused_count", sent.refused_count},
            {"skipped_frame_count", sent.skipped_frame_count},
            {"max_send_lag_us", sent.max_lag.count()}};
}

Json sink_json(const SinkStatistics& received, Time epoch) {
    const LossCounts& loss = received.loss;
    return {{"expected_count", loss.expected_count},
            {"received_count", loss.received_count},
            {"received_bytes", received.received_bytes},
            {"lost_count", loss.lost_count},
            {"loss_pct", loss.expected_count > 0 ? Json(loss.loss_pct()) : Json()},
            {"loss_run_count", loss.loss_run_count},
            {"burst_ratio", loss.expected_count > 0 ? Json(loss.burst_ratio()) : Json()},
            {"duplicate_count", loss.duplicate_count},
            {"reordered_count", loss.reordered_count},
            {"too_late_count", loss.too_late_count},
            {"corrupted_count", received.corrupted_count},
            {"foreign_count", received.foreign_count},
            {"jitter_us", received.first_packet_at ? Json(received.jitter_us) : Json()},
            {"delay_min_us", duration_us(received.delay_min)},
            {"delay_p50_us", duration_us(received.delay_p50)},
            {"delay_p95_us", duration_us(received.delay_p95)},
            {"delay_p99_us", duration_us(received.delay_p99)},
            {"delay_max_us", duration_us(received.delay_max)},
            {"first_packet_us", since(received.first_packet_at, epoch)},
            {"last_packet_us", since(received.last_packet_at, epoch)},
            {"interruptions", interruptions_json(received, epoch)}};
}

}  // namespace

report::Json to_json(const SpeechQuality& quality) {
    return {{"mos", quality.result.mos},
            {"rating", quality.result.rating},
            {"codec", quality.codec.name},
            {"equipment_impairment", quality.input.equipment_impairment},
            {"packet_loss_robustness", quality.input.packet_loss_robustness},
            {"packet_loss_pct", quality.input.packet_loss_pct},
            {"late_pct", quality.late_pct},
            {"burst_ratio", quality.input.burst_ratio},
            {"mouth_to_ear_us", quality.mouth_to_ear.count()},
            {"signal_to_noise", quality.result.signal_to_noise},
            {"simultaneous_impairment", quality.result.simultaneous_impairment},
            {"delay_impairment", quality.result.delay_impairment},
            {"effective_equipment_impairment", quality.result.effective_equipment_impairment}};
}

report::Json to_json(const DirectionStatistics& statistics, Time epoch) {
    return {{"sent", statistics.sent ? source_json(*statistics.sent) : Json()},
            {"received", sink_json(statistics.received, epoch)},
            {"time_to_first_media_us", duration_us(statistics.time_to_first_media)},
            {"speech", statistics.speech ? to_json(*statistics.speech) : Json()}};
}

report::Json to_json(const MediaStatistics& statistics) {
    const auto sent = [](const auto& source) { return source ? source_json(*source) : Json(); };
    const auto received = [&](const auto& sink) {
        return sink ? to_json(*sink, statistics.started_at) : Json();
    };
    return {{"audio_sent", sent(statistics.audio_sent)},
            {"video_sent", sent(statistics.video_sent)},
            {"audio_received", received(statistics.audio_received)},
            {"video_received", received(statistics.video_received)},
            {"unknown_count", statistics.unknown_count}};
}

}  // namespace portolan::media
