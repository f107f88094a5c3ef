#include "ice-tests/precall/loop.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "ice-tests/media/payload.hpp"
#include "ice-tests/media/rtp_packet.hpp"
#include "probe/stun/framing.hpp"
#include "probe/transport/glib_ptr.hpp"

namespace portolan::precall {
namespace {

using media::MediaSession;
using std::chrono::milliseconds;
using transport::Bytes;
using transport::Time;
using turn::Client;
using turn::Surroundings;
using turn::Task;

constexpr transport::Duration kSlice = milliseconds(20);

/// One end: an allocation with a channel toward the other's relay, and media over it.
struct End {
    Visit& visit;
    std::uint16_t channel = 0;
    std::unique_ptr<MediaSession> session = {};
    std::vector<Passage> passages = {};
    std::uint64_t refused_count = 0;

    bool send(Bytes bytes) {
        std::array<std::byte, 1600> buffer{};
        const auto padding = turn::is_stream(visit.endpoint.transport)
                                 ? stun::ChannelPadding::Stream
                                 : stun::ChannelPadding::Datagram;
        const auto frame = stun::write_channel_data(buffer, channel, bytes, padding);
        const bool is_sent = !frame.empty() && visit.client->wire().send(frame);
        if (!is_sent) ++refused_count;
        return is_sent;
    }
    void take(const turn::Incoming& incoming, Time now) {
        if (incoming.kind != turn::Incoming::Kind::ChannelData || incoming.channel != channel) {
            return;
        }
        session->on_packet(incoming.data);
        const auto packet = media::parse_rtp(incoming.data);
        if (!packet || packet->header.payload_type != media::audio_profile().payload_type) return;
        const auto stamp = media::read_payload(incoming.data);
        if (stamp) passages.push_back({stamp->packet_index, stamp->sent_at, now - stamp->sent_at});
    }
};

std::uint64_t sent_by(const MediaSession& session) {
    const auto statistics = session.statistics();
    return (statistics.audio_sent ? statistics.audio_sent->sent_count : 0) +
           (statistics.video_sent ? statistics.video_sent->sent_count : 0);
}

std::uint64_t received_by(const MediaSession& session) {
    const auto statistics = session.statistics();
    const auto count = [](const std::optional<media::DirectionStatistics>& each) {
        return each ? each->received.loss.received_count : 0;
    };
    return count(statistics.audio_received) + count(statistics.video_received);
}

Task<bool> bind(Visit& visit, std::uint16_t channel, TransportAddress peer, Loop& loop) {
    const turn::Request request = turn::channel_bind(channel, peer);
    const turn::Reply reply = co_await visit.client->request(request);
    if (reply.is_success()) co_return true;
    loop.problem = problem_of_reply(Step::Permit, visit.client->wire(), reply, true);
    co_return false;
}

/// Until the media has stopped, and everything has come or the grace is over.
Task<bool> receive(Surroundings where, End& self, const End& other, Time stop_at, Time end_at) {
    while (where.now() < end_at) {
        if (where.now() >= stop_at && received_by(*self.session) >= sent_by(*other.session)) break;
        const Time until = std::min(end_at, where.now() + kSlice);
        const auto incoming = co_await self.visit.client->next_incoming(until);
        if (incoming) {
            self.take(*incoming, where.now());
        } else if (!self.visit.client->wire().is_open()) {
            break;
        }
    }
    co_return true;
}

Leg leg_of(const End& from, End& to) {
    const auto statistics = to.session->statistics(from.session.get());
    return {statistics.audio_received, statistics.video_received, std::move(to.passages),
            from.refused_count};
}

transport::Duration lag_of(const MediaSession& session) {
    const auto sent = session.statistics().audio_sent;
    return sent ? sent->max_lag : transport::Duration(0);
}

Task<bool> carry(Surroundings where, End& first, End& second, const LoopPlan& plan) {
    first.session->start();
    second.session->start();
    const Time stop_at = where.now() + plan.duration;
    const auto stop = glib::call_after(where.context, plan.duration, [&] {
        first.session->stop();
        second.session->stop();
    });
    std::vector<Task<bool>> tasks;
    tasks.push_back(receive(where, first, second, stop_at, stop_at + plan.grace));
    tasks.push_back(receive(where, second, first, stop_at, stop_at + plan.grace));
    const auto done = co_await turn::all(where, std::move(tasks));
    first.session->stop();
    second.session->stop();
    co_return !done.empty();
}

std::optional<Problem> judge(const Loop& loop) {
    const auto arrived = [](const Leg& leg) {
        return leg.audio && leg.audio->received.loss.received_count > 0;
    };
    const bool there = arrived(loop.there);
    const bool back = arrived(loop.back);
    if (there && back) return std::nullopt;
    return Problem{Step::Relay, there || back ? Cause::OneWay : Cause::NothingRelayed, {}};
}

}  // namespace

Task<bool> run_loop(Surroundings where, Visit& first, Visit& second, LoopPlan plan, Loop& loop) {
    End one{.visit = first, .channel = plan.channel};
    End two{.visit = second, .channel = plan.channel};
    if (first.relayed->family() != second.relayed->family()) {
        loop.problem = Problem{Step::Permit, Cause::OtherError,
                               "the two relays are of different address families"};
        co_return false;
    }
    if (!co_await bind(first, plan.channel, *second.relayed, loop)) co_return false;
    if (!co_await bind(second, plan.channel, *first.relayed, loop)) co_return false;
    // Media is no evidence of what anybody said.
    first.transcript->close();
    second.transcript->close();
    media::MediaOptions options;
    if (plan.with_video) options.video = media::video_profile();
    for (End* end : {&one, &two}) {
        auto made =
            MediaSession::create(where.context, *where.clock, transport::Random((*where.random)()),
                                 options, [end](Bytes bytes) { return end->send(bytes); });
        if (!made) {
            loop.problem = Problem{Step::Relay, Cause::Socket, made.error().message};
            co_return false;
        }
        end->session = std::move(*made);
    }
    loop.was_begun = true;
    const bool carried = co_await carry(where, one, two, plan);
    loop.there = leg_of(one, two);
    loop.back = leg_of(two, one);
    loop.max_lag = std::max(lag_of(*one.session), lag_of(*two.session));
    loop.problem = judge(loop);
    loop.is_done = true;
    co_return carried && !loop.problem;
}

}  // namespace portolan::precall
