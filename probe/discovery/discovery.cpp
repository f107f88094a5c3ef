#include "probe/discovery/discovery.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace portolan::discovery {

namespace {

using std::chrono::milliseconds;

// The other servers are asked, and TLS is tried, when the first has not answered for this long.
constexpr Duration kPatience = milliseconds(150);
// ICMP errors and EPERM are believed when nothing contradicts them for this long.
constexpr Duration kFaultSettles = milliseconds(150);
// Nothing answered, not even TCP: longer than any round trip that a call could live with.
constexpr Duration kNoAnswer = milliseconds(1000);
// With the host known to be there by TCP.
constexpr Duration kSilentAtLeast = milliseconds(400);
constexpr int kSilentCopies = 10;

constexpr Duration kDenseSpacing = milliseconds(25);
constexpr int kDenseCopies = 10;
constexpr int kPointCopies = 10;
constexpr int kMapAttempts = 3;
constexpr std::size_t kOtherServers = 5;

bool is_filter_role(Role role) {
    return role == Role::FilterControl || role == Role::FilterIpPort || role == Role::FilterPort;
}

bool is_change_role(Role role) {
    return role == Role::FilterIpPort || role == Role::FilterPort ||
           role == Role::ChangeControlIpPort || role == Role::ChangeControlPort;
}

bool is_server_fault(FilterAnswer answer) {
    return answer == FilterAnswer::ServerIgnores || answer == FilterAnswer::ServerRejects ||
           answer == FilterAnswer::ServerWrongAddress || answer == FilterAnswer::ServerError;
}

}  // namespace

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

Discovery::ServerState Discovery::state_of(int server, Time now) const {
    std::optional<Time> contact;
    std::optional<Time> first_fault;
    int copies = 0;
    for (const Probe& candidate : ledger_.probes) {
        if (candidate.server != server || candidate.sent.empty()) continue;
        for (const Arrival& arrival : candidate.arrivals) {
            if (is_response(candidate, arrival)) return ServerState::Answered;
        }
        if (!contact || candidate.sent.front() < *contact) contact = candidate.sent.front();
        copies = std::max(copies, static_cast<int>(candidate.sent.size()));
        for (const Fault& fault : candidate.faults) {
            if (fault.report.fault == NetworkFault::Other) continue;
            if (!first_fault || fault.at < *first_fault) first_fault = fault.at;
        }
    }
    if (!contact) return ServerState::Unasked;
    bool streams_open = false;
    for (const StreamRecord& stream : ledger_.streams) {
        if (stream.server != server) continue;
        if (!stream.ended) {
            streams_open = true;
            continue;
        }
        const StreamOutcome outcome = stream.report->outcome;
        if (outcome != StreamOutcome::Connected && outcome != StreamOutcome::Refused &&
            outcome != StreamOutcome::TlsFailed) {
            continue;
        }
        const Duration rtt = *stream.ended - stream.started;
        if (!first_fault && copies >= kSilentCopies &&
            now - *contact >= std::max(kSilentAtLeast, 4 * rtt + milliseconds(100))) {
            return ServerState::Silent;
        }
    }
    if (first_fault && now - *first_fault >= kFaultSettles &&
        (!streams_open || now - *contact >= kSilentAtLeast)) {
        return ServerState::Faulted;
    }
    if (now - ledger_.started >= kNoAnswer && now - *contact >= kSilentAtLeast) {
        return ServerState::Silent;
    }
    return ServerState::Asked;
}

bool Discovery::unreachable(Time now) const {
    for (std::size_t i = 0; i < config_.servers.size(); ++i) {
        if (i > kOtherServers) break;
        const ServerState state = state_of(static_cast<int>(i), now);
        if (state != ServerState::Faulted && state != ServerState::Silent) return false;
    }
    return true;
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
    const SocketId ip_port = open_socket(0);
    const SocketId port = open_socket(0);
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

void Discovery::advance_filtering(Time now) {
    filtering_done_ = false;
    if (filter_server_ < 0) {
        if (unfit_[static_cast<std::size_t>(filter_attempts_.back().server)]) stop_filtering();
        filtering_done_ = !may_qualify(now);
        return;
    }
    FilterAttempt& attempt = filter_attempts_.back();
    const int index = static_cast<int>(filter_attempts_.size()) - 1;
    if (!attempt.sent) {
        if (is_failed(attempt.ip_port) || is_failed(attempt.port)) {
            filtering_done_ = true;
            return;
        }
        if (!is_open(attempt.ip_port) || !is_open(attempt.port) || !take_places(4, now)) return;
        attempt.sent = true;
        const TransportAddress server =
            config_.servers[static_cast<std::size_t>(attempt.server)].address;
        begin(Role::FilterControl, attempt.ip_port, attempt.server, index, server, now);
        begin(Role::FilterIpPort, attempt.ip_port, attempt.server, index, server, now);
        begin(Role::FilterControl, attempt.port, attempt.server, index, server, now);
        begin(Role::FilterPort, attempt.port, attempt.server, index, server, now);
    }
    const FilterReading ip_port = read_filter(ledger_, Role::FilterIpPort, index, now);
    const FilterReading port = read_filter(ledger_, Role::FilterPort, index, now);
    if (is_server_fault(ip_port.answer) || is_server_fault(port.answer)) {
        unfit_[static_cast<std::size_t>(filter_server_)] = true;
        filter_server_ = -1;
        stop_filtering();
        filtering_done_ = !may_qualify(now);
        return;
    }
    const bool open = ip_port.answer == FilterAnswer::Open;
    filtering_done_ =
        ip_port.answer != FilterAnswer::Pending && (open || port.answer != FilterAnswer::Pending);
    for (const FilterReading& reading : {ip_port, port}) {
        const bool wanted = reading.answer == FilterAnswer::Pending && !open;
        for (const ProbeId id : {reading.control, reading.change}) {
            if (id < 0) continue;
            if (wanted) {
                resume(id, now);
            } else {
                stop(id);
            }
        }
        if (!wanted) continue;
        const auto rtt = rtt_range(ledger_, filter_server_);
        if (!rtt) continue;
        for (const Time sent : probe(reading.change).sent) {
            const Time due = sent + reply_wait(*rtt);
            if (due > now && (!decide_at_ || due < *decide_at_)) decide_at_ = due;
        }
    }
}

void Discovery::send_points(MapAttempt& attempt, int index, Time now) {
    const TransportAddress own = config_.servers[static_cast<std::size_t>(map_server_)].address;
    const TransportAddress other =
        as_seen_here(ledger_, *audit_server(ledger_, map_server_).other_address);
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
        const bool silent_server = state_of(probe(id).server, now) == ServerState::Silent ||
                                   state_of(probe(id).server, now) == ServerState::Faulted;
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
    const bool differs = std::any_of(seen.begin(), seen.end(),
                                     [&](const auto& mapped) { return mapped != seen.front(); });
    if (kind == PatternKind::Drifted || !anchor) {
        mapping_done_ = true;
        return;
    }
    if (!differs) {
        mapping_done_ = !wants_another_socket(ledger_) || index + 1 >= kMapAttempts;
        if (!mapping_done_) map_attempts_.push_back({.socket = open_socket(0)});
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
    if (wants_another_socket(ledger_) && index + 1 < kMapAttempts) {
        map_attempts_.push_back({.socket = open_socket(0)});
        return;
    }
    mapping_done_ = true;
}

void Discovery::advance_change_controls(Time now) {
    controls_done_ = false;
    if (!filtering_done_ || !mapping_done_) return;
    controls_done_ = true;
    if (filter_server_ < 0 || config_.sabotage.skip_controls || config_.sabotage.single_copy) {
        return;
    }
    const int index = static_cast<int>(filter_attempts_.size()) - 1;
    const auto patterns = mapping_patterns(ledger_);
    const auto pattern = std::find_if(patterns.begin(), patterns.end(),
                                      [](const auto& candidate) { return candidate.attempt == 0; });
    if (pattern == patterns.end()) return;
    for (const Role question : {Role::FilterIpPort, Role::FilterPort}) {
        const FilterReading reading = read_filter(ledger_, question, index, now);
        if (reading.answer != FilterAnswer::Silent) continue;
        ChangeControlReading control = read_change_control(ledger_, question, index, now);
        if (control.state == ChangeControl::NotSent) {
            ask_change_control(question, *pattern, now);
            control = read_change_control(ledger_, question, index, now);
            if (places_at_) controls_done_ = false;
        }
        if (control.state == ChangeControl::Pending) {
            controls_done_ = false;
        } else if (control.probe >= 0) {
            stop(control.probe);
        }
    }
}

/// The request that was met with silence, where every NAT must let the reply in: from a socket that
/// has sent to the alternate address. Where that made another mapping, RESPONSE-PORT (RFC 5780
/// s7.5) directs the reply to it.
void Discovery::ask_change_control(Role question, const MappingPattern& pattern, Time now) {
    if (!pattern.pp || probe(*pattern.pp).server != filter_server_) return;
    const bool both = question == Role::FilterIpPort;
    const auto here = mapped_of(ledger_, pattern.pp);
    const auto there = mapped_of(ledger_, both ? pattern.aa : pattern.pa);
    if (!here || !there || here->ip != there->ip) return;
    if (!take_places(1, now)) return;
    std::optional<std::uint16_t> response_port;
    if (here->port != there->port) response_port = there->port;
    begin(both ? Role::ChangeControlIpPort : Role::ChangeControlPort, pattern.socket,
          filter_server_, static_cast<int>(filter_attempts_.size()) - 1,
          probe(*pattern.pp).destination, now, response_port);
}

/// RFC 5780 s3.4 between two sockets that have opened their doors to each other, so that filtering
/// cannot be mistaken for missing hairpinning.
void Discovery::advance_hairpin(Time now) {
    hairpin_done_ = true;
    if (!config_.hairpin) return;
    hairpin_done_ = false;
    if (!mapping_done_ || !filtering_done_ || !controls_done_) return;
    const auto first =
        std::find_if(ledger_.probes.begin(), ledger_.probes.end(), [&](const Probe& candidate) {
            return candidate.socket == map_attempts_.front().socket &&
                   first_answer(ledger_, candidate) != nullptr;
        });
    if (first == ledger_.probes.end()) {
        hairpin_done_ = true;
        return;
    }
    const TransportAddress server = first->destination;
    const int server_index = first->server;
    const auto mapped = last_answer(ledger_, *first)->mapped_xor;
    if (hairpin_socket_ == 0) hairpin_socket_ = open_socket(0);
    if (is_failed(hairpin_socket_)) {
        hairpin_done_ = true;
        return;
    }
    if (!is_open(hairpin_socket_)) return;
    if (hairpin_control_ < 0) {
        if (!take_places(1, now)) return;
        hairpin_control_ =
            begin(Role::HairpinControl, hairpin_socket_, server_index, 0, server, now);
    }
    if (!answered(hairpin_control_)) {
        hairpin_done_ = given_up(hairpin_control_, now);
        return;
    }
    stop(hairpin_control_);
    if (hairpin_in_ < 0) {
        if (!take_places(2, now)) return;
        const auto own = mapped_of(ledger_, hairpin_control_);
        hairpin_in_ = begin(Role::Hairpin, hairpin_socket_, server_index, 0, *mapped, now);
        hairpin_out_ =
            begin(Role::Hairpin, map_attempts_.front().socket, server_index, 1, *own, now);
    }
    const bool arrived =
        !probe(hairpin_in_).arrivals.empty() || !probe(hairpin_out_).arrivals.empty();
    constexpr Duration kHairpinWait = milliseconds(300);
    const Probe& in = probe(hairpin_in_);
    const bool silent =
        static_cast<int>(in.sent.size()) >= copy_limit(in) && now - in.sent.back() >= kHairpinWait;
    hairpin_done_ = arrived || silent;
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

// --- transactions -----------------------------------------------------------------------------

ProbeId Discovery::begin(Role role, SocketId socket, int server, int attempt,
                         const TransportAddress& to, Time now,
                         std::optional<std::uint16_t> response_port) {
    Probe& fresh = ledger_.probes.emplace_back();
    fresh.role = role;
    fresh.socket = socket;
    fresh.server = server;
    fresh.attempt = attempt;
    fresh.destination = to;
    fresh.id = entropy_.transaction_id();
    fresh.change_ip = role == Role::FilterIpPort || role == Role::ChangeControlIpPort;
    fresh.change_port = is_change_role(role);
    fresh.response_port = response_port;
    std::array<std::byte, 64> buffer{};
    stun::MessageWriter writer(buffer, stun::MessageClass::Request, stun::Method::Binding,
                               fresh.id);
    if (fresh.change_port) writer.add_change_request(fresh.change_ip, fresh.change_port);
    if (response_port) writer.add_u16(stun::AttributeType::ResponsePort, *response_port);
    fresh.request.assign(writer.bytes().begin(), writer.bytes().end());
    fresh.sent.reserve(16);
    const auto id = static_cast<ProbeId>(ledger_.probes.size() - 1);
    flows_.push_back({.probe = id});
    send_copy(flows_.back(), now);
    return id;
}

void Discovery::send_copy(Flow& flow, Time now) {
    Probe& subject = probe(flow.probe);
    subject.sent.push_back(now);
    last_sent_ = now;
    flow.next = now + spacing(subject);
    actions_.emplace_back(SendDatagram{subject.socket, subject.destination, subject.request});
}

Duration Discovery::spacing(const Probe& subject) const {
    const auto copies = static_cast<int>(subject.sent.size());
    if (is_filter_role(subject.role)) {
        if (copies < kDenseCopies) {
            // Half a step apart, so that the two sockets' copies do not travel in one burst (RFC
            // 5780 s5, SHOULD).
            const bool shift = copies == 1 && is_second_filter_socket(subject.socket);
            return shift ? kDenseSpacing + kDenseSpacing / 2 : kDenseSpacing;
        }
        return copies < 4 * kDenseCopies ? milliseconds(50) : milliseconds(100);
    }
    const auto rtt = rtt_range(ledger_, subject.server);
    if (!rtt) return copies < kDenseCopies ? milliseconds(50) : milliseconds(100);
    return std::clamp<Duration>(rtt->max + milliseconds(10), milliseconds(40), milliseconds(250));
}

int Discovery::copy_limit(const Probe& subject) const {
    if (config_.sabotage.single_copy) return 1;
    switch (subject.role) {
        case Role::Hairpin:
            return 5;
        case Role::MapPA:
        case Role::MapAP:
        case Role::MapAA:
            return kPointCopies;
        case Role::ChangeControlIpPort:
        case Role::ChangeControlPort:
            return kControlCopies;
        default:
            return 120;
    }
}

void Discovery::send_due(Time now) {
    // In either order: a policer on the way drops the second of two packets that come together, and
    // must not always meet the question and never its control.
    if (entropy_.coin()) {
        for (Flow& flow : flows_)
            send_if_due(flow, now);
    } else {
        for (auto flow = flows_.rbegin(); flow != flows_.rend(); ++flow)
            send_if_due(*flow, now);
    }
}

void Discovery::send_if_due(Flow& flow, Time now) {
    if (!flow.active || flow.next > now) return;
    const Probe& subject = probe(flow.probe);
    if (static_cast<int>(subject.sent.size()) < copy_limit(subject)) {
        send_copy(flow, now);
    } else {
        flow.next = now + spacing(subject);
    }
}

Discovery::Flow& Discovery::flow_of(ProbeId id) {
    // One flow a probe, in the same order.
    return flows_[static_cast<std::size_t>(id)];
}

void Discovery::resume(ProbeId id, Time now) {
    Flow& flow = flow_of(id);
    if (flow.active) return;
    flow.active = true;
    flow.next = std::max(flow.next, now);
}

void Discovery::stop(ProbeId id) {
    flow_of(id).active = false;
}

void Discovery::stop_filtering() {
    for (std::size_t i = 0; i < ledger_.probes.size(); ++i) {
        if (is_filter_role(ledger_.probes[i].role)) stop(static_cast<ProbeId>(i));
    }
}

bool Discovery::answered(ProbeId id) const {
    return first_answer(ledger_, probe(id)) != nullptr;
}

bool Discovery::given_up(ProbeId id, Time now) const {
    const Probe& subject = probe(id);
    if (static_cast<int>(subject.sent.size()) < std::min(kPointCopies, copy_limit(subject))) {
        return false;
    }
    const auto rtt = rtt_range(ledger_, subject.server);
    const Duration wait = rtt ? reply_wait(*rtt) : kNoAnswer;
    return now - subject.sent[std::min<std::size_t>(subject.sent.size(), kPointCopies) - 1] >= wait;
}

bool Discovery::is_second_filter_socket(SocketId id) const {
    return std::any_of(filter_attempts_.begin(), filter_attempts_.end(), [&](const auto& attempt) {
        return attempt.port == id && attempt.ip_port != id;
    });
}

SocketId Discovery::open_socket(std::uint16_t port) {
    const SocketId id = next_socket_++;
    actions_.emplace_back(
        OpenSocket{id, config_.family, config_.bind_ip, port != 0 ? port : entropy_.port()});
    return id;
}

bool Discovery::is_open(SocketId id) const {
    return std::find(opened_.begin(), opened_.end(), id) != opened_.end();
}

bool Discovery::is_failed(SocketId id) const {
    return std::find(failed_.begin(), failed_.end(), id) != failed_.end();
}

bool Discovery::take_places(int count, Time now) {
    if (config_.pacer->try_take(now, count)) return true;
    const Time at = config_.pacer->ready_at(now, count);
    places_at_ = places_at_ ? std::min(*places_at_, at) : at;
    return false;
}

}  // namespace portolan::discovery
