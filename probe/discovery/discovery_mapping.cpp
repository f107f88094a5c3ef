#include <algorithm>

#include "probe/discovery/discovery.hpp"
#include "probe/discovery/discovery_timing.hpp"
#include "probe/discovery/mapping_pattern.hpp"
#include "probe/discovery/observations.hpp"

namespace portolan::discovery {

namespace {

using std::chrono::milliseconds;

}  // namespace

void Discovery::send_points(MapAttempt& attempt, int index, Time now) {
    const TransportAddress own = config_.servers[static_cast<std::size_t>(map_server_)].address;
    const TransportAddress other =
        as_seen_here(ledger_, own.ip, *audit_server(ledger_, map_server_).other_address);
    attempt.points_sent = true;
    begin(Role::MapPA, attempt.socket, map_server_, index, {own.ip, other.port}, now);
    begin(Role::MapAP, attempt.socket, map_server_, index, {other.ip, own.port}, now);
    begin(Role::MapAA, attempt.socket, map_server_, index, other, now);
}

/// The servers that answered the first socket, asked from a fresh one.
void Discovery::ask_all_again(MapAttempt& attempt, int index, Time now) {
    std::vector<int> servers;
    for (std::size_t i = 0; i < ledger_.probes.size(); ++i) {
        const Probe& candidate = ledger_.probes[i];
        if (candidate.socket == map_attempts_.front().socket && answered(static_cast<ProbeId>(i)) &&
            (candidate.role == Role::MapPP || candidate.role == Role::MapOther)) {
            servers.push_back(candidate.server);
        }
    }
    if (!take_places(static_cast<int>(servers.size()), now)) return;
    attempt.points_sent = true;
    for (const int server : servers) {
        begin(Role::MapOther, attempt.socket, server, index,
              config_.servers[static_cast<std::size_t>(server)].address, now);
    }
}

bool Discovery::confirmed(const MapAttempt& attempt, ProbeId pp) const {
    if (!attempt.confirm_started) return false;
    const auto rtt = rtt_range(ledger_, probe(pp).server);
    const Arrival* last = last_answer(ledger_, probe(pp));
    // Earlier than half a round trip after the question, it answers an earlier copy.
    return last != nullptr && rtt && last->at >= *attempt.confirm_started + rtt->min / 2;
}

void Discovery::advance_mapping(Time now) {
    mapping_done_ = false;
    const auto index = static_cast<int>(map_attempts_.size()) - 1;
    MapAttempt& attempt = map_attempts_.back();
    if (!is_open(attempt.socket)) {
        mapping_done_ = is_failed(attempt.socket);
        return;
    }
    for (std::size_t i = 0; i < ledger_.probes.size(); ++i) {
        const Probe& candidate = ledger_.probes[i];
        const bool mapping = candidate.role == Role::MapPP || candidate.role == Role::MapPA ||
                             candidate.role == Role::MapAP || candidate.role == Role::MapAA ||
                             candidate.role == Role::MapOther;
        if (mapping && answered(static_cast<ProbeId>(i))) stop(static_cast<ProbeId>(i));
    }
    if (map_server_ >= 0 && !attempt.points_sent) {
        // Filtering first: the alternate address must not have heard of this host before.
        if (!filtering_done_ && !config_.sabotage.share_socket) return;
        const bool first_sent = index == 0;
        if (!take_places(first_sent ? 3 : 4, now)) return;
        const TransportAddress own = config_.servers[static_cast<std::size_t>(map_server_)].address;
        if (first_sent) {
            for (Flow& flow : flows_) {
                const Probe& candidate = probe(flow.probe);
                if (candidate.role == Role::MapPP && candidate.attempt == index) {
                    send_copy(flow, now);
                    if (!answered(flow.probe)) flow.active = true;
                }
            }
        } else {
            begin(Role::MapPP, attempt.socket, map_server_, index, own, now);
        }
        send_points(attempt, index, now);
        return;
    }
    if (map_server_ < 0 && index > 0 && !attempt.points_sent) {
        return ask_all_again(attempt, index, now);
    }
    const auto patterns = mapping_patterns(ledger_);
    const auto found = std::find_if(patterns.begin(), patterns.end(), [&](const auto& candidate) {
        return candidate.attempt == index && candidate.socket == attempt.socket;
    });
    if (found == patterns.end()) return;

    // Wait for every request of this socket: answered, or given up.
    std::vector<std::optional<TransportAddress>> seen;
    std::optional<ProbeId> anchor = found->pp;
    bool complete = true;
    const auto look = [&](ProbeId id) {
        const int server = probe(id).server;
        const bool silent_server = state_of(server, now) == ServerState::Silent ||
                                   state_of(server, now) == ServerState::Faulted ||
                                   is_disbelieved(server);
        if (answered(id)) {
            seen.push_back(mapped_of(ledger_, id));
            if (!anchor || !answered(*anchor)) anchor = id;
        } else if (!given_up(id, now) && !silent_server) {
            complete = false;
        } else {
            stop(id);
        }
    };
    for (const auto& id : {found->pp, found->pa, found->ap, found->aa}) {
        if (id) look(*id);
    }
    for (const ProbeId id : found->others)
        look(id);
    if (!complete) return;
    if (map_server_ < 0 && !filtering_done_) return;  // a server may still qualify

    const PatternKind kind = classify(ledger_, *found);
    const bool may_open_another = index + 1 - first_map_attempt_ < kMapAttempts;
    const bool differs = std::any_of(seen.begin(), seen.end(),
                                     [&](const auto& mapped) { return mapped != seen.front(); });
    if (kind == PatternKind::Drifted || !anchor) {
        mapping_done_ = true;
        return;
    }
    if (!differs) {
        mapping_done_ = !wants_another_socket(ledger_) || !may_open_another;
        if (!mapping_done_) map_attempts_.push_back({.socket = open_socket()});
        return;
    }
    // Different mappings: because of the destinations, or because time passed? The first one,
    // again.
    if (!attempt.confirm_started) {
        attempt.confirm_started = now;
        Flow& flow = flow_of(*anchor);
        send_copy(flow, now);
        flow.active = true;
        return;
    }
    if (!confirmed(attempt, *anchor)) {
        const auto rtt = rtt_range(ledger_, probe(*anchor).server);
        const bool waited = rtt && now - *attempt.confirm_started >=
                                       kPointCopies * milliseconds(50) + reply_wait(*rtt);
        if (!waited) {
            flow_of(*anchor).active = true;
            return;
        }
    }
    stop(*anchor);
    if (wants_another_socket(ledger_) && may_open_another) {
        map_attempts_.push_back({.socket = open_socket()});
        return;
    }
    mapping_done_ = true;
}

}  // namespace portolan::discovery
