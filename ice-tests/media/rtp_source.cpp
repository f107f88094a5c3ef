#include "ice-tests/media/rtp_source.hpp"

#include <algorithm>
#include <random>

#include "ice-tests/media/payload.hpp"

namespace portolan::media {

RtpSource::RtpSource(const StreamProfile& profile, transport::Random& random, Time start)
    : profile_(profile),
      random_(random),
      ssrc_(static_cast<std::uint32_t>(random())),
      first_sequence_number_(static_cast<std::uint16_t>(random())),
      first_timestamp_(static_cast<std::uint32_t>(random())),
      start_(start),
      next_due_(start) {}

void RtpSource::resume(Time start) {
    // The RTP clock goes on while nothing is sent (RFC 3550 s5.1), in whole frames.
    if (start <= next_due_) return;
    const auto interval = profile_.frame_interval.count();
    const auto idle = ((start - next_due_).count() + interval - 1) / interval;
    frame_index_ += static_cast<std::uint64_t>(idle);
    start_ = start - Duration(static_cast<std::int64_t>(frame_index_) * interval);
    next_due_ = start;
}

void RtpSource::send_due(Time now, const Emit& emit) {
    if (now < next_due_) return;
    statistics_.max_lag = std::max(statistics_.max_lag, now - next_due_);
    if (now - next_due_ > kMaxCatchUp) {
        const auto behind = (now - next_due_ - kMaxCatchUp).count();
        const auto skipped = behind / profile_.frame_interval.count() + 1;
        statistics_.skipped_frame_count += static_cast<std::uint64_t>(skipped);
        advance(static_cast<std::uint64_t>(skipped));
    }
    while (next_due_ <= now)
        send_frame(now, emit);
}

// By multiplication, so that no error adds up.
void RtpSource::advance(std::uint64_t frame_count) {
    frame_index_ += frame_count;
    next_due_ = start_ + profile_.frame_interval * static_cast<std::int64_t>(frame_index_);
}

std::size_t RtpSource::next_frame_bytes() {
    const std::size_t spread = profile_.frame_bytes * profile_.frame_size_spread_pct / 100;
    if (spread == 0) return std::max(profile_.frame_bytes, kMinPayloadBytes);
    std::uniform_int_distribution<std::size_t> sizes(profile_.frame_bytes - spread,
                                                     profile_.frame_bytes + spread);
    return std::max(sizes(random_), kMinPayloadBytes);
}

void RtpSource::send_frame(Time now, const Emit& emit) {
    const auto ticks = static_cast<std::uint64_t>(profile_.frame_interval.count()) * frame_index_ *
                       profile_.clock_rate_hz / 1'000'000U;
    const std::size_t frame_bytes = next_frame_bytes();
    const std::size_t packet_count =
        (frame_bytes + profile_.max_payload_bytes - 1) / profile_.max_payload_bytes;
    const std::size_t payload_bytes =
        std::max(kMinPayloadBytes, (frame_bytes + packet_count - 1) / packet_count);
    advance(1);
    for (std::size_t i = 0; i < packet_count; ++i) {
        const auto packet = std::span(buffer_).first(kRtpHeaderBytes + payload_bytes);
        const bool is_video = profile_.frame_bytes > profile_.max_payload_bytes;
        write_rtp_header(
            {.marker = is_video && i + 1 == packet_count,
             .payload_type = profile_.payload_type,
             .sequence_number = static_cast<std::uint16_t>(first_sequence_number_ + packet_index_),
             .timestamp = static_cast<std::uint32_t>(first_timestamp_ + ticks),
             .ssrc = ssrc_},
            packet);
        write_payload({.packet_index = packet_index_, .sent_at = now}, packet);
        ++packet_index_;
        ++statistics_.sent_count;
        statistics_.sent_bytes += packet.size();
        if (!emit(packet)) ++statistics_.refused_count;
    }
}

}  // namespace portolan::media
