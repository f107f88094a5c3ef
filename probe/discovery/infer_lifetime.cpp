#include <algorithm>

#include "probe/discovery/lifetime.hpp"
#include "probe/discovery/lifetime_reading.hpp"
#include "probe/discovery/observations.hpp"
#include "probe/discovery/silence.hpp"

namespace portolan::discovery {

namespace {

using std::chrono::seconds;

// Longer than any reply may take.
constexpr Duration kReplyWait = seconds(1);
constexpr Duration kRequired = seconds(120);  // RFC 4787 REQ-5

std::string in_seconds(Duration duration) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
    std::string text = std::to_string(ms / 1000);
    if (ms % 1000 >= 100) text += "." + std::to_string(ms % 1000 / 100);
    return text + " s";
}

const Probe* control_of(const Ledger& ledger, const Probe& check) {
    // The last one of that rung: rung 0 shares its number with the request that made the asking
    // socket's own binding.
    const Probe* found = nullptr;
    for (const Probe& probe : ledger.probes) {
        if (probe.role == Role::LifetimeControl && probe.attempt == check.attempt) found = &probe;
    }
    return found;
}

/// The longest pause in what kept a busy binding busy, up to the question whether it is alive.
Duration longest_pause(const Ledger& ledger, const Probe& check) {
    std::vector<Time> moments;
    for (const Probe& probe : ledger.probes) {
        const bool out = check.role == Role::OutboundCheck && probe.role == Role::OutboundBusy;
        const bool in = check.role == Role::InboundCheck &&
                        (probe.role == Role::InboundBind || probe.role == Role::InboundBusy);
        if (out || in) moments.insert(moments.end(), probe.sent.begin(), probe.sent.end());
    }
    if (check.sent.empty()) return Duration::max();
    moments.push_back(check.sent.front());
    std::sort(moments.begin(), moments.end());
    Duration longest{};
    for (std::size_t i = 1; i < moments.size(); ++i)
        longest = std::max(longest, moments[i] - moments[i - 1]);
    return longest;
}

/// The request that made, or last refreshed from inside, the binding that a check is about.
const Probe* bind_of(const Ledger& ledger, const Probe& check) {
    const Probe* found = nullptr;
    for (const Probe& probe : ledger.probes) {
        const bool match =
            (check.role == Role::LifetimeCheck && probe.role == Role::LifetimeBind &&
             probe.attempt == check.attempt) ||
            (check.role == Role::OutboundCheck && probe.role == Role::OutboundBusy) ||
            ((check.role == Role::InboundCheck || check.role == Role::InboundBusy) &&
             probe.role == Role::InboundBind);
        if (match) found = &probe;
    }
    return found;
}

}  // namespace

bool is_lifetime_check(Role role) {
    return role == Role::LifetimeCheck || role == Role::OutboundCheck ||
           role == Role::InboundCheck || role == Role::InboundBusy;
}

const Arrival* mapped_answer(const Ledger& ledger, const Probe& probe) {
    for (const Arrival& arrival : probe.arrivals) {
        if (arrival.well_formed && arrival.socket == probe.socket && arrival.mapped_xor &&
            arrival.source == probe.destination &&
            arrival.message_class == stun::MessageClass::SuccessResponse &&
            reply_flaw(ledger, probe, arrival).empty()) {
            return &arrival;
        }
    }
    return nullptr;
}

LifetimeReading read_lifetime(const Ledger& ledger, ProbeId id, Time now) {
    const Probe& check = ledger.probes[static_cast<std::size_t>(id)];
    LifetimeReading reading;
    if (!is_lifetime_check(check.role)) {
        if (mapped_answer(ledger, check) != nullptr) reading.state = LifetimeState::Alive;
        return reading;
    }
    const Probe* bind = bind_of(ledger, check);
    const Probe* control = control_of(ledger, check);
    if (bind == nullptr) return reading;
    for (const Arrival& arrival : check.arrivals) {
        if (!arrival.well_formed || arrival.source != check.destination) continue;
        if (arrival.socket == bind->socket) {
            reading.state = LifetimeState::Alive;
            return reading;
        }
        if (arrival.socket == check.socket) {
            reading.state = LifetimeState::Unsupported;
            return reading;
        }
    }
    if (control == nullptr) return reading;
    const auto due = [&](const Probe& probe) {
        return static_cast<int>(std::count_if(probe.sent.begin(), probe.sent.end(),
                                              [&](Time at) { return at + kReplyWait <= now; }));
    };
    const auto answers = static_cast<int>(std::count_if(
        control->arrivals.begin(), control->arrivals.end(), [&](const Arrival& arrival) {
            return arrival.well_formed && arrival.source == control->destination;
        }));
    const int sent = std::max(due(*control), 0);
    const int answered = std::min(answers, sent);
    reading.error_bound =
        silence_error_bound(std::min(due(check), answered), sent, sent - answered);
    if (reading.error_bound <= kSilenceErrorBound) reading.state = LifetimeState::Dead;
    return reading;
}

Judgement<Lifetime> lifetime_without_server(const Outcome& outcome) {
    const bool answered = std::any_of(outcome.servers.begin(), outcome.servers.end(),
                                      [](const ServerAudit& audit) { return audit.answers; });
    if (!answered && outcome.udp.verdict != VerdictKind::Pass) {
        return unknown<Lifetime>(VerdictKind::NotTested, "no-udp",
                                 outcome.udp.verdict == VerdictKind::Fail
                                     ? "UDP does not get through: " + outcome.udp.sentence
                                     : "no server answered over UDP: " + outcome.udp.sentence);
    }
    return unknown<Lifetime>(VerdictKind::Unsupported, "no-rfc5780-server",
                             "no server supports RFC 5780, so the lifetime cannot be measured");
}

Judgement<Lifetime> infer_lifetime(const Ledger& ledger) {
    using Verdict = Judgement<Lifetime>;
    Lifetime lifetime;
    std::vector<ProbeId> evidence;
    std::optional<double> bound;
    bool immediate_alive = false;
    bool unsupported = false;
    bool contradiction = false;
    bool survived_a_step = false;
    for (std::size_t i = 0; i < ledger.probes.size(); ++i) {
        const Probe& check = ledger.probes[i];
        if (!is_lifetime_check(check.role) || check.role == Role::InboundBusy) continue;
        const Probe* bind = bind_of(ledger, check);
        if (bind == nullptr || bind->sent.empty()) continue;
        const LifetimeReading reading =
            read_lifetime(ledger, static_cast<ProbeId>(i), ledger.ended);
        evidence.push_back(static_cast<ProbeId>(i));
        unsupported |= reading.state == LifetimeState::Unsupported;
        if (check.role != Role::LifetimeCheck) continue;
        if (reading.state == LifetimeState::Alive) {
            const Duration idle = check.sent.front() - bind->sent.back();
            if (check.attempt == 0) immediate_alive = true;
            survived_a_step |= check.attempt > 0;
            lifetime.alive_for = std::max(lifetime.alive_for, idle);
        } else if (reading.state == LifetimeState::Dead) {
            // Not survived for sure is only what the last copy asked for.
            const Duration idle = check.sent.back() - bind->sent.back();
            if (!lifetime.dead_after || idle < *lifetime.dead_after) lifetime.dead_after = idle;
            bound = std::max(bound.value_or(0.0), reading.error_bound);
        }
    }
    if (unsupported) {
        return unknown<Lifetime>(VerdictKind::Unsupported, "no-response-port",
                                 "the server does not support RESPONSE-PORT (RFC 5780 s7.5), which "
                                 "this test needs",
                                 evidence);
    }
    if (!immediate_alive) {
        return unknown<Lifetime>(
            VerdictKind::Inconclusive, "check-does-not-arrive",
            "what the server is asked to send to another socket does not arrive even at once: no "
            "RESPONSE-PORT, or another public address for each socket",
            evidence);
    }
    contradiction = lifetime.dead_after && *lifetime.dead_after <= lifetime.alive_for;
    if (contradiction) {
        return unknown<Lifetime>(
            VerdictKind::Inconclusive, "contradiction",
            "a binding survived longer than another that died: lifetimes differ from binding to "
            "binding, or the NAT lost its mappings in between (a restart)",
            evidence);
    }
    if (lifetime.dead_after) {
        for (std::size_t i = 0; i < ledger.probes.size(); ++i) {
            const Probe& check = ledger.probes[i];
            if (check.role != Role::OutboundCheck && check.role != Role::InboundCheck) continue;
            // A binding that dies within the pauses shows nothing of what refreshes it.
            if (longest_pause(ledger, check) > lifetime.alive_for) continue;
            const LifetimeReading reading =
                read_lifetime(ledger, static_cast<ProbeId>(i), ledger.ended);
            if (reading.state == LifetimeState::Pending) continue;
            (check.role == Role::OutboundCheck ? lifetime.outbound_refreshes
                                               : lifetime.inbound_refreshes) =
                reading.state == LifetimeState::Alive;
        }
    }
    if (!lifetime.dead_after && !survived_a_step) {
        return unknown<Lifetime>(VerdictKind::Inconclusive, "cut-off",
                                 "the run ended before the first idle time was over", evidence);
    }
    Verdict verdict;
    if (!lifetime.dead_after) {
        verdict =
            known(VerdictKind::Pass, lifetime, "",
                  "an idle binding survives at least " + in_seconds(lifetime.alive_for), evidence);
    } else {
        const bool enough = lifetime.alive_for >= kRequired;
        std::string sentence =
            survived_a_step
                ? "an idle binding dies between " + in_seconds(lifetime.alive_for) + " and " +
                      in_seconds(*lifetime.dead_after)
                : "an idle binding lives shorter than " + in_seconds(*lifetime.dead_after) +
                      ", the first step that was tried (see --lifetime-steps)";
        if (enough) {
            verdict = known(VerdictKind::Pass, lifetime, "", sentence, evidence);
        } else {
            // Dead before two minutes, or somewhere between a shorter rung and a longer one.
            const bool violates = *lifetime.dead_after <= kRequired;
            sentence += violates ? "; RFC 4787 REQ-5 wants two minutes at least"
                                 : "; whether that is the two minutes of RFC 4787 REQ-5 is open";
            verdict = known(violates ? VerdictKind::Fail : VerdictKind::Pass, lifetime,
                            violates ? "lifetime-short" : "", sentence, evidence);
        }
    }
    verdict.error_bound = bound;
    return verdict;
}

}  // namespace portolan::discovery
