#include "ice-tests/media/stream_profile.hpp"

#include <algorithm>

namespace portolan::media {

double StreamProfile::payload_bitrate_bps() const {
    return static_cast<double>(frame_bytes) * 8e6 / static_cast<double>(frame_interval.count());
}

StreamProfile audio_profile() {
    return {};
}

StreamProfile video_profile(double bitrate_bps, unsigned frames_per_second) {
    const unsigned rate = std::max(frames_per_second, 1U);
    return {.payload_type = 96,
            .clock_rate_hz = 90'000,
            .frame_interval = Duration(1'000'000 / rate),
            .frame_bytes = static_cast<std::size_t>(std::max(bitrate_bps / 8 / rate, 0.0)),
            // With RTP, UDP, a TURN channel and IPv6 in front of it still within 1280 bytes.
            .max_payload_bytes = 1100,
            .frame_size_spread_pct = 25};
}

}  // namespace portolan::media
