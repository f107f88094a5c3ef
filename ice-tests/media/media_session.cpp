#include "ice-tests/media/media_session.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "ice-tests/media/payload.hpp"
#include "probe/transport/glib_ptr.hpp"

namespace portolan::media {
namespace {

constexpr std::size_t kMaxPayloadBytes = 1500 - kRtpHeaderBytes;

Error refuse(std::string message) {
    return {.culprit = Culprit::Usage,
            .code = "media.profile",
            .message = "media stream: " + std::move(message)};
}

Result<void> validate(const StreamProfile& profile) {
    if (profile.payload_type > 127) return refuse("the payload type is above 127");
    // RFC 5761 s4: with the marker these would be RTCP.
    if (profile.payload_type >= 64 && profile.payload_type <= 95) {
        return refuse("the payload types 64 to 95 cannot be told from RTCP");
    }
    if (profile.clock_rate_hz == 0) return refuse("the clock rate is 0");
    if (profile.frame_interval <= Duration(0)) return refuse("frames have no interval");
    if (profile.max_payload_bytes < kMinPayloadBytes ||
        profile.max_payload_bytes > kMaxPayloadBytes) {
        return refuse("packets must hold " + std::to_string(kMinPayloadBytes) + " to " +
                      std::to_string(kMaxPayloadBytes) + " bytes of payload");
    }
    if (profile.frame_bytes < kMinPayloadBytes) {
        return refuse("a frame of " + std::to_string(profile.frame_bytes) +
                      " bytes cannot hold its stamp of " + std::to_string(kMinPayloadBytes));
    }
    if (profile.frame_size_spread_pct > 100) return refuse("frame sizes vary by more than 100 %");
    return {};
}

/// One stream, both ways.
struct Stream {
    Stream(const StreamProfile& its_profile, const SinkOptions& options)
        : profile(its_profile), sink(its_profile, options) {}

    StreamProfile profile;
    std::optional<RtpSource> source;
    RtpSink sink;
};

}  // namespace

struct MediaSession::State {
    State(GMainContext* main_context, const transport::Clock& its_clock,
          transport::Random its_random, const MediaOptions& its_options, Send its_send)
        : context(glib::share(main_context)),
          clock(its_clock),
          random(its_random),
          options(its_options),
          send(std::move(its_send)),
          alarm(glib::alarm(context.get(), [this] { send_due(); })) {}

    void start();
    void send_due();
    std::optional<Time> next_due() const;
    std::optional<DirectionStatistics> direction(const std::optional<Stream>& stream,
                                                 const std::optional<Stream>* peer,
                                                 std::optional<Time> until) const;

    glib::ContextPtr context;
    const transport::Clock& clock;
    transport::Random random;
    MediaOptions options;
    RtpSource::Emit send;
    glib::SourcePtr alarm;
    std::optional<Stream> audio;
    std::optional<Stream> video;
    std::optional<Time> started_at;
    std::optional<Time> stopped_at;
    bool is_sending = false;
    std::uint64_t unknown_count = 0;
};

void MediaSession::State::start() {
    if (is_sending) return;
    is_sending = true;
    stopped_at.reset();
    const Time now = clock.now();
    if (!started_at) started_at = now;
    for (auto* stream : {&audio, &video}) {
        if (!*stream) continue;
        if ((*stream)->source) {
            (*stream)->source->resume(now);
        } else {
            (*stream)->source.emplace((*stream)->profile, random, now);
        }
    }
    glib::set_alarm(alarm.get(), Time(g_get_monotonic_time()));
}

std::optional<Time> MediaSession::State::next_due() const {
    std::optional<Time> next;
    for (const auto* stream : {&audio, &video}) {
        if (!*stream || !(*stream)->source) continue;
        const Time due = (*stream)->source->next_due();
        next = next ? std::min(*next, due) : due;
    }
    return next;
}

void MediaSession::State::send_due() {
    if (!is_sending) return;
    const Time now = clock.now();
    for (auto* stream : {&audio, &video}) {
        if (*stream && (*stream)->source && is_sending) (*stream)->source->send_due(now, send);
    }
    const auto next = next_due();
    if (!next || !is_sending) return;
    // The session's clock may have another epoch than GLib's.
    glib::set_alarm(alarm.get(), Time(g_get_monotonic_time()) + (*next - clock.now()));
}

std::optional<DirectionStatistics> MediaSession::State::direction(
    const std::optional<Stream>& stream, const std::optional<Stream>* peer,
    std::optional<Time> until) const {
    if (!stream) return std::nullopt;
    DirectionStatistics result;
    std::uint64_t sent_count = 0;
    if (peer != nullptr && *peer && (*peer)->source) {
        result.sent = (*peer)->source->statistics();
        sent_count = result.sent->sent_count;
    }
    result.received = stream->sink.statistics(until, sent_count);
    if (started_at && result.received.first_packet_at) {
        result.time_to_first_media = *result.received.first_packet_at - *started_at;
    }
    return result;
}

Result<std::unique_ptr<MediaSession>> MediaSession::create(GMainContext* context,
                                                           const transport::Clock& clock,
                                                           transport::Random random,
                                                           const MediaOptions& options, Send send) {
    if (!options.audio && !options.video) return refuse("neither audio nor video");
    if (options.video) {
        if (auto valid = validate(*options.video); !valid) return valid.error();
        if (options.audio && options.video->payload_type == audio_profile().payload_type) {
            return refuse("audio and video have the same payload type");
        }
    }
    auto state = std::make_unique<State>(context, clock, random, options, std::move(send));
    if (options.audio) state->audio.emplace(audio_profile(), options.sink);
    if (options.video) state->video.emplace(*options.video, options.sink);
    return std::unique_ptr<MediaSession>(new MediaSession(std::move(state)));
}

MediaSession::MediaSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
MediaSession::~MediaSession() = default;

void MediaSession::start() {
    state_->start();
}

void MediaSession::stop() {
    if (!state_->is_sending) return;
    state_->is_sending = false;
    state_->stopped_at = state_->clock.now();
    glib::set_alarm(state_->alarm.get(), std::nullopt);
}

void MediaSession::on_packet(Bytes datagram) {
    const auto packet = parse_rtp(datagram);
    for (auto* stream : {&state_->audio, &state_->video}) {
        if (!packet || !*stream || packet->header.payload_type != (*stream)->profile.payload_type) {
            continue;
        }
        return (*stream)->sink.on_packet(*packet, datagram, state_->clock.now());
    }
    ++state_->unknown_count;
}

MediaStatistics MediaSession::statistics(const MediaSession* peer) const {
    const State* const other = peer != nullptr ? peer->state_.get() : nullptr;
    // A gap that is still open counts up to where somebody sent into it. Of a peer elsewhere it is
    // not known when that was: as long as this end sends, it is taken to send too.
    std::optional<Time> until;
    if (other == nullptr ? !state_->stopped_at : other->is_sending) {
        until = state_->clock.now();
    } else if (other != nullptr) {
        until = other->stopped_at;
    }
    MediaStatistics result{.started_at = state_->started_at.value_or(Time{}),
                           .unknown_count = state_->unknown_count};
    const auto sent = [](const std::optional<Stream>& stream) {
        return stream && stream->source ? std::optional(stream->source->statistics())
                                        : std::optional<SourceStatistics>();
    };
    result.audio_sent = sent(state_->audio);
    result.video_sent = sent(state_->video);
    result.audio_received =
        state_->direction(state_->audio, other != nullptr ? &other->audio : nullptr, until);
    result.video_received =
        state_->direction(state_->video, other != nullptr ? &other->video : nullptr, until);
    if (result.audio_received) {
        result.audio_received->speech = speech_quality(
            result.audio_received->received, state_->audio->profile, state_->options.codec);
    }
    return result;
}

}  // namespace portolan::media
