#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ice-tests/media/course.hpp"
#include "ice-tests/media/delay_histogram.hpp"
#include "ice-tests/media/loss_window.hpp"
#include "ice-tests/media/payload.hpp"
#include "ice-tests/media/rtp_packet.hpp"
#include "ice-tests/media/stream_profile.hpp"

namespace portolan::media {

/// A time without any packet of the stream.
struct Interruption {
    Time start{};  ///< of the packet before it
    Duration length{0};
};

struct SinkOptions {
    /// Gaps longer than this are interruptions. Ten audio packets: what concealment cannot hide.
    Duration interruption_threshold{200'000};
    /// The first ones keep start and length; further ones are only counted.
    std::size_t max_interruption_count = 256;
};

struct SinkStatistics {
    LossCounts loss;
    std::uint64_t received_bytes = 0;   ///< RTP headers included, duplicates too
    std::uint64_t corrupted_count = 0;  ///< arrived damaged, and thereby lost
    std::uint64_t foreign_count = 0;    ///< whole, but of another source (SSRC) than the first
    double jitter_us = 0;               ///< RFC 3550 s6.4.1 and A.8
    std::optional<Duration> delay_min, delay_p50, delay_p95, delay_p99, delay_max;
    std::uint64_t delay_above_p99_count = 0;
    std::optional<Time> first_packet_at;
    std::optional<Time> last_packet_at;
    std::vector<Interruption> interruptions;
    std::uint64_t interruption_count = 0;
    Duration interrupted{0};  ///< sum of their lengths
    /// The last packet, when what followed is an interruption to the end.
    std::optional<Time> silent_since;
    Course course;  ///< by the sender's clock
};

/// Judges what arrives of one stream. Pure; memory and the cost of a packet do not grow.
class RtpSink {
  public:
    explicit RtpSink(const StreamProfile& profile, const SinkOptions& options = {});

    /// A datagram whose RTP header could be read and has this stream's payload type.
    void on_packet(const RtpPacket& packet, Bytes datagram, Time now);

    /// Packets sent later than `until` are not expected any more; a gap that is open then counts
    /// if it is long enough. `sent_count` as the sender says, 0 when unknown.
    [[nodiscard]] SinkStatistics statistics(std::optional<Time> until = {},
                                            std::uint64_t sent_count = 0) const;

  private:
    void count_jitter(std::uint32_t timestamp, Time now);
    void count_gap(Time now);
    void add_gap(Time from, Time to, std::vector<Interruption>& interruptions, std::uint64_t& count,
                 Duration& sum) const;

    StreamProfile profile_;
    SinkOptions options_;
    std::optional<std::uint32_t> ssrc_;
    LossWindow window_;
    DelayHistogram delay_;
    CourseKeeper course_;
    std::uint64_t received_bytes_ = 0;
    std::uint64_t corrupted_count_ = 0;
    std::uint64_t foreign_count_ = 0;
    double jitter_us_ = 0;
    std::uint32_t last_timestamp_ = 0;
    std::optional<Time> last_jitter_at_;
    std::optional<Time> first_packet_at_;
    std::optional<Time> last_packet_at_;
    std::vector<Interruption> interruptions_;
    std::uint64_t interruption_count_ = 0;
    Duration interrupted_{0};
};

}  // namespace portolan::media
