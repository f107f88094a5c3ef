#include <algorithm>
#include <map>

#include "probe/discovery/discovery.hpp"
#include "probe/discovery/discovery_timing.hpp"
#include "probe/discovery/filter_reading.hpp"
#include "probe/discovery/observations.hpp"

namespace portolan::discovery {

namespace {

using std::chrono::milliseconds;

/// The slowest of the servers that answer over UDP, by the first request that each answered.
std::optional<Duration> slowest_answer(const Ledger& ledger) {
    std::map<int, Duration> quickest;
    for (const Probe& probe : ledger.probes) {
        // That one port answers soon says nothing of the others.
        if (probe.role == Role::OtherPoint) continue;
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

/// Is a verdict open for want of a server, so that another one may give it?
bool needs_another_server(const Outcome& outcome) {
    if (outcome.udp.verdict != VerdictKind::Pass && outcome.udp.reason != kOnePortAnswers) {
        return false;
    }
    const auto& filtering = outcome.filtering;
    if (filtering.verdict == VerdictKind::Unsupported ||
        filtering.reason == "change-request-unconfirmed" ||
        filtering.reason == "silence-not-proven" || filtering.reason == "not-finished") {
        return true;
    }
    // Fewer than four addresses leave open by what the mapping changes.
    const auto& mapping = outcome.mapping;
    return mapping.verdict == VerdictKind::Unsupported ||
           mapping.verdict == VerdictKind::NotTested ||
           mapping.value == Mapping::EndpointDependent ||
           mapping.value == Mapping::AddressIndependent;
}

}  // namespace

Discovery::ServerWait Discovery::wait_for(int server, Time now) const {
    std::optional<Time> contact;
    std::optional<Time> first_fault;
    int copies = 0;
    for (const Probe& candidate : ledger_.probes) {
        if (candidate.server != server || candidate.sent.empty()) continue;
        if (candidate.role == Role::OtherPoint) continue;
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
    return points_settled(now) && all;
}

void Discovery::decide_by(Time at) {
    decide_at_ = std::min(decide_at_.value_or(at), at);
}

/// A server that is not on the public Internet, where another one is: a NAT may be past it.
bool Discovery::may_be_inside(int server) const {
    const auto is_global = [&](int index) {
        return class_of_host(ledger_,
                             config_.servers[static_cast<std::size_t>(index)].address.ip) ==
               AddressClass::Global;
    };
    if (is_global(server)) return false;
    for (std::size_t i = 0; i < config_.servers.size() && i <= kOtherServers; ++i) {
        if (is_global(static_cast<int>(i))) return true;
    }
    return false;
}

void Discovery::ask_other_servers(Time now) {
    if (config_.servers.size() < 2 || others_asked_) return;
    const ServerState first = state_of(0, now);
    const bool late = now - ledger_.started >= kPatience;
    const bool useless = first == ServerState::Faulted || first == ServerState::Silent ||
                         (first == ServerState::Answered && may_be_inside(0)) || unfit_[0] ||
                         (late && !audit_server(ledger_, 0).has_mapped_address);
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

/// Only what is not believed came so far, and what is may follow: a bad reply is discarded as if it
/// had never come (RFC 8489 s6.3).
bool Discovery::may_answer_better(int server, const ServerAudit& audit, Time now) const {
    if (!audit.faulty || is_disbelieved(server)) return false;
    std::optional<Time> first;
    for (const Probe& candidate : ledger_.probes) {
        if (candidate.server != server || candidate.arrivals.empty()) continue;
        const Time at = candidate.arrivals.front().at;
        if (!first || at < *first) first = at;
    }
    return first && now - *first < kBetterReplyWait;
}

bool Discovery::is_disbelieved(int server) const {
    const ServerRecord& record = ledger_.servers[static_cast<std::size_t>(server)];
    return record.contradicted || record.shared_mapping.has_value();
}

void Discovery::choose_servers(Time now) {
    for (std::size_t i = 0; i < config_.servers.size(); ++i) {
        if (map_server_ >= 0 && filter_server_ >= 0) return;
        if (unfit_[i]) continue;
        const auto server = static_cast<int>(i);
        const ServerAudit audit = audit_server(ledger_, server);
        if (!audit.answers) continue;
        if (!audit.has_mapped_address && may_answer_better(server, audit, now)) continue;
        const bool four_points = audit.has_mapped_address && audit.other_address_usable;
        if (four_points && map_server_ < 0) use_for_mapping(server);
        if (!four_points || !audit.origin_true) {
            unfit_[i] = true;
        } else if (filter_server_ < 0) {
            use_for_filtering(server);
        }
    }
}

/// A server in use that has contradicted itself, or that answers no more while another could.
void Discovery::drop_useless(Time now) {
    const std::set<IpAddress> inside = inside_destinations(ledger_);
    for (const int server : {filter_server_, map_server_}) {
        if (server < 0 || (server != filter_server_ && server != map_server_)) continue;
        if (inside.contains(config_.servers[static_cast<std::size_t>(server)].address.ip)) {
            abandon(server);
            continue;
        }
        const bool believed = audit_server(ledger_, server).has_mapped_address;
        if (believed && (config_.servers.size() < 2 || !went_silent(server, now))) continue;
        if (!believed || another_may_qualify(server, now)) abandon(server);
    }
}

bool Discovery::went_silent(int server, Time now) const {
    const auto rtt = rtt_range(ledger_, server);
    if (!rtt) return false;
    Time heard{};
    for (const Probe& candidate : ledger_.probes) {
        if (candidate.server != server) continue;
        for (const Arrival& arrival : candidate.arrivals)
            heard = std::max(heard, arrival.at);
    }
    if (now - heard < std::max(kNoAnswer, 3 * rtt->max)) return false;
    std::ptrdiff_t unanswered = 0;
    for (const Probe& candidate : ledger_.probes) {
        if (candidate.server != server) continue;
        unanswered += std::count_if(candidate.sent.begin(), candidate.sent.end(),
                                    [&](Time sent) { return sent > heard; });
    }
    return unanswered >= kSilentCopies;
}

void Discovery::abandon(int server) {
    unfit_[static_cast<std::size_t>(server)] = true;
    if (map_server_ == server) map_server_ = -1;
    if (filter_server_ != server) return;
    filter_server_ = -1;
    stop_filtering();
}

/// All is asked, and an answer is missing that another server could give.
bool Discovery::try_another_server(Time now) {
    if (config_.servers.size() < 2 || now - ledger_.started >= config_.budget / 2) return false;
    if (filter_server_ < 0 && map_server_ < 0) return false;
    ledger_.ended = now;
    if (!needs_another_server(infer(ledger_))) return false;
    for (const int server : {filter_server_, map_server_}) {
        if (server >= 0) abandon(server);
    }
    choose_servers(now);
    return filter_server_ >= 0 || map_server_ >= 0 || may_qualify(now);
}

void Discovery::use_for_mapping(int server) {
    map_server_ = server;
    if (map_attempts_.back().points_sent) {
        // The sockets so far have shown what another server sees.
        map_attempts_.push_back({.socket = open_socket()});
        first_map_attempt_ = static_cast<int>(map_attempts_.size()) - 1;
        return;
    }
    // The mapping socket's request to the chosen server is the first of the four points.
    for (Probe& candidate : ledger_.probes) {
        if (candidate.socket != map_attempts_.back().socket) continue;
        if (candidate.role != Role::MapPP && candidate.role != Role::MapOther) continue;
        candidate.role = candidate.server == server ? Role::MapPP : Role::MapOther;
    }
}

void Discovery::use_for_filtering(int server) {
    filter_server_ = server;
    // The controls need both on one server.
    if (map_server_ != server) use_for_mapping(server);
    if (filter_attempts_.back().server == server) return;
    stop_filtering();
    const SocketId ip_port = open_socket();
    const SocketId port = open_socket();
    filter_attempts_.push_back({.ip_port = ip_port, .port = port, .server = server});
    filtering_given_up_ = false;
}

bool Discovery::another_may_qualify(int server, Time now) const {
    for (std::size_t i = 0; i < config_.servers.size() && i <= kOtherServers; ++i) {
        if (static_cast<int>(i) == server || unfit_[i]) continue;
        const ServerState state = state_of(static_cast<int>(i), now);
        if (state != ServerState::Faulted && state != ServerState::Silent) return true;
    }
    return false;
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
                // Errors only so far, or what is not believed.
                if (now - ledger_.started < kSilentAtLeast ||
                    may_answer_better(static_cast<int>(i),
                                      audit_server(ledger_, static_cast<int>(i)), now)) {
                    return true;
                }
                break;
            case ServerState::Faulted:
            case ServerState::Silent:
                break;
        }
    }
    return false;
}

}  // namespace portolan::discovery
