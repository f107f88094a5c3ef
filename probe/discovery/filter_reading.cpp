#include "probe/discovery/filter_reading.hpp"

#include <algorithm>
#include <optional>

#include "probe/discovery/observations.hpp"
#include "probe/discovery/reply_flaw.hpp"
#include "probe/discovery/silence.hpp"

namespace portolan::discovery {

namespace {

int copies_sent_by(const Probe& probe, Time limit) {
    return static_cast<int>(
        std::count_if(probe.sent.begin(), probe.sent.end(), [&](Time at) { return at <= limit; }));
}

/// All that loss did to requests whose replies no NAT may hold back.
struct PathLoss {
    int sent = 0;
    int lost = 0;
};

PathLoss path_loss(const Ledger& ledger, int server, Time now, const RttRange& rtt) {
    PathLoss loss;
    for (const Probe& probe : ledger.probes) {
        const bool open = probe.role == Role::FilterControl || probe.role == Role::MapPA ||
                          probe.role == Role::MapAP || probe.role == Role::MapAA;
        if (!open || probe.server != server) continue;
        const int answered = answer_count(ledger, probe);
        // An alternate address that never answered is not loss; the inference names it.
        if (answered == 0 && probe.role != Role::FilterControl) continue;
        const int due = copies_sent_by(probe, now - rtt.min);
        loss.sent += std::max(due, answered);
        loss.lost += std::max(0, due - answered);
    }
    return loss;
}

/// When this host first sent anything to the alternate address `to`.
std::optional<Time> first_contact(const Ledger& ledger, const TransportAddress& to) {
    std::optional<Time> first;
    for (const Probe& probe : ledger.probes) {
        if (probe.destination.ip != to.ip || probe.sent.empty()) continue;
        if (probe.destination.port != to.port) continue;
        if (!first || probe.sent.front() < *first) first = probe.sent.front();
    }
    return first;
}

FilterAnswer judge_arrivals(const Ledger& ledger, const Probe& probe,
                            const TransportAddress& expected, Time& opened_at) {
    bool open = false;
    bool ignores = false;
    bool wrong = false;
    bool faulty = false;
    for (const Arrival& arrival : probe.arrivals) {
        if (!arrival.well_formed) continue;
        if (!reply_flaw(ledger, probe, arrival).empty()) {
            faulty |= arrival.source == expected || arrival.source == probe.destination;
            continue;
        }
        if (arrival.message_class == stun::MessageClass::ErrorResponse) {
            // 420 comes from where the request went: the server does not know the attribute.
            return arrival.error_code == 420 ? FilterAnswer::ServerRejects
                                             : FilterAnswer::ServerError;
        }
        if (arrival.message_class != stun::MessageClass::SuccessResponse) continue;
        if (arrival.source == expected || ledger.sabotage.skip_source_check) {
            if (!open) opened_at = arrival.at;
            open = true;
        } else if (arrival.source == probe.destination) {
            ignores = true;
        } else {
            wrong = true;
        }
    }
    if (ignores) return FilterAnswer::ServerIgnores;
    if (wrong) return FilterAnswer::ServerWrongAddress;
    if (open) return FilterAnswer::Open;
    return faulty ? FilterAnswer::ServerFaulty : FilterAnswer::Pending;
}

/// Something came that is to be discarded, and something better may follow.
bool may_come_better(const Probe& probe, Time now) {
    return !probe.arrivals.empty() && now - probe.arrivals.front().at < kBetterReplyWait;
}

TransportAddress expected_source(const Ledger& ledger, const Probe& change,
                                 const TransportAddress& other) {
    const TransportAddress seen = as_seen_here(ledger, change.destination.ip, other);
    return {change.change_ip ? seen.ip : change.destination.ip, seen.port};
}

}  // namespace

FilterReading read_filter(const Ledger& ledger, Role question, int attempt, Time now) {
    FilterReading reading;
    for (std::size_t i = 0; i < ledger.probes.size(); ++i) {
        const Probe& probe = ledger.probes[i];
        if (probe.attempt == attempt && probe.role == question) {
            reading.change = static_cast<ProbeId>(i);
        }
    }
    if (reading.change < 0) return reading;
    const Probe& change = ledger.probes[static_cast<std::size_t>(reading.change)];
    for (std::size_t i = 0; i < ledger.probes.size(); ++i) {
        const Probe& probe = ledger.probes[i];
        if (probe.attempt == attempt && probe.role == Role::FilterControl &&
            probe.socket == change.socket) {
            reading.control = static_cast<ProbeId>(i);
        }
    }
    reading.answer = FilterAnswer::Pending;

    const ServerAudit audit = audit_server(ledger, change.server);
    if (!audit.other_address) {
        // Only errors can be told without knowing where the reply should come from.
        Time ignored{};
        const FilterAnswer answer = judge_arrivals(ledger, change, TransportAddress{}, ignored);
        if (answer == FilterAnswer::ServerFaulty && may_come_better(change, now)) return reading;
        if (answer == FilterAnswer::ServerRejects || answer == FilterAnswer::ServerError ||
            answer == FilterAnswer::ServerIgnores || answer == FilterAnswer::ServerFaulty ||
            ledger.sabotage.skip_source_check) {
            reading.answer = answer;
        }
        return reading;
    }
    const TransportAddress expected = expected_source(ledger, change, *audit.other_address);

    Time opened_at{};
    reading.answer = judge_arrivals(ledger, change, expected, opened_at);
    const auto rtt = rtt_range(ledger, change.server);
    if (reading.answer == FilterAnswer::Open) {
        // A NAT may keep its filter per inside host instead of per mapping: once another socket has
        // sent to that address, an open door proves nothing.
        const auto contact = first_contact(ledger, expected);
        if (contact && opened_at > *contact && !ledger.sabotage.share_socket) {
            reading.answer = FilterAnswer::Contaminated;
        }
        return reading;
    }
    if (reading.answer == FilterAnswer::ServerFaulty && may_come_better(change, now)) {
        reading.answer = FilterAnswer::Pending;
        return reading;
    }
    if (reading.answer != FilterAnswer::Pending) return reading;

    if (ledger.sabotage.skip_controls || ledger.sabotage.single_copy) {
        const Duration wait = rtt ? reply_wait(*rtt) : Duration(std::chrono::milliseconds(100));
        const int wanted = ledger.sabotage.single_copy ? 1 : 3;
        if (copies_sent_by(change, now - wait) >= wanted) {
            reading.answer = FilterAnswer::Silent;
            reading.error_bound = 0.0;
        }
        return reading;
    }
    if (reading.control < 0 || !rtt) return reading;
    const Probe& control = ledger.probes[static_cast<std::size_t>(reading.control)];
    // A copy counts only with an answered control on the same socket and schedule: an outage
    // silences both and proves nothing.
    const int copies =
        std::min(copies_sent_by(change, now - reply_wait(*rtt)), answer_count(ledger, control));
    const PathLoss loss = path_loss(ledger, change.server, now, *rtt);
    reading.error_bound = silence_error_bound(copies, loss.sent, loss.lost);
    if (reading.error_bound > kSilenceErrorBound) return reading;
    // What came in from there, though it could not be read, was let in.
    const bool heard =
        std::any_of(ledger.strays.begin(), ledger.strays.end(), [&](const Stray& stray) {
            return stray.answers == reading.change && stray.source == expected;
        });
    reading.answer = heard ? FilterAnswer::ServerFaulty : FilterAnswer::Silent;
    return reading;
}

bool is_path_renewed(const Ledger& ledger, const Probe& control, const Probe& point) {
    if (control.sent.empty()) return false;
    const auto again = std::find_if(point.sent.begin(), point.sent.end(),
                                    [&](Time at) { return at > control.sent.front(); });
    const auto rtt = rtt_range(ledger, point.server);
    const Arrival* last = last_answer(ledger, point);
    if (again == point.sent.end() || !rtt || last == nullptr) return false;
    // Earlier than half a round trip after the question, it answers an earlier copy.
    return last->at >= *again + rtt->min / 2;
}

ChangeControlReading read_change_control(const Ledger& ledger, Role question, int attempt,
                                         Time now) {
    ChangeControlReading reading;
    const Role role =
        question == Role::FilterIpPort ? Role::ChangeControlIpPort : Role::ChangeControlPort;
    for (std::size_t i = 0; i < ledger.probes.size(); ++i) {
        const Probe& probe = ledger.probes[i];
        if (probe.role != role || probe.attempt != attempt) continue;
        reading.probe = static_cast<ProbeId>(i);
        reading.used_response_port = probe.response_port.has_value();
        reading.state = ChangeControl::Pending;
        const ServerAudit audit = audit_server(ledger, probe.server);
        if (!audit.other_address) return reading;
        const TransportAddress expected = expected_source(ledger, probe, *audit.other_address);
        Time at{};
        reading.answer = judge_arrivals(ledger, probe, expected, at);
        switch (reading.answer) {
            case FilterAnswer::Open:
                reading.state = ChangeControl::Confirmed;
                return reading;
            case FilterAnswer::Pending:
                break;
            case FilterAnswer::ServerFaulty:
                if (!may_come_better(probe, now)) reading.state = ChangeControl::Unanswered;
                return reading;
            default:
                reading.state = ChangeControl::Unanswered;
                return reading;
        }
        const auto rtt = rtt_range(ledger, probe.server);
        if (rtt && copies_sent_by(probe, now - reply_wait(*rtt)) >= kControlCopies) {
            reading.state = ChangeControl::Unanswered;
        }
    }
    return reading;
}

}  // namespace portolan::discovery
