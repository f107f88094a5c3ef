#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "probe/transport/clock.hpp"

namespace portolan::media {

using transport::Duration;
using transport::Time;

/// What a source sends: a frame every `frame_interval`, in packets of at most max_payload_bytes.
struct StreamProfile {
    std::uint8_t payload_type = 0;
    std::uint32_t clock_rate_hz = 8000;
    Duration frame_interval{20'000};
    std::size_t frame_bytes = 160;  ///< of payload, on average when frames vary
    std::size_t max_payload_bytes = 160;
    /// 0 to 100: each frame's size is drawn from frame_bytes plus or minus this share.
    unsigned frame_size_spread_pct = 0;

    [[nodiscard]] double payload_bitrate_bps() const;
};

/// G.711 with 20 ms packets: 50 packets a second of 160 bytes, payload type 0 (RFC 3551 s6).
StreamProfile audio_profile();

/// Frames of several packets at the given rate, like an encoder's: sizes vary by a quarter, packets
/// of one frame follow each other without pause, the last one has the marker. Dynamic payload
/// type 96, 90 kHz (RFC 3551 s5).
StreamProfile video_profile(double bitrate_bps = 1'000'000, unsigned frames_per_second = 30);

}  // namespace portolan::media
