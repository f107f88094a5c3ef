#include <algorithm>

#include "probe/discovery/discovery.hpp"
#include "probe/discovery/discovery_timing.hpp"
#include "probe/discovery/filter_reading.hpp"
#include "probe/discovery/observations.hpp"

namespace portolan::discovery {

namespace {

using std::chrono::milliseconds;

bool is_change_role(Role role) {
    return role == Role::FilterIpPort || role == Role::FilterPort ||
           role == Role::ChangeControlIpPort || role == Role::ChangeControlPort ||
           role == Role::FilterIpPortAgain;
}

}  // namespace

ProbeId Discovery::begin(Role role, SocketId socket, int server, int attempt,
                         const TransportAddress& to, Time now,
                         std::optional<std::uint16_t> response_port) {
    Probe& fresh = add_probe(role, socket, to);
    fresh.server = server;
    fresh.attempt = attempt;
    fresh.change_ip = role == Role::FilterIpPort || role == Role::ChangeControlIpPort ||
                      role == Role::FilterIpPortAgain;
    fresh.change_port = is_change_role(role);
    fresh.response_port = response_port;
    fresh.request = binding_request(fresh);
    fresh.sent.reserve(16);
    const ProbeId id = last_probe();
    flows_.push_back({.probe = id});
    send_copy(flows_.back(), now);
    return id;
}

void Discovery::send_copy(Flow& flow, Time now) {
    Probe& subject = probe(flow.probe);
    send(subject, now);
    flow.next = now + spacing(subject);
}

Duration Discovery::spacing(const Probe& subject) const {
    const auto copies = static_cast<int>(subject.sent.size());
    if (subject.role == Role::OtherPoint) return kOtherPointSpacing;
    const auto rtt = rtt_range(ledger_, subject.server);
    if (is_filter_role(subject.role)) {
        if (!rtt && copies >= kUnheardCopies) return kUnheardSpacing;
        if (copies < kDenseCopies) {
            // Half a step apart, so that the two sockets' copies do not travel in one burst (RFC
            // 5780 s5, SHOULD).
            const bool shift = copies == 1 && is_second_filter_socket(subject.socket);
            return shift ? kDenseSpacing + kDenseSpacing / 2 : kDenseSpacing;
        }
        return copies < 4 * kDenseCopies ? milliseconds(50) : milliseconds(100);
    }
    if (!rtt) return copies < kUnheardCopies ? milliseconds(50) : milliseconds(100);
    if (filtering_given_up_) return std::max<Duration>(rtt->max + milliseconds(10), kSlowSpacing);
    return std::clamp<Duration>(rtt->max + milliseconds(10), milliseconds(40), milliseconds(250));
}

int Discovery::copy_limit(const Probe& subject) const {
    if (config_.sabotage.single_copy) return 1;
    switch (subject.role) {
        case Role::Hairpin:
            return 5;
        case Role::MapPA:
        case Role::MapAP:
        case Role::MapAA:
            return kPointCopies;
        case Role::FilterControl:
        case Role::FilterIpPort:
        case Role::FilterPort:
        case Role::FilterIpPortAgain:
            return rtt_range(ledger_, subject.server) ? kFilterCopies : 120;
        case Role::OtherPoint:
            return kOtherPointCopies;
        case Role::ChangeControlIpPort:
        case Role::ChangeControlPort:
            return kControlCopies;
        default:
            return 120;
    }
}

void Discovery::send_due(Time now) {
    // In either order: a policer on the way drops the second of two packets that come together, and
    // must not always meet the question and never its control.
    if (entropy_.coin()) {
        for (Flow& flow : flows_)
            send_if_due(flow, now);
    } else {
        for (auto flow = flows_.rbegin(); flow != flows_.rend(); ++flow)
            send_if_due(*flow, now);
    }
}

void Discovery::send_if_due(Flow& flow, Time now) {
    if (!flow.active || flow.next > now) return;
    const Probe& subject = probe(flow.probe);
    if (static_cast<int>(subject.sent.size()) < copy_limit(subject)) {
        send_copy(flow, now);
    } else {
        flow.next = now + spacing(subject);
    }
}

Discovery::Flow& Discovery::flow_of(ProbeId id) {
    // One flow a probe, in the same order.
    return flows_[static_cast<std::size_t>(id)];
}

void Discovery::resume(ProbeId id, Time now) {
    Flow& flow = flow_of(id);
    if (flow.active) return;
    flow.active = true;
    flow.next = std::max(flow.next, now);
}

void Discovery::stop(ProbeId id) {
    flow_of(id).active = false;
}

void Discovery::stop_filtering() {
    for (std::size_t i = 0; i < ledger_.probes.size(); ++i) {
        if (is_filter_role(ledger_.probes[i].role)) stop(static_cast<ProbeId>(i));
    }
}

bool Discovery::answered(ProbeId id) const {
    return first_answer(ledger_, probe(id)) != nullptr;
}

bool Discovery::given_up(ProbeId id, Time now) const {
    const Probe& subject = probe(id);
    if (static_cast<int>(subject.sent.size()) < std::min(kPointCopies, copy_limit(subject))) {
        return false;
    }
    const auto rtt = rtt_range(ledger_, subject.server);
    Duration wait = rtt ? reply_wait(*rtt) : kNoAnswer;
    // The other addresses of a server may be slower than its first one.
    if (subject.role == Role::MapPA || subject.role == Role::MapAP || subject.role == Role::MapAA) {
        wait = std::max(wait, kNoAnswer);
    }
    return now - subject.sent[std::min<std::size_t>(subject.sent.size(), kPointCopies) - 1] >= wait;
}

bool Discovery::is_second_filter_socket(SocketId id) const {
    return std::any_of(filter_attempts_.begin(), filter_attempts_.end(), [&](const auto& attempt) {
        return attempt.port == id && attempt.ip_port != id;
    });
}

bool Discovery::is_failed(SocketId id) const {
    return std::find(failed_.begin(), failed_.end(), id) != failed_.end();
}

bool Discovery::take_places(int count, Time now) {
    if (pacer_->try_take(now, count)) return true;
    const Time at = pacer_->ready_at(now, count);
    places_at_ = places_at_ ? std::min(*places_at_, at) : at;
    return false;
}

}  // namespace portolan::discovery
