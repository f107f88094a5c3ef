#include "ice-tests/media/rtp_sink.hpp"

#include <algorithm>
#include <cmath>

namespace portolan::media {

RtpSink::RtpSink(const StreamProfile& profile, const SinkOptions& options)
    : profile_(profile), options_(options) {}

void RtpSink::on_packet(const RtpPacket& packet, Bytes datagram, Time now) {
    const auto stamp = read_payload(datagram);
    if (!stamp) {
        ++corrupted_count_;
        return;
    }
    if (!ssrc_) ssrc_ = packet.header.ssrc;
    if (packet.header.ssrc != *ssrc_) {
        ++foreign_count_;
        return;
    }
    received_bytes_ += datagram.size();
    count_gap(now);
    const LossWindow::Arrival arrival = window_.add(stamp->packet_index);
    // A copy says nothing about the delay of the stream.
    if (arrival == LossWindow::Arrival::Duplicate) return;
    count_jitter(packet.header.timestamp, now);
    delay_.add(now - stamp->sent_at);
    course_.add(stamp->packet_index, stamp->sent_at, now - stamp->sent_at);
}

void RtpSink::count_gap(Time now) {
    if (!first_packet_at_) first_packet_at_ = now;
    if (last_packet_at_)
        add_gap(*last_packet_at_, now, interruptions_, interruption_count_, interrupted_);
    last_packet_at_ = now;
}

void RtpSink::add_gap(Time from, Time to, std::vector<Interruption>& interruptions,
                      std::uint64_t& count, Duration& sum) const {
    const Duration length = to - from;
    if (length <= options_.interruption_threshold) return;
    ++count;
    sum += length;
    if (interruptions.size() < options_.max_interruption_count) {
        interruptions.push_back({.start = from, .length = length});
    }
}

// RFC 3550 A.8, in the order of arrival; in microseconds, where the RFC has timestamp units.
void RtpSink::count_jitter(std::uint32_t timestamp, Time now) {
    if (last_jitter_at_) {
        const auto ticks = static_cast<std::int32_t>(timestamp - last_timestamp_);
        const double sent_apart_us =
            static_cast<double>(ticks) * 1e6 / static_cast<double>(profile_.clock_rate_hz);
        const auto arrived_apart_us = static_cast<double>((now - *last_jitter_at_).count());
        jitter_us_ += (std::abs(arrived_apart_us - sent_apart_us) - jitter_us_) / 16;
    }
    last_jitter_at_ = now;
    last_timestamp_ = timestamp;
}

SinkStatistics RtpSink::statistics(std::optional<Time> until, std::uint64_t sent_count) const {
    SinkStatistics result{.loss = window_.counts(sent_count),
                          .received_bytes = received_bytes_,
                          .corrupted_count = corrupted_count_,
                          .foreign_count = foreign_count_,
                          .jitter_us = jitter_us_,
                          .delay_min = delay_.min(),
                          .delay_p50 = delay_.percentile(50),
                          .delay_p95 = delay_.percentile(95),
                          .delay_p99 = delay_.percentile(99),
                          .delay_max = delay_.max(),
                          .first_packet_at = first_packet_at_,
                          .last_packet_at = last_packet_at_,
                          .interruptions = interruptions_,
                          .interruption_count = interruption_count_,
                          .interrupted = interrupted_,
                          .course = course_.course(until, sent_count)};
    if (result.delay_p99) result.delay_above_p99_count = delay_.count_above(*result.delay_p99);
    if (until && last_packet_at_) {
        add_gap(*last_packet_at_, *until, result.interruptions, result.interruption_count,
                result.interrupted);
        if (result.interruption_count != interruption_count_) result.silent_since = last_packet_at_;
    }
    return result;
}

}  // namespace portolan::media
