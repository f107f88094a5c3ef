#include <algorithm>
#include <map>

#include "probe/discovery/discovery.hpp"
#include "probe/discovery/discovery_timing.hpp"

namespace portolan::discovery {

namespace {

using std::chrono::milliseconds;

/// The slowest of the servers that answer over UDP, by the first request that each answered.
std::optional<Duration> slowest_answer(const Ledger& ledger) {
    std::map<int, Duration> quickest;
    for (const Probe& probe : ledger.probes) {
        for (const Arrival& arrival : probe.arrivals) {
            if (!is_response(probe, arrival) || probe.sent.empty()) continue;
            const Duration taken = arrival.at - probe.sent.front();
            const auto entry = quickest.try_emplace(probe.server, taken).first;
            entry->second = std::min(entry->second, taken);
        }
    }
    std::optional<Duration> slowest;
    for (const auto& [server, taken] : quickest)
        slowest = std::max(slowest.value_or(taken), taken);
    return slowest;
}

/// Since when this machine sends.
std::optional<Time> first_sent(const Ledger& ledger) {
    std::optional<Time> first;
    for (const Probe& probe : ledger.probes) {
        if (!probe.sent.empty())
            first = std::min(first.value_or(probe.sent.front()), probe.sent.front());
    }
    return first;
}

}  // namespace

Discovery::ServerWait Discovery::wait_for(int server, Time now) const {
    std::optional<Time> contact;
    std::optional<Time> first_fault;
    int copies = 0;
    for (const Probe& candidate : ledger_.probes) {
        if (candidate.server != server || candidate.sent.empty()) continue;
        for (const Arrival& arrival : candidate.arrivals) {
            if (is_response(candidate, arrival)) return {ServerState::Answered, {}};
        }
        if (!contact || candidate.sent.front() < *contact) contact = candidate.sent.front();
        copies = std::max(copies, static_cast<int>(candidate.sent.size()));
        for (const Fault& fault : candidate.faults) {
            if (fault.report.fault == NetworkFault::Other) continue;
            if (!first_fault || fault.at < *first_fault) first_fault = fault.at;
        }
    }
    if (!contact) return {ServerState::Unasked, {}};
    bool streams_open = false;
    bool stun_answered = false;
    std::optional<Duration> longest;  // round trip, of the streams that show that the host is there
    for (const StreamRecord& stream : ledger_.streams) {
        if (stream.server != server) continue;
        if (!stream.ended) {
            streams_open = true;
            continue;
        }
        if (!shows_host(stream)) continue;
        stun_answered |= stream.answers_stun();
        const Duration rtt = *stream.ended - stream.started;
        longest = std::max(longest.value_or(rtt), rtt);
        // Connected: what was asked there may be answered yet.
        const bool waits = stream.report->outcome == StreamOutcome::Connected &&
                           stream.report->reply.empty() &&
                           now - *stream.ended < 2 * rtt + milliseconds(50);
        streams_open |= waits;
    }
    if (first_fault && now - *first_fault >= kFaultSettles &&
        (!streams_open || now - *contact >= kSilentAtLeast)) {
        return {ServerState::Faulted, {}};
    }
    const std::optional<Duration> heard = slowest_answer(ledger_);
    Time silent_at =
        std::max(ledger_.started + (heard ? std::max(kNoAnswer, 2 * *heard) : kNothingAfter),
                 *contact + kSilentAtLeast);
    if (longest && !first_fault && copies >= kSilentCopies && (stun_answered || !streams_open)) {
        Time shown = *contact + std::max(heard ? kSilentAtLeast : kSilentAskedFor,
                                         4 * *longest + milliseconds(100));
        if (!heard) shown = std::max(shown, first_sent(ledger_).value_or(*contact) + kBlockedAfter);
        silent_at = std::min(silent_at, shown);
    }
    if (now >= silent_at) return {ServerState::Silent, {}};
    return {ServerState::Asked, silent_at};
}

Discovery::ServerState Discovery::state_of(int server, Time now) const {
    return wait_for(server, now).state;
}

bool Discovery::unreachable(Time now) {
    bool all = true;
    for (std::size_t i = 0; i < config_.servers.size(); ++i) {
        if (i > kOtherServers) break;
        const ServerWait wait = wait_for(static_cast<int>(i), now);
        all &= wait.state == ServerState::Faulted || wait.state == ServerState::Silent;
        if (wait.silent_at) decide_by(*wait.silent_at);
    }
    return all;
}

void Discovery::decide_by(Time at) {
    decide_at_ = std::min(decide_at_.value_or(at), at);
}

void Discovery::ask_other_servers(Time now) {
    if (config_.servers.size() < 2 || others_asked_) return;
    const ServerState first = state_of(0, now);
    const bool late = now - ledger_.started >= kPatience;
    const bool useless = first == ServerState::Faulted || first == ServerState::Silent ||
                         unfit_[0] || (late && !audit_server(ledger_, 0).answers);
    if (!useless) return;
    const std::size_t count = std::min(config_.servers.size() - 1, kOtherServers);
    if (!take_places(static_cast<int>(count), now)) return;
    others_asked_ = true;
    for (std::size_t i = 1; i <= count; ++i) {
        begin(Role::MapOther, map_attempts_.front().socket, static_cast<int>(i), 0,
              config_.servers[i].address, now);
        // Beside a server that speaks it is of no interest.
        if (first != ServerState::Answered) try_stream(static_cast<int>(i), false, now);
    }
}

void Discovery::choose_servers() {
    for (std::size_t i = 0; i < config_.servers.size(); ++i) {
        if (map_server_ >= 0 && filter_server_ >= 0) return;
        if (unfit_[i]) continue;
        const auto server = static_cast<int>(i);
        const ServerAudit audit = audit_server(ledger_, server);
        if (!audit.answers) continue;
        const bool four_points = audit.has_mapped_address && audit.other_address_usable;
        if (four_points && map_server_ < 0) use_for_mapping(server);
        if (!four_points || !audit.origin_true) {
            unfit_[i] = true;
        } else if (filter_server_ < 0) {
            use_for_filtering(server);
        }
    }
}

void Discovery::use_for_mapping(int server) {
    map_server_ = server;
    // The mapping socket's request to the chosen server is the first of the four points.
    for (Probe& candidate : ledger_.probes) {
        if (candidate.role != Role::MapPP && candidate.role != Role::MapOther) continue;
        candidate.role = candidate.server == server ? Role::MapPP : Role::MapOther;
    }
}

void Discovery::use_for_filtering(int server) {
    filter_server_ = server;
    // The controls need both on one server.
    if (map_server_ != server && !map_attempts_.front().points_sent) use_for_mapping(server);
    if (filter_attempts_.back().server == server) return;
    stop_filtering();
    const SocketId ip_port = open_socket();
    const SocketId port = open_socket();
    filter_attempts_.push_back({.ip_port = ip_port, .port = port, .server = server});
}

/// May a server that has not qualified for the filtering test still do so?
bool Discovery::may_qualify(Time now) const {
    for (std::size_t i = 0; i < config_.servers.size() && i <= kOtherServers; ++i) {
        if (unfit_[i]) continue;
        switch (state_of(static_cast<int>(i), now)) {
            case ServerState::Unasked:
            case ServerState::Asked:
                return true;
            case ServerState::Answered:
                // Errors only so far.
                if (now - ledger_.started < kSilentAtLeast) return true;
                break;
            case ServerState::Faulted:
            case ServerState::Silent:
                break;
        }
    }
    return false;
}

}  // namespace portolan::discovery
