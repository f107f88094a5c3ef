#pragma once

#include <glib.h>

#include <functional>
#include <memory>
#include <optional>

#include "ice-tests/media/media_statistics.hpp"
#include "probe/transport/clock.hpp"
#include "reports/model/result.hpp"

namespace portolan::media {

struct MediaOptions {
    bool audio = true;
    std::optional<StreamProfile> video = {};  ///< video_profile(), for instance
    CodecImpairment codec = kG711Plc;
    SinkOptions sink = {};
};

/// What one end knows: what it sent, and what it made of the other end's packets.
struct MediaStatistics {
    Time started_at{};
    std::optional<SourceStatistics> audio_sent, video_sent;
    std::optional<DirectionStatistics> audio_received, video_received;
    std::uint64_t unknown_count = 0;  ///< datagrams that are no RTP of ours
};

/// Sends and receives RTP on a GMainContext; between its timers and on_packet() it does nothing.
class MediaSession {
  public:
    /// False: not taken. May stop the session from within, but not destroy it.
    using Send = std::function<bool(Bytes)>;

    /// Errors: usage.media.profile (a payload that cannot hold its stamp or does not fit a packet,
    /// no rate, the same payload type twice, nothing to send). The clock must outlive the session.
    static Result<std::unique_ptr<MediaSession>> create(GMainContext* context,
                                                        const transport::Clock& clock,
                                                        transport::Random random,
                                                        const MediaOptions& options, Send send);
    ~MediaSession();
    MediaSession(const MediaSession&) = delete;
    MediaSession& operator=(const MediaSession&) = delete;

    /// Sends from now on; may be started again after stop(), as the same streams.
    void start();
    /// Sends no more; still receives.
    void stop();
    /// For every datagram that came. Cheap for what is not RTP.
    void on_packet(Bytes datagram);

    /// So far; `peer` is the other end, when it is in this process: its counts make the losses at
    /// the end of the streams known. What is still on its way then counts as lost: stop, and ask
    /// when it must have arrived.
    [[nodiscard]] MediaStatistics statistics(const MediaSession* peer = nullptr) const;

  private:
    struct State;
    explicit MediaSession(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

report::Json to_json(const MediaStatistics& statistics);

}  // namespace portolan::media
