#include "probe/discovery/server_check.hpp"

#include <algorithm>
#include <utility>

#include "probe/discovery/observations.hpp"
#include "probe/discovery/server_check_reading.hpp"
#include "probe/discovery/server_check_request.hpp"

namespace portolan::discovery {

namespace {

using std::chrono::milliseconds;

constexpr Duration kFirstSpacing = milliseconds(250);
// RFC 6298 s2.1: a lost SYN is sent again after one second; and a long round trip.
constexpr Duration kStreamWait = milliseconds(2500);

}  // namespace

ServerCheck::ServerCheck(ServerCheckConfig config)
    : RecordingMachine({config.family, config.bind_ip, config.seed, config.random, config.pacer}),
      config_(std::move(config)) {
    ledger_.servers.push_back({config_.server_name, config_.server});
}

void ServerCheck::start(Time now) {
    ledger_.started = now;
    first_ = open_socket();
    second_ = open_socket();
    if (!config_.tcp) return;
    open_stream({.id = 1, .to = *config_.tcp, .tls = false, .server_name = {}}, 0, now);
}

bool ServerCheck::answers(const Probe& probe, SocketId socket, const stun::MessageView&) const {
    return probe.socket == socket || probe.response_port;
}

std::optional<Time> ServerCheck::next_wakeup() const {
    if (finished()) return std::nullopt;
    const Time end = ledger_.started + config_.budget;
    return wakeup_ ? std::min(*wakeup_, end) : end;
}

void ServerCheck::advance(Time now) {
    wakeup_.reset();
    if (now - ledger_.started >= config_.budget) return finish(now, true);
    if (open_sockets() < 2) return;
    const bool planned = plan(now);
    repeat(now);
    const bool waits_for_stream = stream_pending(now);
    if (waits_for_stream) wake(ledger_.started + kStreamWait);
    bool complete = planned && !waits_for_stream;
    for (const Probe& probe : ledger_.probes) {
        complete = complete && done(static_cast<AuditStep>(probe.attempt), now);
    }
    if (complete) finish(now, false);
}

/// Asks what can be asked by now. True once nothing more is to come.
bool ServerCheck::plan(Time now) {
    const TransportAddress own = config_.server;
    if (!ask(AuditStep::Primary, first_, own, now)) return false;
    if (!ask(AuditStep::SecondSocket, second_, own, now)) return false;
    if (success_of(ledger_, AuditStep::Primary) == nullptr) {
        // Everything else would only show the same again.
        return done(AuditStep::Primary, now) && done(AuditStep::SecondSocket, now);
    }
    const NamedAlternate audit = named_alternate(ledger_);
    if (audit.other_address_usable) {
        const TransportAddress& other = *audit.other_address;
        if (!ask(AuditStep::AlternatePort, first_, {own.ip, other.port}, now)) return false;
        if (!ask(AuditStep::AlternateAddress, first_, {other.ip, own.port}, now)) return false;
        if (!ask(AuditStep::Alternate, first_, other, now)) return false;
    }
    const auto meant = mapped_at(ledger_, AuditStep::SecondSocket);
    if (meant) {
        if (!ask(AuditStep::ResponsePort, first_, own, now, meant->port)) return false;
        if (!ask(AuditStep::ResponsePortPadding, first_, own, now, meant->port)) return false;
    }
    for (const AuditStep step : {AuditStep::ChangeNone, AuditStep::UnknownAttribute,
                                 AuditStep::Padding, AuditStep::Fingerprint, AuditStep::Classic}) {
        if (!ask(step, first_, own, now)) return false;
    }
    if (!meant && !done(AuditStep::SecondSocket, now)) return false;
    return plan_change_requests(now);
}

bool ServerCheck::plan_change_requests(Time now) {
    const TransportAddress own = config_.server;
    const NamedAlternate audit = named_alternate(ledger_);
    // RFC 5780 s6: without an alternate address the answer must be a 420.
    if (!audit.other_address) return ask(AuditStep::ChangeBoth, first_, own, now);
    if (!audit.other_address_usable) return true;
    for (const AuditStep first : {AuditStep::AlternatePort, AuditStep::AlternateAddress,
                                  AuditStep::Alternate, AuditStep::ResponsePort}) {
        if (probe_of(ledger_, first) >= 0 && !done(first, now)) return false;
    }
    for (const AuditStep change :
         {AuditStep::ChangeIp, AuditStep::ChangePort, AuditStep::ChangeBoth}) {
        // Where the NAT has made another mapping toward the alternate address, only that one lets
        // the reply in.
        std::optional<std::uint16_t> port;
        const auto here = mapped_at(ledger_, AuditStep::Primary);
        const auto there = mapped_at(ledger_, change_target(change));
        if (here && there && here != there && here->ip == there->ip &&
            is_response_port_honoured(ledger_)) {
            port = there->port;
        }
        if (!ask(change, first_, own, now, port)) return false;
    }
    return true;
}

/// True when it is or has been asked; false when the pacer has no place.
bool ServerCheck::ask(AuditStep step, SocketId socket, const TransportAddress& to, Time now,
                      std::optional<std::uint16_t> response_port) {
    if (probe_of(ledger_, step) >= 0) return true;
    if (!pacer_->try_take(now, 1)) {
        wake(std::max(pacer_->ready_at(now, 1), now + Duration(1)));
        return false;
    }
    Probe& fresh = add_probe(Role::Audit, socket, to);
    fresh.attempt = static_cast<int>(step);
    if (step == AuditStep::Classic) fresh.id = without_cookie(fresh.id, entropy_.transaction_id());
    fresh.change_ip = step == AuditStep::ChangeIp || step == AuditStep::ChangeBoth;
    fresh.change_port = step == AuditStep::ChangePort || step == AuditStep::ChangeBoth;
    fresh.response_port = response_port;
    fresh.request = build_request(step, fresh);
    next_copy_.push_back(now);
    send_copy(last_probe(), now);
    return true;
}

void ServerCheck::repeat(Time now) {
    const Duration wait = path_times(ledger_).wait;
    for (std::size_t i = 0; i < ledger_.probes.size(); ++i) {
        const auto step = static_cast<AuditStep>(ledger_.probes[i].attempt);
        if (done(step, now)) continue;
        const int limit = is_path_open(ledger_, step) ? kAuditMostCopies : kAuditCopies;
        if (static_cast<int>(ledger_.probes[i].sent.size()) >= limit) {
            wake(std::max(ledger_.probes[i].sent.back() + wait, now + Duration(1)));
            continue;
        }
        if (next_copy_[i] <= now) {
            send_copy(static_cast<ProbeId>(i), now);
            if (is_path_open(ledger_, step)) send_controls(step, now);
        }
        wake(next_copy_[i]);
    }
}

/// Silence counts only where these are answered at the same moment.
void ServerCheck::send_controls(AuditStep step, Time now) {
    for (const AuditStep control : controls_of(step)) {
        const ProbeId id = probe_of(ledger_, control);
        if (id < 0) continue;
        const Probe& plain = ledger_.probes[static_cast<std::size_t>(id)];
        if (plain.sent.back() + kControlGap <= now) send_copy(id, now);
    }
}

void ServerCheck::send_copy(ProbeId id, Time now) {
    Probe& subject = ledger_.probes[static_cast<std::size_t>(id)];
    // RFC 5780 s5 (SHOULD): retransmissions of different transactions do not travel together.
    const Duration shift = subject.sent.empty() ? milliseconds(2 * subject.attempt) : Duration(0);
    next_copy_[static_cast<std::size_t>(id)] = now + spacing() + shift;
    send(subject, now);
}

bool ServerCheck::done(AuditStep step, Time now) const {
    const StepState state = read_step(ledger_, step, now).state;
    return state != StepState::NotAsked && state != StepState::Pending;
}

Duration ServerCheck::spacing() const {
    const Duration rtt = path_times(ledger_).rtt;
    if (rtt == Duration(0)) return kFirstSpacing;
    return std::clamp<Duration>(rtt + milliseconds(20), milliseconds(60), kFirstSpacing);
}

bool ServerCheck::stream_pending(Time now) const {
    return std::any_of(ledger_.streams.begin(), ledger_.streams.end(),
                       [&](const StreamRecord& stream) {
                           return !stream.ended && now - stream.started < kStreamWait;
                       });
}

void ServerCheck::wake(Time at) {
    wakeup_ = wakeup_ ? std::min(*wakeup_, at) : at;
}

}  // namespace portolan::discovery
