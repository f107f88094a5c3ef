#include "probe/discovery/lifetime.hpp"

#include <algorithm>
#include <utility>

#include "probe/discovery/lifetime_reading.hpp"

namespace portolan::discovery {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kSpacing = milliseconds(200);
// Enough to prove silence at 20 % loss each way.
constexpr int kMostCopies = 60;
constexpr int kBusyCopies = 6;
constexpr Duration kBusyAtMost = seconds(10);

}  // namespace

std::vector<Duration> default_lifetime_rungs() {
    return {seconds(15),  seconds(30),  seconds(60),  seconds(90),
            seconds(120), seconds(180), seconds(300), seconds(600)};
}

LifetimeLadder::LifetimeLadder(LifetimeConfig config)
    : RecordingMachine({config.family, config.bind_ip, config.seed, config.random, config.pacer}),
      config_(std::move(config)) {
    ledger_.servers.push_back({config_.server_name, config_.server});
    // Checked at once: shows that the server sends where RESPONSE-PORT says.
    rungs_.push_back({.idle = Duration(0)});
    for (const Duration idle : config_.rungs)
        rungs_.push_back({.idle = idle});
    const Duration first = config_.rungs.empty() ? kBusyAtMost : config_.rungs.front();
    busy_interval_ = std::min<Duration>(kBusyAtMost, first * 6 / 10);
}

void LifetimeLadder::start(Time now) {
    ledger_.started = now;
    asker_ = open_socket();
    outbound_ = open_socket();
    inbound_ = open_socket();
    for (Rung& rung : rungs_)
        rung.socket = open_socket();
}

// RESPONSE-PORT: the asker's answers arrive where they were sent to.
bool LifetimeLadder::answers(const Probe&, SocketId, const stun::MessageView&) const {
    return true;
}

std::optional<Time> LifetimeLadder::next_wakeup() const {
    if (finished()) return std::nullopt;
    return wakeup_;
}

void LifetimeLadder::advance(Time now) {
    wakeup_.reset();
    if (open_sockets() < rungs_.size() + 3) return;
    repeat(now);
    if (!bind_all(now)) return;
    keep_busy(now);
    if (!finished()) check_rungs(now);
}

/// One transaction a socket; ten a second, so the ladder takes a moment to set up.
bool LifetimeLadder::bind_all(Time now) {
    const auto bind = [&](ProbeId& id, Role role, SocketId socket, int rung) {
        if (id >= 0) return true;
        if (!pacer_->try_take(now, 1)) {
            wake(pacer_->ready_at(now, 1));
            return false;
        }
        id = begin(role, socket, rung, std::nullopt, now);
        return true;
    };
    bool all = bind(asker_bind_, Role::LifetimeControl, asker_, 0) &&
               bind(inbound_bind_, Role::InboundBind, inbound_, 0) &&
               bind(outbound_bind_, Role::OutboundBusy, outbound_, 0);
    for (std::size_t i = 0; all && i < rungs_.size(); ++i) {
        all = bind(rungs_[i].bind, Role::LifetimeBind, rungs_[i].socket, static_cast<int>(i));
    }
    if (!bound(asker_bind_)) {
        // Without a place of the pacer's there is no request yet.
        if (asker_bind_ >= 0 && used_up(probe(asker_bind_), now)) finish(now, false);
        return false;
    }
    return all;
}

void LifetimeLadder::repeat(Time now) {
    for (Flow& flow : flows_) {
        Probe& subject = probe(flow.probe);
        const bool rung_bind = subject.role == Role::LifetimeBind ||
                               subject.role == Role::InboundBind ||
                               subject.role == Role::OutboundBusy;
        if (rung_bind && !subject.arrivals.empty()) continue;
        const LifetimeReading reading = read_lifetime(ledger_, flow.probe, now);
        const bool check_done = reading.state != LifetimeState::Pending;
        const bool control = subject.role == Role::LifetimeControl;
        // A control goes on as long as the check it stands for.
        bool wanted = !check_done;
        if (control) {
            wanted = std::any_of(flows_.begin(), flows_.end(),
                                 [&](const Flow& other) {
                                     const Probe& check = probe(other.probe);
                                     return is_lifetime_check(check.role) &&
                                            check.attempt == subject.attempt &&
                                            check.role != Role::InboundBusy &&
                                            read_lifetime(ledger_, other.probe, now).state ==
                                                LifetimeState::Pending;
                                 }) ||
                     subject.arrivals.empty();
        }
        const int limit = subject.role == Role::InboundBusy ? kBusyCopies : kMostCopies;
        if (!wanted || static_cast<int>(subject.sent.size()) >= limit) {
            if (wanted && subject.role != Role::InboundBusy) wake(now + kSpacing);
            continue;
        }
        if (flow.next <= now) {
            send(subject, now);
            flow.next = now + kSpacing;
        }
        wake(flow.next);
    }
}

void LifetimeLadder::check_rungs(Time now) {
    bool all_decided = true;
    bool dead_found = false;
    for (std::size_t i = 0; i < rungs_.size(); ++i) {
        Rung& rung = rungs_[i];
        if (rung.decided) continue;
        if (!bound(rung.bind)) {
            // Answered, and seen with another public address than the asking socket: nothing that
            // RESPONSE-PORT names gets there.
            rung.decided = rung.bind >= 0 && (used_up(probe(rung.bind), now) ||
                                              mapped_answer(ledger_, probe(rung.bind)) != nullptr);
            if (rung.decided) wake(now + milliseconds(1));
            all_decided &= rung.decided;
            continue;
        }
        all_decided = false;
        const Time due = probe(rung.bind).sent.back() + rung.idle;
        if (rung.check < 0) {
            if (due > now) {
                wake(due);
                continue;
            }
            if (!pacer_->try_take(now, 2)) {
                wake(pacer_->ready_at(now, 2));
                continue;
            }
            const auto index = static_cast<int>(i);
            rung.check = begin(Role::LifetimeCheck, asker_, index, port_of(rung.bind), now);
            begin(Role::LifetimeControl, asker_, index, std::nullopt, now);
        }
        const LifetimeReading reading = read_lifetime(ledger_, rung.check, now);
        if (reading.state == LifetimeState::Pending &&
            static_cast<int>(probe(rung.check).sent.size()) < kMostCopies) {
            continue;
        }
        rung.decided = true;
        wake(now + milliseconds(1));  // for what follows from it
        if (reading.state == LifetimeState::Alive) {
            is_step_survived_ |= rung.idle >= busy_interval_;
            continue;
        }
        dead_found = true;
        const Duration idle = probe(rung.check).sent.back() - probe(rung.bind).sent.back();
        dead_after_ = std::min(dead_after_.value_or(idle), idle);
    }
    if (dead_found) busy_round_ = -1;  // the bracket is known: look at the busy sockets and end
    if (all_decided && busy_round_ >= 0) finish(now, false);
}

/// Until a rung is found dead, keeps two bindings alive by one direction each; then asks whether
/// they still are.
void LifetimeLadder::keep_busy(Time now) {
    const auto latest = [&](Role role) {
        ProbeId found = -1;
        for (std::size_t i = 0; i < ledger_.probes.size(); ++i) {
            if (ledger_.probes[i].role == role) found = static_cast<ProbeId>(i);
        }
        return found;
    };
    if (busy_round_ < 0) {
        const bool immediate =
            rungs_.front().decided && rungs_.front().check >= 0 &&
            read_lifetime(ledger_, rungs_.front().check, now).state != LifetimeState::Alive;
        if (immediate || !bound(inbound_bind_) || !bound(outbound_bind_)) {
            // RESPONSE-PORT does not work here, so nothing more can be learnt.
            return finish(now, false);
        }
        if (latest(Role::InboundCheck) < 0) {
            if (!pacer_->try_take(now, 3)) {
                return wake(pacer_->ready_at(now, 3));
            }
            const auto last = static_cast<int>(rungs_.size()) + 1;  // behind a rung to come
            begin(Role::OutboundCheck, asker_, last, port_of(outbound_bind_), now);
            begin(Role::InboundCheck, asker_, last, port_of(inbound_bind_), now);
            begin(Role::LifetimeControl, asker_, last, std::nullopt, now);
        }
        const auto decided = [&](Role role) {
            const ProbeId id = latest(role);
            return read_lifetime(ledger_, id, now).state != LifetimeState::Pending ||
                   static_cast<int>(probe(id).sent.size()) >= kMostCopies;
        };
        if (!decided(Role::OutboundCheck) || !decided(Role::InboundCheck)) return;
        const bool is_busy_one_dead =
            read_lifetime(ledger_, latest(Role::OutboundCheck), now).state == LifetimeState::Dead;
        if (is_busy_one_dead && is_step_survived_ && dead_after_ && !is_repeating_) {
            // What is kept busy from inside dies with the idle ones: nothing refreshes it, or the
            // NAT lost all it had at one moment. A new binding that is idle for as long tells.
            is_repeating_ = true;
            rungs_.push_back({.idle = *dead_after_});
            rungs_.back().socket = open_socket();
            return;
        }
        if (!is_repeating_ || rungs_.back().decided) finish(now, false);
        return;
    }
    if (!busy_at_) busy_at_ = now + busy_interval_;
    if (!bound(inbound_bind_) || !bound(outbound_bind_)) return;
    if (now >= *busy_at_ && pacer_->try_take(now, 2)) {
        busy_at_ = now + busy_interval_;
        ++busy_round_;
        begin(Role::OutboundBusy, outbound_, busy_round_, std::nullopt, now);
        begin(Role::InboundBusy, asker_, busy_round_, port_of(inbound_bind_), now);
    }
    wake(std::max(*busy_at_, now + milliseconds(1)));
}

ProbeId LifetimeLadder::begin(Role role, SocketId socket, int rung,
                              std::optional<std::uint16_t> response_port, Time now) {
    Probe& fresh = add_probe(role, socket, config_.server);
    fresh.attempt = rung;
    fresh.response_port = response_port;
    fresh.request = binding_request(fresh);
    const ProbeId id = last_probe();
    send(fresh, now);
    flows_.push_back({.probe = id, .next = now + kSpacing});
    wake(now + kSpacing);
    return id;
}

std::optional<std::uint16_t> LifetimeLadder::port_of(ProbeId bind) const {
    const Arrival* own = bind < 0 ? nullptr : mapped_answer(ledger_, probe(bind));
    const Arrival* asker = mapped_answer(ledger_, probe(asker_bind_));
    // The server sends to the address that the asking socket is seen with.
    if (own == nullptr || asker == nullptr || own->mapped_xor->ip != asker->mapped_xor->ip) {
        return std::nullopt;
    }
    return own->mapped_xor->port;
}

bool LifetimeLadder::used_up(const Probe& subject, Time now) const {
    return static_cast<int>(subject.sent.size()) >= kMostCopies &&
           now - subject.sent.back() >= seconds(1);
}

void LifetimeLadder::wake(Time at) {
    wakeup_ = wakeup_ ? std::min(*wakeup_, at) : at;
}

}  // namespace portolan::discovery
