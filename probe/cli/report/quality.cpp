#include "probe/cli/report/quality.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "reports/model/measured.hpp"

namespace portolan::nat_probe {
namespace {

using transport::Duration;

// The 97.5th percentile of the normal distribution.
constexpr double kZ = 1.959964;

double wilson(const Share& share, double sign) {
    if (share.whole == 0) return sign < 0 ? 0 : 100;
    const auto n = static_cast<double>(share.whole);
    const double p = static_cast<double>(share.part) / n;
    const double z2 = kZ * kZ;
    const double middle = p + z2 / (2 * n);
    const double width = kZ * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
    return std::clamp(100 * (middle + sign * width) / (1 + z2 / n), 0.0, 100.0);
}

std::vector<Duration> delays_of(const precall::Loop& loop) {
    std::vector<Duration> out;
    for (const precall::Leg* leg : {&loop.there, &loop.back}) {
        for (const precall::Passage& passage : leg->passages)
            out.push_back(passage.delay);
    }
    std::ranges::sort(out);
    return out;
}

// The smallest value that at least this share does not exceed.
Duration percentile(const std::vector<Duration>& sorted, double pct) {
    const auto rank = std::ceil(pct / 100 * static_cast<double>(sorted.size()));
    return sorted[std::max<std::size_t>(static_cast<std::size_t>(rank), 1) - 1];
}

/// How late this process was with nineteen of twenty packets, by the steady rate they were due at.
Duration lag_of(const precall::Leg& leg) {
    std::vector<Duration> offsets;
    const auto interval = media::audio_profile().frame_interval;
    for (const precall::Passage& passage : leg.passages) {
        offsets.push_back(passage.sent_at - interval * static_cast<std::int64_t>(passage.index));
    }
    if (offsets.empty()) return Duration(0);
    std::ranges::sort(offsets);
    return percentile(offsets, 95) - offsets.front();
}

void add_leg(Quality& out, const precall::Leg& leg) {
    out.refused_count += leg.refused_count;
    if (!leg.audio) return;
    const media::LossCounts& loss = leg.audio->received.loss;
    out.lost.part += loss.lost_count;
    out.lost.whole += loss.expected_count;
    out.reordered_count += loss.reordered_count;
    out.duplicate_count += loss.duplicate_count;
    out.burst_ratio = std::max(out.burst_ratio, loss.burst_ratio());
    out.jitter_us = std::max(out.jitter_us, leg.audio->received.jitter_us);
}

/// Of the worse direction. One in which nothing came at all is no speech: the model has no word for
/// that, and R = 0 is its end.
void rate(Quality& out, const precall::Leg& there, const precall::Leg& back) {
    const media::EModelResult silence;
    const media::SpeechQuality* worse = nullptr;
    for (const precall::Leg* leg : {&there, &back}) {
        const bool is_dead = leg->audio && leg->audio->received.loss.expected_count > 0 &&
                             leg->audio->received.loss.received_count == 0;
        if (is_dead) out.is_one_way = true;
        if (!leg->audio || !leg->audio->speech) continue;
        const auto& speech = *leg->audio->speech;
        if (worse == nullptr || speech.result.rating < worse->result.rating) worse = &speech;
    }
    if (worse != nullptr) out.speech_input = worse->input;
    if (out.is_one_way) out.speech_input.packet_loss_pct = 100;
    out.rating = out.is_one_way || worse == nullptr ? silence.rating : worse->result.rating;
    out.mos = out.is_one_way || worse == nullptr ? silence.mos : worse->result.mos;
}

/// Bytes of IPv4, UDP, a TURN channel and RTP before each frame.
constexpr std::size_t kHeaderBytes = 20 + 8 + 4 + 12;

/// The queue that shows that a link is full.
constexpr Duration kOwnQueue = std::chrono::milliseconds(100);

}  // namespace

std::int64_t loop_load_kbit_s() {
    const media::StreamProfile profile = media::audio_profile();
    const auto bits = static_cast<double>(8 * (profile.frame_bytes + kHeaderBytes));
    // Both ends send, and what one sends comes back down to the other.
    return std::llround(2 * bits * 1000 / static_cast<double>(profile.frame_interval.count()));
}

bool may_be_own_load(const ServerFacts& server, const Quality& quality) {
    const Attempt* best = server.best();
    if (best == nullptr || turn::is_stream(server.transport()) || quality.is_one_way) return false;
    const Duration idle = best->visit.round_trip;
    return idle.count() > 0 && quality.median >= idle + kOwnQueue;
}

bool breaks_calls(const ServerFacts& server) {
    const auto quality = quality_of(server.audio);
    if (!quality || quality->impairments.empty()) return false;
    if (server.was_beside_others && !quality->is_one_way) return false;
    return !may_be_own_load(server, *quality) &&
           severity_of(*quality) == report::Severity::Critical;
}

bool holds_calls(const ServerFacts& server) {
    const auto quality = quality_of(server.audio);
    return quality && quality->is_enough && severity_of(*quality) != report::Severity::Critical;
}

std::string breaking_words(const ServerFacts& server) {
    const auto quality = quality_of(server.audio);
    if (!quality || quality->impairments.empty()) return "";
    if (quality->is_one_way) return "in one direction nothing arrives";
    switch (quality->impairments.front()) {
        case Impairment::Loss:
            return pct_text(quality->lost.pct()) +
                   " of the packets are lost on the way to the relay and back";
        case Impairment::Delay:
            return "the way to the relay and back takes " + ms_text(quality->median);
        case Impairment::Jitter:
            return "packets take up to " + ms_text(quality->p95 - quality->least) +
                   " longer than the quickest";
        case Impairment::Speech:
            return "speech suffers too much";
    }
    return "";
}

std::string_view to_string(Impairment impairment) {
    constexpr std::string_view kWords[] = {"loss-high", "delay-high", "jitter-high", "speech-poor"};
    return kWords[static_cast<std::size_t>(impairment)];
}

double Share::pct() const {
    return whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
}
double Share::low_pct() const {
    return wilson(*this, -1);
}
double Share::high_pct() const {
    return wilson(*this, 1);
}

std::optional<Quality> quality_of(const precall::Loop& loop, const QualityThresholds& limits) {
    const auto delays = delays_of(loop);
    if (!loop.is_done || delays.empty()) return std::nullopt;
    Quality out;
    add_leg(out, loop.there);
    add_leg(out, loop.back);
    rate(out, loop.there, loop.back);
    out.least = delays.front();
    out.median = percentile(delays, 50);
    out.p95 = percentile(delays, 95);
    out.p99 = percentile(delays, 99);
    out.lag = std::max(lag_of(loop.there), lag_of(loop.back));
    out.greatest_lag = loop.max_lag;
    out.is_late = out.lag > limits.max_lag;
    out.is_enough = out.lost.whole >= limits.min_packets;
    if (!out.is_enough) return out;
    if (out.lost.low_pct() > limits.loss_pct) out.impairments.push_back(Impairment::Loss);
    if (out.is_late) return out;
    if (out.median >= limits.delay) out.impairments.push_back(Impairment::Delay);
    if (out.p95 - out.least >= limits.variation) out.impairments.push_back(Impairment::Jitter);
    if (out.rating < limits.rating) out.impairments.push_back(Impairment::Speech);
    return out;
}

// G.107 table B.1: the limits of user satisfaction.
report::Severity severity_of(const Quality& quality) {
    if (quality.rating >= 70) return report::Severity::Low;
    if (quality.rating >= 60) return report::Severity::Medium;
    if (quality.rating >= 50) return report::Severity::High;
    return report::Severity::Critical;
}

std::string ms_text(Duration duration) {
    char text[32];
    const double value = static_cast<double>(duration.count()) / 1000;
    std::snprintf(text, sizeof text, value < 9.95 ? "%.1f ms" : "%.0f ms", value);
    return text;
}

std::string pct_text(double pct) {
    char text[32];
    std::snprintf(text, sizeof text, pct == 0 || pct >= 9.95 ? "%.0f %%" : "%.1f %%", pct);
    return text;
}

std::string words_of(const Quality& quality) {
    const Share& lost = quality.lost;
    std::string out = ms_text(quality.median) + " there and back, " +
                      ms_text(Duration(std::llround(quality.jitter_us))) + " of jitter, ";
    if (lost.part == 0) return out + "none of " + std::to_string(lost.whole) + " packets lost";
    return out + std::to_string(lost.part) + " of " + std::to_string(lost.whole) +
           " packets lost (" + pct_text(lost.pct()) + "; between " + pct_text(lost.low_pct()) +
           " and " + pct_text(lost.high_pct()) + ')' +
           (quality.is_one_way ? "; in one direction nothing arrives" : "");
}

void add_measured(const Quality& quality, report::Json& data) {
    const auto ms = [](Duration value) { return static_cast<double>(value.count()) / 1000; };
    const std::uint64_t count = quality.lost.whole - quality.lost.part;
    report::add_measured(data, {.quantity = "round trip",
                                .unit = "ms",
                                .value = ms(quality.median),
                                .low = ms(quality.least),
                                .high = ms(quality.p95 + quality.greatest_lag),
                                .sample_count = count});
    const Duration variation = quality.p95 - quality.least;
    report::add_measured(data, {.quantity = "delay variation",
                                .unit = "ms",
                                .value = ms(variation),
                                .low = ms(std::max(variation - quality.greatest_lag, Duration(0))),
                                .high = ms(quality.p99 - quality.least + quality.greatest_lag),
                                .sample_count = count});
    report::add_measured(data, {.quantity = "loss",
                                .unit = "%",
                                .value = quality.lost.pct(),
                                .low = std::min(quality.lost.low_pct(), quality.lost.pct()),
                                .high = std::max(quality.lost.high_pct(), quality.lost.pct()),
                                .sample_count = quality.lost.whole});
}

report::Json to_json(const Quality& quality) {
    report::Json impairments = report::Json::array();
    for (const Impairment each : quality.impairments)
        impairments.push_back(to_string(each));
    return {{"expected_count", quality.lost.whole},
            {"lost_count", quality.lost.part},
            {"loss_pct", quality.lost.pct()},
            {"loss_low_pct", quality.lost.low_pct()},
            {"loss_high_pct", quality.lost.high_pct()},
            {"is_one_way", quality.is_one_way},
            {"burst_ratio", quality.burst_ratio},
            {"refused_count", quality.refused_count},
            {"reordered_count", quality.reordered_count},
            {"duplicate_count", quality.duplicate_count},
            {"rtt_min_us", quality.least.count()},
            {"rtt_p50_us", quality.median.count()},
            {"rtt_p95_us", quality.p95.count()},
            {"rtt_p99_us", quality.p99.count()},
            {"jitter_us", quality.jitter_us},
            {"own_lag_p95_us", quality.lag.count()},
            {"own_lag_max_us", quality.greatest_lag.count()},
            {"rating_r", quality.rating},
            {"mos", quality.mos},
            {"g107_absolute_delay_ms", quality.speech_input.absolute_delay_ms},
            {"g107_packet_loss_pct", quality.speech_input.packet_loss_pct},
            {"g107_burst_ratio", quality.speech_input.burst_ratio},
            {"g107_equipment_impairment", quality.speech_input.equipment_impairment},
            {"g107_packet_loss_robustness", quality.speech_input.packet_loss_robustness},
            {"impairments", impairments}};
}

report::Json to_json(const QualityThresholds& limits) {
    return {{"loss_low_pct", limits.loss_pct},          {"rtt_p50_us", limits.delay.count()},
            {"variation_us", limits.variation.count()}, {"rating_r", limits.rating},
            {"own_lag_p95_us", limits.max_lag.count()}, {"min_packet_count", limits.min_packets}};
}

}  // namespace portolan::nat_probe
