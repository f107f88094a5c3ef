#include "probe/discovery/discovery.hpp"

#include <algorithm>
#include <utility>

#include "probe/discovery/discovery_timing.hpp"

namespace portolan::discovery {

Discovery::Discovery(Config config)
    : config_(std::move(config)), entropy_(config_.seed, config_.random) {
    if (!config_.pacer) config_.pacer = std::make_shared<TransactionPacer>();
    ledger_.family = config_.family;
    ledger_.seed = config_.seed;
    ledger_.route_local_ip = config_.bind_ip ? config_.bind_ip : config_.route_local_ip;
    ledger_.nat64_prefix = config_.nat64_prefix;
    ledger_.sabotage = config_.sabotage;
    ledger_.probes.reserve(16);
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
        const SocketId ip_port = open_socket(0);
        const SocketId port = open_socket(0);
        filter_attempts_.push_back({.ip_port = ip_port, .port = port});
    }
    try_stream(config_.servers.front().tcp, false, now);
}

void Discovery::try_stream(const std::optional<TransportAddress>& to, bool tls, Time now) {
    if (!to) return;
    const auto id = static_cast<StreamId>(ledger_.streams.size() + 1);
    ledger_.streams.push_back(
        {.id = id, .server = 0, .to = *to, .tls = tls, .started = now, .ended = {}, .report = {}});
    actions_.emplace_back(TryStream{id, *to, tls, config_.servers.front().tls_name});
}

void Discovery::on_socket(SocketId id, const TransportAddress& local, Time now) {
    if (finished_) return;
    opened_.push_back(id);
    ledger_.sockets.push_back({id, local});
    advance(now);
}

void Discovery::on_socket_failed(SocketId id, const FaultReport& fault, Time now) {
    if (finished_) return;
    failed_.push_back(id);
    ledger_.socket_faults.push_back({now, fault});
    advance(now);
}

void Discovery::on_datagram(SocketId id, const TransportAddress& source,
                            const std::optional<IpAddress>& local_ip,
                            std::span<const std::byte> bytes, Time now) {
    if (finished_) return;
    const auto stray = [&](std::string what) {
        ++ledger_.stray_count;
        if (ledger_.strays.size() < kMaxStrays) {
            ledger_.strays.push_back({now, source, std::move(what)});
        }
    };
    const auto message = stun::MessageView::parse(bytes);
    if (!message) return stray("not STUN: " + message.error().message);
    if (message->method() != stun::Method::Binding) return stray("of another method than Binding");
    const stun::TransactionId transaction = message->transaction_id();
    const auto match =
        std::find_if(ledger_.probes.begin(), ledger_.probes.end(),
                     [&](const Probe& candidate) { return candidate.id == transaction; });
    if (match == ledger_.probes.end()) return stray("unknown transaction id");
    // A request of ours comes back only by hairpinning; a response only to the socket that asked.
    const bool hairpinned =
        match->role == Role::Hairpin && message->message_class() == stun::MessageClass::Request;
    if (match->socket != id && !hairpinned) return stray("reply on another socket");
    ++match->arrival_count;
    if (match->arrivals.size() < kMaxArrivals) {
        Arrival& arrival = match->arrivals.emplace_back();
        // What arrives in the microsecond of a packet already sent comes after it: the order
        // decides whether a filter was open before.
        arrival.at = std::max(now, last_sent_ + Duration(1));
        arrival.socket = id;
        arrival.source = source;
        arrival.local_ip = local_ip;
        arrival.bytes.assign(bytes.begin(), bytes.end());
        arrival.decode(*message);
    }
    advance(now);
}

void Discovery::on_fault(SocketId id, const TransportAddress& to, const FaultReport& fault,
                         Time now) {
    if (finished_) return;
    constexpr std::size_t kMaxFaults = 16;
    for (Probe& candidate : ledger_.probes) {
        if (candidate.socket != id || candidate.destination != to) continue;
        if (candidate.faults.size() < kMaxFaults) candidate.faults.push_back({now, fault});
    }
    advance(now);
}

void Discovery::on_stream(StreamId id, const StreamReport& report, Time now) {
    if (finished_) return;
    for (StreamRecord& stream : ledger_.streams) {
        if (stream.id != id || stream.ended) continue;
        stream.ended = now;
        stream.report = report;
    }
    advance(now);
}

void Discovery::on_time(Time now) {
    if (!finished_) advance(now);
}

void Discovery::cancel(Time now) {
    if (!finished_) finish(now, true);
}

std::vector<Action> Discovery::take_actions() {
    return std::exchange(actions_, {});
}

std::optional<Time> Discovery::next_wakeup() const {
    if (finished_) return std::nullopt;
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
        try_stream(config_.servers.front().tls, true, now);
    }
    if (unreachable(now)) return finish(now, false);
    ask_other_servers(now);
    choose_servers();
    advance_filtering(now);
    advance_mapping(now);
    advance_change_controls(now);
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
    ledger_.ended = now;
    ledger_.cut_off = cut_off;
    finished_ = true;
    for (Flow& flow : flows_)
        flow.active = false;
    for (const SocketId id : opened_)
        actions_.emplace_back(CloseSocket{id});
}

}  // namespace portolan::discovery
