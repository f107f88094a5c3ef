#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "ice-tests/media/rtp_packet.hpp"
#include "ice-tests/media/stream_profile.hpp"
#include "probe/transport/clock.hpp"

namespace portolan::media {

/// Packets that can still be sent at once when the process was late; what is older is skipped, as a
/// sound card would.
inline constexpr Duration kMaxCatchUp = std::chrono::seconds(1);

struct SourceStatistics {
    std::uint64_t sent_count = 0;           ///< handed to the sender, whether it took them or not
    std::uint64_t sent_bytes = 0;           ///< RTP header included
    std::uint64_t refused_count = 0;        ///< of sent_count: the sender did not take them
    std::uint64_t skipped_frame_count = 0;  ///< because the process was more than kMaxCatchUp late
    Duration max_lag{0};  ///< the worst distance between when a frame was due and when it was sent
};

/// Makes RTP packets when told that it is time. Pure: bytes and times, no sockets and no clock.
class RtpSource {
  public:
    /// False: the packet was not taken and counts as refused (and as lost to the other side).
    using Emit = std::function<bool(Bytes)>;

    /// First frame due at `start`. SSRC, first sequence number and first timestamp are random
    /// (RFC 3550 s5.1), from `random`, which is also used for frame sizes and must outlive it.
    RtpSource(const StreamProfile& profile, transport::Random& random, Time start);

    /// When send_due() has something to do next.
    [[nodiscard]] Time next_due() const { return next_due_; }
    /// Starts again at `start` after a pause, in which nothing was due.
    void resume(Time start);
    /// Sends all frames that are due.
    void send_due(Time now, const Emit& emit);

    [[nodiscard]] const StreamProfile& profile() const { return profile_; }
    [[nodiscard]] const SourceStatistics& statistics() const { return statistics_; }
    [[nodiscard]] std::uint32_t ssrc() const { return ssrc_; }

  private:
    void send_frame(Time now, const Emit& emit);
    void advance(std::uint64_t frame_count);
    std::size_t next_frame_bytes();

    StreamProfile profile_;
    transport::Random& random_;
    std::uint32_t ssrc_;
    std::uint16_t first_sequence_number_;
    std::uint32_t first_timestamp_;
    Time start_;
    Time next_due_;
    std::uint64_t frame_index_ = 0;
    std::uint64_t packet_index_ = 0;
    SourceStatistics statistics_;
    std::array<std::byte, 1500> buffer_{};
};

}  // namespace portolan::media
