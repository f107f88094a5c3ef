#include "probe/discovery/discovery.hpp"

#include <algorithm>
#include <utility>

#include "probe/discovery/discovery_timing.hpp"

namespace portolan::discovery {

Discovery::Discovery(Config config)
    : RecordingMachine({config.family, config.bind_ip, config.seed, config.random, config.pacer}),
      config_(std::move(config)) {
    if (!config_.bind_ip) ledger_.route_local_ip = config_.route_local_ip;
    ledger_.route_note = config_.route_note;
    ledger_.nat64_prefix = config_.nat64_prefix;
    ledger_.sabotage = config_.sabotage;
    for (const ServerTarget& target : config_.servers) {
        ledger_.servers.push_back({target.name, target.address});
    }
    unfit_.resize(config_.servers.size());
}

void Discovery::start(Time now) {
    ledger_.started = now;
    if (config_.servers.empty()) return finish(now, false);
    const SocketId mapping = open_socket(config_.mapping_port);
    map_attempts_.push_back({.socket = mapping});
    if (config_.sabotage.share_socket) {
        filter_attempts_.push_back({.ip_port = mapping, .port = mapping});
    } else {
        const SocketId ip_port = open_socket();
        const SocketId port = open_socket();
        filter_attempts_.push_back({.ip_port = ip_port, .port = port});
    }
    try_stream(0, false, now);
}

/// Silence over UDP says nothing of UDP unless STUN is answered there otherwise.
void Discovery::try_stream(int server, bool tls, Time now) {
    const ServerTarget& target = config_.servers[static_cast<std::size_t>(server)];
    const auto& to = tls ? target.tls : target.tcp;
    if (!to) return;
    Probe question;
    question.id = entropy_.transaction_id();
    open_stream({.id = static_cast<StreamId>(ledger_.streams.size() + 1),
                 .to = *to,
                 .tls = tls,
                 .server_name = target.tls_name,
                 .request = binding_request(question)},
                server, now);
}

bool Discovery::answers(const Probe& probe, SocketId socket,
                        const stun::MessageView& message) const {
    // A request of ours comes back only by hairpinning; a response only to the socket that asked.
    const bool hairpinned =
        probe.role == Role::Hairpin && message.message_class() == stun::MessageClass::Request;
    return probe.socket == socket || hairpinned;
}

void Discovery::on_missing_socket(SocketId id, Time now) {
    failed_.push_back(id);
    advance(now);
}

std::optional<Time> Discovery::next_wakeup() const {
    if (finished()) return std::nullopt;
    Time next = ledger_.started + config_.budget;
    for (const Flow& flow : flows_) {
        if (flow.active) next = std::min(next, flow.next);
    }
    if (places_at_) next = std::min(next, *places_at_);
    if (decide_at_) next = std::min(next, *decide_at_);
    return next;
}

void Discovery::advance(Time now) {
    places_at_.reset();
    decide_at_.reset();
    if (now - ledger_.started >= config_.budget) return finish(now, true);
    if (!launched_ && !launch(now)) return;
    const bool anything = std::any_of(ledger_.probes.begin(), ledger_.probes.end(),
                                      [](const Probe& p) { return !p.arrivals.empty(); });
    if (!anything && !tls_tried_ && now - ledger_.started >= kPatience) {
        tls_tried_ = true;
        try_stream(0, true, now);
    }
    ask_other_points(now);
    if (unreachable(now)) return finish(now, false);
    drop_useless(now);
    ask_other_servers(now);
    choose_servers(now);
    advance_filtering(now);
    ask_other_servers(now);  // the one in use may have turned out to be of no use just now
    advance_mapping(now);
    advance_change_controls(now);
    if (filtering_done_ && mapping_done_ && controls_done_ && try_another_server(now)) {
        return advance(now);
    }
    advance_hairpin(now);
    if (anything && filtering_done_ && mapping_done_ && controls_done_ && hairpin_done_) {
        return finish(now, false);
    }
    send_due(now);
}

/// Round 1: one plain request on each socket and, without waiting, both CHANGE-REQUESTs. They need
/// no knowledge of the alternate address, so a permissive filter shows after one round trip.
bool Discovery::launch(Time now) {
    const SocketId mapping = map_attempts_.front().socket;
    const FilterAttempt& sockets = filter_attempts_.front();
    for (const SocketId id : {mapping, sockets.ip_port, sockets.port}) {
        if (is_failed(id)) {
            finish(now, false);
            return false;
        }
        if (!is_open(id)) return false;
    }
    if (!take_places(5, now)) return false;
    launched_ = true;
    const TransportAddress server = config_.servers.front().address;
    begin(Role::MapPP, mapping, 0, 0, server, now);
    filter_attempts_.front().sent = true;
    begin(Role::FilterControl, sockets.ip_port, 0, 0, server, now);
    begin(Role::FilterIpPort, sockets.ip_port, 0, 0, server, now);
    if (sockets.port != sockets.ip_port)
        begin(Role::FilterControl, sockets.port, 0, 0, server, now);
    begin(Role::FilterPort, sockets.port, 0, 0, server, now);
    return true;
}

void Discovery::finish(Time now, bool cut_off) {
    for (Flow& flow : flows_)
        flow.active = false;
    RecordingMachine::finish(now, cut_off);
}

}  // namespace portolan::discovery
