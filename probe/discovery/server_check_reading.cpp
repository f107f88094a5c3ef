#include "probe/discovery/server_check_reading.hpp"

#include <algorithm>

#include "probe/discovery/observations.hpp"
#include "probe/discovery/reply_flaw.hpp"
#include "probe/discovery/silence.hpp"

namespace portolan::discovery {

namespace {

constexpr AuditStep kPlain[] = {AuditStep::Primary, AuditStep::SecondSocket,
                                AuditStep::AlternatePort, AuditStep::AlternateAddress,
                                AuditStep::Alternate};

const Probe* find(const Ledger& ledger, AuditStep step) {
    const ProbeId id = probe_of(ledger, step);
    return id < 0 ? nullptr : &ledger.probes[static_cast<std::size_t>(id)];
}

bool asks_for_change(AuditStep step) {
    return step == AuditStep::ChangeIp || step == AuditStep::ChangePort ||
           step == AuditStep::ChangeBoth;
}

bool is_answer(const Probe& probe, const Arrival& arrival) {
    return is_success(arrival) && arrival.source == probe.destination;
}

std::optional<TransportAddress> mapped_in(const Arrival& arrival) {
    for (const auto& mapped : {arrival.mapped_xor, arrival.mapped_plain}) {
        if (mapped && can_be_mapped(*mapped)) return mapped;
    }
    return std::nullopt;
}

/// Did one plain request see two mappings? Then no other request may count on any of them.
bool moved(const Ledger& ledger, AuditStep step) {
    const Probe* probe = find(ledger, step);
    if (probe == nullptr) return false;
    const auto last = mapped_at(ledger, step);
    return std::any_of(probe->arrivals.begin(), probe->arrivals.end(), [&](const Arrival& arrival) {
        return is_answer(*probe, arrival) && mapped_in(arrival) != last;
    });
}

/// EPERM, no route, or an ICMP message of somebody else than the server: it did not get as far as
/// that.
bool is_stopped_on_the_way(const Probe& probe) {
    return std::any_of(probe.faults.begin(), probe.faults.end(), [&](const Fault& fault) {
        const FaultReport& report = fault.report;
        const bool is_of_another = report.reported_by &&
                                   *report.reported_by != probe.destination.ip &&
                                   (report.fault == NetworkFault::IcmpPortUnreachable ||
                                    report.fault == NetworkFault::IcmpUnreachable);
        return report.fault == NetworkFault::NotPermitted ||
               report.fault == NetworkFault::NoRoute ||
               report.fault == NetworkFault::IcmpProhibited || is_of_another;
    });
}

/// Can a reply to the second socket come in? RESPONSE-PORT keeps the address that the asking socket
/// is seen with (RFC 5780 s7.5).
bool reaches_second_socket(const Ledger& ledger, const Probe& probe) {
    const auto asker = mapped_at(ledger, AuditStep::Primary);
    const auto meant = mapped_at(ledger, AuditStep::SecondSocket);
    return asker && meant && asker->ip == meant->ip && probe.response_port == meant->port &&
           !moved(ledger, AuditStep::Primary) && !moved(ledger, AuditStep::SecondSocket);
}

/// Can a reply from the address that CHANGE-REQUEST asks for come in? Yes when the first socket has
/// sent to that address with the mapping that the reply is for.
bool reaches_first_socket(const Ledger& ledger, AuditStep change, const Probe& probe) {
    const AuditStep target = change_target(change);
    const auto here = mapped_at(ledger, AuditStep::Primary);
    const auto there = mapped_at(ledger, target);
    if (!here || !there || moved(ledger, AuditStep::Primary) || moved(ledger, target)) return false;
    if (!probe.response_port) return here == there;
    return here->ip == there->ip && *probe.response_port == there->port &&
           is_response_port_honoured(ledger);
}

/// How many copies went out at a moment when every control came through.
int witnessed_copies(const Ledger& ledger, const Probe& probe, AuditStep step, Duration wait,
                     Time now) {
    const auto controls = controls_of(step);
    return static_cast<int>(std::count_if(probe.sent.begin(), probe.sent.end(), [&](Time sent) {
        if (sent + wait > now) return false;
        return std::all_of(controls.begin(), controls.end(), [&](AuditStep control) {
            const Probe* plain = find(ledger, control);
            return plain != nullptr && std::any_of(plain->arrivals.begin(), plain->arrivals.end(),
                                                   [&](const Arrival& arrival) {
                                                       return is_answer(*plain, arrival) &&
                                                              arrival.at >= sent - kControlGap &&
                                                              arrival.at <= sent + wait;
                                                   });
        });
    }));
}

/// The chance that loss alone made `probe` silent.
double silence_bound(const Ledger& ledger, const Probe& probe, AuditStep step,
                     const PathTimes& times, Time now) {
    int sent = 0;
    int lost = 0;
    for (const AuditStep plain : kPlain) {
        const Probe* control = find(ledger, plain);
        if (control == nullptr || success_of(ledger, plain) == nullptr) continue;
        const auto due =
            static_cast<int>(std::count_if(control->sent.begin(), control->sent.end(),
                                           [&](Time at) { return at + times.rtt <= now; }));
        const auto answered = static_cast<int>(
            std::count_if(control->arrivals.begin(), control->arrivals.end(),
                          [&](const Arrival& arrival) { return is_answer(*control, arrival); }));
        sent += std::max(due, answered);
        lost += std::max(0, due - answered);
    }
    return silence_error_bound(witnessed_copies(ledger, probe, step, times.wait, now), sent, lost);
}

}  // namespace

ProbeId probe_of(const Ledger& ledger, AuditStep step) {
    for (std::size_t i = 0; i < ledger.probes.size(); ++i) {
        const Probe& probe = ledger.probes[i];
        if (probe.role == Role::Audit && probe.attempt == static_cast<int>(step)) {
            return static_cast<ProbeId>(i);
        }
    }
    return -1;
}

bool is_reply(const Arrival& arrival) {
    return arrival.well_formed &&
           (arrival.message_class == stun::MessageClass::SuccessResponse ||
            arrival.message_class == stun::MessageClass::ErrorResponse) &&
           arrival.flaw == ReplyFlaw::None;
}

bool is_success(const Arrival& arrival) {
    return is_reply(arrival) && arrival.message_class == stun::MessageClass::SuccessResponse;
}

NamedAlternate named_alternate(const Ledger& ledger) {
    const TransportAddress own = ledger.servers.front().address;
    for (const Probe& probe : ledger.probes) {
        if (probe.destination != own || probe.change_ip || probe.change_port) continue;
        for (const Arrival& arrival : probe.arrivals) {
            if (!is_answer(probe, arrival) || !arrival.other_address) continue;
            const TransportAddress other = *arrival.other_address;
            const bool distinct =
                other.family() == own.family() && other.ip != own.ip && other.port != own.port;
            return {other, distinct && is_plausible_other(ledger, other, own)};
        }
    }
    return {};
}

const Arrival* success_of(const Ledger& ledger, AuditStep step) {
    const Probe* probe = find(ledger, step);
    if (probe == nullptr) return nullptr;
    for (const Arrival& arrival : probe->arrivals) {
        if (is_success(arrival) &&
            (arrival.source == probe->destination || asks_for_change(step))) {
            return &arrival;
        }
    }
    return nullptr;
}

std::optional<TransportAddress> mapped_at(const Ledger& ledger, AuditStep step) {
    const Probe* probe = find(ledger, step);
    if (probe == nullptr) return std::nullopt;
    for (auto it = probe->arrivals.rbegin(); it != probe->arrivals.rend(); ++it) {
        if (is_answer(*probe, *it)) return mapped_in(*it);
    }
    return std::nullopt;
}

PathTimes path_times(const Ledger& ledger) {
    std::optional<RttRange> range;
    const auto include = [&](Duration age) {
        if (!range) range = RttRange{age, age};
        range->min = std::min(range->min, age);
        range->max = std::max(range->max, age);
    };
    // RFC 8489 s6.2.1 (Karn): a retransmitted request says nothing exact about the round trip.
    for (const bool exact : {true, false}) {
        if (range) break;
        for (const Probe& probe : ledger.probes) {
            if (probe.sent.empty() || probe.arrivals.empty()) continue;
            const Arrival& first = probe.arrivals.front();
            if (!is_reply(first)) continue;
            if (exact && probe.sent.size() > 1 && probe.sent[1] <= first.at) continue;
            include(first.at - probe.sent.front());
        }
    }
    // Nothing known: longer than any round trip that a call could live with.
    if (!range) return {std::chrono::milliseconds(0), std::chrono::seconds(1)};
    return {range->min, reply_wait(*range)};
}

AuditStep change_target(AuditStep change) {
    if (change == AuditStep::ChangeIp) return AuditStep::AlternateAddress;
    return change == AuditStep::ChangePort ? AuditStep::AlternatePort : AuditStep::Alternate;
}

bool is_path_open(const Ledger& ledger, AuditStep step) {
    const Probe* probe = find(ledger, step);
    if (probe == nullptr || is_stopped_on_the_way(*probe)) return false;
    switch (step) {
        // The first two are the controls of all others. With PADDING the reply may be as long as
        // the MTU and more (RFC 5780 s6.1), and many a NAT and firewall drops fragments. RFC 3489
        // support is nobody's duty.
        case AuditStep::Primary:
        case AuditStep::SecondSocket:
        case AuditStep::Padding:
        case AuditStep::Classic:
            return false;
        case AuditStep::AlternatePort:
        case AuditStep::AlternateAddress:
        case AuditStep::Alternate:
        case AuditStep::ChangeNone:
        case AuditStep::UnknownAttribute:
        case AuditStep::Fingerprint:
            return true;
        case AuditStep::ResponsePort:
        case AuditStep::ResponsePortPadding:
            return reaches_second_socket(ledger, *probe);
        case AuditStep::ChangeIp:
        case AuditStep::ChangePort:
        case AuditStep::ChangeBoth:
            return reaches_first_socket(ledger, step, *probe);
    }
    return false;
}

std::vector<AuditStep> controls_of(AuditStep step) {
    switch (step) {
        case AuditStep::ResponsePort:
        case AuditStep::ResponsePortPadding:
            return {AuditStep::Primary, AuditStep::SecondSocket};
        case AuditStep::ChangeIp:
        case AuditStep::ChangePort:
        case AuditStep::ChangeBoth:
            return {AuditStep::Primary, change_target(step)};
        default:
            return {AuditStep::Primary};
    }
}

StepReading read_step(const Ledger& ledger, AuditStep step, Time now) {
    StepReading reading;
    reading.probe = probe_of(ledger, step);
    if (reading.probe < 0) return reading;
    const Probe& probe = ledger.probes[static_cast<std::size_t>(reading.probe)];
    for (const Arrival& arrival : probe.arrivals) {
        if (!is_reply(arrival)) {
            if (reading.unusable == nullptr) reading.unusable = &arrival;
            continue;
        }
        const bool asked = arrival.source == probe.destination;
        if (!asked && reading.elsewhere == nullptr) reading.elsewhere = &arrival;
        if ((asked || asks_for_change(step)) && reading.reply == nullptr) reading.reply = &arrival;
    }
    if (reading.reply != nullptr) {
        reading.state = StepState::Answered;
        return reading;
    }
    const bool open =
        is_path_open(ledger, step) && reading.elsewhere == nullptr && reading.unusable == nullptr;
    const PathTimes times = path_times(ledger);
    if (open) {
        reading.error_bound = silence_bound(ledger, probe, step, times, now);
        if (reading.error_bound <= kSilenceErrorBound) {
            reading.state = StepState::Silent;
            return reading;
        }
    }
    const auto limit = static_cast<std::size_t>(open ? kAuditMostCopies : kAuditCopies);
    const bool used_up = probe.sent.size() >= limit && probe.sent.back() + times.wait <= now;
    reading.state = used_up ? StepState::Unanswered : StepState::Pending;
    return reading;
}

bool is_response_port_honoured(const Ledger& ledger) {
    const Probe* probe = find(ledger, AuditStep::ResponsePort);
    return probe != nullptr &&
           std::any_of(probe->arrivals.begin(), probe->arrivals.end(), [&](const Arrival& arrival) {
               return is_success(arrival) && arrival.socket != probe->socket;
           });
}

}  // namespace portolan::discovery
