#include <algorithm>
#include <array>
#include <cstring>

#include "probe/discovery/tests/sim_world.hpp"

// What happens to the actions and to the packets; the loop, the rules of conduct and the paths are
// in sim_world.cpp.
namespace portolan::discovery::sim {

namespace {

using std::chrono::seconds;

constexpr Duration kConnectTimeout = seconds(30);  // far beyond any budget: nobody may wait for it
constexpr Duration kSynRetransmission = seconds(1);  // RFC 6298 s2.1
constexpr Duration kLanDelay = std::chrono::milliseconds(1);
constexpr std::size_t kReceiveBuffer = 9216;  // as transport::UdpOptions has it

}  // namespace

void World::perform(int machine, const OpenSocket& action) {
    Machine& opener = *state_of(machine).machine;
    if (socket(machine, action.id) != nullptr) violation("a socket id is used twice");
    SocketState state;
    state.id = action.id;
    state.machine = static_cast<std::int16_t>(machine);
    const auto& ips = rules_->host_ips;
    const auto ip = std::find_if(ips.begin(), ips.end(), [&](const IpAddress& own) {
        return action.bind_ip ? own == *action.bind_ip : own.family() == action.family;
    });
    const bool fails =
        rules_->socket_fault && static_cast<int>(sockets_.size()) >= rules_->sockets_that_open;
    if (fails || ip == ips.end()) {
        sockets_.push_back(state);
        const NetworkFault fault = fails ? *rules_->socket_fault : NetworkFault::NoRoute;
        opener.on_socket_failed(action.id, {fault, std::nullopt, "simulated"}, now_);
        return;
    }
    state.inside.ip = *ip;
    state.inside.port = action.preferred_port;
    const auto taken = [&] {
        return std::any_of(sockets_.begin(), sockets_.end(), [&](const SocketState& other) {
            return other.open && other.inside == state.inside;
        });
    };
    while (state.inside.port == 0 || taken()) {
        state.inside.port = static_cast<std::uint16_t>(32768 + random_.below(32768));
    }
    state.open = true;
    sockets_.push_back(state);
    TransportAddress local = state.inside;
    if (!action.bind_ip) local.ip = IpAddress::any(action.family);
    opener.on_socket(action.id, local, now_);
}

void World::perform(int machine, const CloseSocket& action) {
    SocketState* state = socket(machine, action.id);
    if (state == nullptr || !state->open) {
        violation("closes a socket that is not open");
    } else {
        state->open = false;
    }
}

void World::note_transaction(const std::vector<std::byte>& bytes) {
    if (bytes.size() < stun::kHeaderBytes) {
        violation("sends something that is not STUN");
        return;
    }
    stun::TransactionId id;
    std::memcpy(id.octets.data(), bytes.data() + 4, id.octets.size());
    if (std::find(transactions_.begin(), transactions_.end(), id) != transactions_.end()) return;
    transactions_.push_back(id);
    transaction_times_.push_back(now_);
}

void World::report_fault(int machine, SocketId id, const TransportAddress& to, NetworkFault fault) {
    FaultReport report{fault, std::nullopt, "simulated"};
    if (fault == rules_->icmp) report.reported_by = rules_->icmp_from;
    if (fault == NetworkFault::IcmpPortUnreachable && !report.reported_by) {
        report.reported_by = to.ip;
    }
    state_of(machine).machine->on_fault(id, to, report, now_);
}

void World::perform(int machine, const SendDatagram& action) {
    const SocketState* from = socket(machine, action.socket);
    if (from == nullptr || !from->open) {
        violation("sends on a socket that is not open");
        return;
    }
    ++trace_.packets_sent;
    auto& seen = trace_.destinations;
    if (std::find(seen.begin(), seen.end(), action.to) == seen.end()) seen.push_back(action.to);
    note_transaction(action.bytes);
    hostile_moment(machine);

    const auto& exempt = rules_->udp_ports_exempt;
    const bool policed = rules_->udp != UdpPolicy::Allowed &&
                         std::find(exempt.begin(), exempt.end(), action.to.port) == exempt.end() &&
                         std::find(rules_->udp_ips_exempt.begin(), rules_->udp_ips_exempt.end(),
                                   action.to.ip) == rules_->udp_ips_exempt.end();
    if (policed && rules_->udp == UdpPolicy::HostFirewall) {
        report_fault(machine, action.socket, action.to, NetworkFault::NotPermitted);
        return;
    }
    if (policed && rules_->udp == UdpPolicy::NoRoute) {
        report_fault(machine, action.socket, action.to, NetworkFault::NoRoute);
        return;
    }
    const auto& unrouted = rules_->unrouted;
    if (std::find(unrouted.begin(), unrouted.end(), from->inside.ip) != unrouted.end()) return;
    const Link& link = link_to(action.to.ip);
    const bool lost = loses(link, out_) || in_outage(now_);
    if (swallows(action.to)) return;
    // A lost packet has passed the NAT or not: half of each.
    if (lost && random_.chance(0.5)) return;

    const std::int32_t slot = take_slot();
    Slot& place = slots_[static_cast<std::size_t>(slot)];
    place.packet.from = from->inside;
    for (const auto& [remote, local] : rules_->source_for) {
        if (remote == action.to.ip) place.packet.from.ip = local;
    }
    place.packet.to = action.to;
    place.packet.bytes.assign(action.bytes.begin(), action.bytes.end());
    place.asked = action.to;
    place.machine = static_cast<std::int16_t>(machine);
    place.socket = action.socket;
    if (policed) {
        const bool told = !rules_->icmp_limit || icmp_sent_ < *rules_->icmp_limit;
        if (rules_->udp == UdpPolicy::Prohibited && !lost && told) {
            ++icmp_sent_;
            Event event;
            event.at = now_ + one_way(link);
            event.kind = Kind::Fault;
            event.fault = rules_->icmp;
            event.slot = slot;
            schedule(event);
        } else {
            free_slot(slot);
        }
        return;
    }
    for (std::size_t level = 0; level < nats_.size(); ++level) {
        const NatVerdict verdict = nats_[level].outbound(place.packet, now_);
        if (verdict == NatVerdict::Forward) continue;
        if (verdict == NatVerdict::Hairpin && !lost) {
            turn_around(slot, level);
        } else {
            free_slot(slot);
        }
        return;
    }
    const auto& own = rules_->host_ips;
    if (std::find(own.begin(), own.end(), place.packet.to.ip) != own.end()) {
        turn_around(slot, 0);  // the host's stack delivers to itself
        return;
    }
    if (lost) {
        free_slot(slot);
        return;
    }
    Event event;
    event.at = now_ + one_way(link);
    event.kind = Kind::AtServer;
    event.slot = slot;
    schedule(event);
    if (random_.chance(link.duplication)) {
        const std::int32_t copy = take_slot();
        slots_[static_cast<std::size_t>(copy)] = slots_[static_cast<std::size_t>(slot)];
        event.at = now_ + one_way(link);
        event.slot = copy;
        schedule(event);
    }
}

void World::turn_around(std::int32_t slot, std::size_t nats_left) {
    Event event;
    event.at = now_ + kLanDelay;
    event.kind = Kind::AtEdge;
    event.slot = slot;
    event.id = static_cast<std::int32_t>(nats_left);
    schedule(event);
}

void World::perform(int machine, const TryStream& action) {
    StreamOutcome outcome = action.tls ? rules_->tls : rules_->tcp;
    const IpAddress local = action.bind_ip.value_or(rules_->host_ips.front());
    const auto& unrouted = rules_->unrouted;
    if (std::find(unrouted.begin(), unrouted.end(), local) != unrouted.end()) {
        outcome = StreamOutcome::TimedOut;
    }
    const Link& link = link_to(action.to.ip);
    const auto round_trip = [&] {
        Duration total = one_way(link) + one_way(link);
        while (loses(link, out_) || loses(link, in_) || in_outage(now_ + total)) {
            total += kSynRetransmission;
        }
        return total;
    };
    Duration delay{};
    switch (outcome) {
        case StreamOutcome::Connected:
            delay = round_trip();
            if (action.tls) delay += round_trip() + round_trip();  // TLS 1.2; 1.3 needs one less
            break;
        case StreamOutcome::Refused:
        case StreamOutcome::Unreachable:
            delay = round_trip();
            break;
        case StreamOutcome::TlsFailed:
            delay = round_trip() + round_trip();
            break;
        case StreamOutcome::TimedOut:
            delay = kConnectTimeout;
            break;
        case StreamOutcome::NotPermitted:
            break;
    }
    Event event;
    event.at = now_ + delay;
    event.kind = Kind::Stream;
    event.machine = static_cast<std::int16_t>(machine);
    event.id = action.id;
    event.outcome = outcome;
    if (outcome == StreamOutcome::Connected && !action.request.empty()) {
        event.slot = take_slot();
        Slot& place = slots_[static_cast<std::size_t>(event.slot)];
        place.packet.to = action.to;
        place.packet.bytes = action.request;
    }
    schedule(event);
}

/// The request follows the handshake; the answer, where there is one, a round trip later.
void World::ask_over_stream(const Event& connected) {
    const IpAddress to = slots_[static_cast<std::size_t>(connected.slot)].packet.to.ip;
    const bool answered = std::any_of(servers_.begin(), servers_.end(), [&](const Server& server) {
        return server.owns(to) && server.answers_streams();
    });
    if (!answered) return free_slot(connected.slot);
    Event event = connected;
    event.kind = Kind::StreamReply;
    event.at = now_ + one_way(link_to(to)) + one_way(link_to(to));
    schedule(event);
}

void World::deliver_stream_reply(const Event& event) {
    const auto request =
        stun::MessageView::parse(slots_[static_cast<std::size_t>(event.slot)].packet.bytes);
    std::array<std::byte, 64> buffer{};
    if (request && !state_of(event.machine).ended) {
        stun::MessageWriter writer(buffer, stun::MessageClass::SuccessResponse,
                                   stun::Method::Binding, request->transaction_id());
        writer.add_address(stun::AttributeType::XorMappedAddress, {rules_->host_ips.front(), 1});
        const TransportAddress& to = slots_[static_cast<std::size_t>(event.slot)].packet.to;
        for (const Server& server : servers_) {
            const auto other = server.owns(to.ip) ? server.named_over_streams(to) : std::nullopt;
            if (other) writer.add_address(stun::AttributeType::OtherAddress, *other);
        }
        const auto bytes = writer.bytes();
        state_of(event.machine)
            .machine->on_stream(
                event.id, {StreamOutcome::Connected, "simulated", {bytes.begin(), bytes.end()}},
                now_);
        drain(event.machine);
    }
    free_slot(event.slot);
}

void World::handle(const Event& event) {
    MachineState& state = state_of(event.machine);
    switch (event.kind) {
        case Kind::Start:
            state.has_started = true;
            state.machine->start(now_);
            drain(event.machine);
            break;
        case Kind::AtServer:
            serve(event.slot);
            break;
        case Kind::AtEdge:
            travel_in(event.slot, static_cast<std::size_t>(event.id));
            break;
        case Kind::Fault: {
            const Slot& slot = slots_[static_cast<std::size_t>(event.slot)];
            const SocketState* from = socket(slot.machine, slot.socket);
            if (from != nullptr && from->open) {
                report_fault(slot.machine, slot.socket, slot.asked, event.fault);
                drain(slot.machine);
            }
            free_slot(event.slot);
            break;
        }
        case Kind::Stream:
            if (!state.ended) {
                state.machine->on_stream(event.id, {event.outcome, "simulated"}, now_);
                drain(event.machine);
            }
            if (event.slot >= 0) ask_over_stream(event);
            break;
        case Kind::StreamReply:
            deliver_stream_reply(event);
            break;
        case Kind::Hostile:
            deliver_hostile(event);
            break;
    }
}

void World::serve(std::int32_t slot) {
    const Slot& request = slots_[static_cast<std::size_t>(slot)];
    const Packet& packet = request.packet;
    const Link& link = link_to(packet.to.ip);
    for (Server& server : servers_) {
        if (!server.owns(packet.to.ip)) continue;
        if (server.refuses(packet.to)) {
            Event event;
            event.at = now_ + one_way(link);
            event.kind = Kind::Fault;
            event.fault = NetworkFault::IcmpPortUnreachable;
            event.slot = slot;
            if (loses(link, in_)) {
                free_slot(slot);
            } else {
                schedule(event);
            }
            return;
        }
        server.answer(
            packet, now_,
            [&](const TransportAddress& from, const TransportAddress& to, stun::Bytes bytes) {
                const Link& back = link_to(from.ip);
                const int copies = random_.chance(back.duplication) ? 2 : 1;
                for (int copy = 0; copy < copies; ++copy) {
                    if (loses(back, in_) || in_outage(now_)) continue;
                    const std::int32_t reply = take_slot();
                    Slot& place = slots_[static_cast<std::size_t>(reply)];
                    place.packet.from = from;
                    place.packet.to = to;
                    place.packet.bytes.assign(bytes.begin(), bytes.end());
                    Event event;
                    event.at = now_ + one_way(back) + straggling(from);
                    event.kind = Kind::AtEdge;
                    event.id = static_cast<std::int32_t>(nats_.size());
                    event.slot = reply;
                    schedule(event);
                }
            });
        break;
    }
    free_slot(slot);
}

void World::travel_in(std::int32_t slot, std::size_t nats_left) {
    Packet& packet = slots_[static_cast<std::size_t>(slot)].packet;
    while (nats_left > 0) {
        if (nats_[--nats_left].inbound(packet, now_) == NatVerdict::Drop) {
            free_slot(slot);
            return;
        }
    }
    deliver(slot);
}

void World::deliver(std::int32_t slot) {
    // Taken out of the slot: the machine's answer may need slots.
    const Packet& packet = slots_[static_cast<std::size_t>(slot)].packet;
    const auto to = std::find_if(sockets_.begin(), sockets_.end(), [&](const SocketState& state) {
        // A wildcard socket has all of the host's addresses.
        return state.open && state.inside.port == packet.to.port &&
               state.inside.family() == packet.to.family() &&
               (state.inside.ip == packet.to.ip ||
                std::find(rules_->host_ips.begin(), rules_->host_ips.end(), packet.to.ip) !=
                    rules_->host_ips.end());
    });
    if (to != sockets_.end() && packet.bytes.size() > kReceiveBuffer) {
        const int machine = to->machine;
        state_of(machine).machine->on_oversized(to->id, packet.from,
                                                std::span(packet.bytes).first(kReceiveBuffer),
                                                packet.bytes.size(), now_);
        drain(machine);
    } else if (to != sockets_.end()) {
        ++trace_.packets_delivered;
        const int machine = to->machine;
        const SocketId id = to->id;
        std::optional<IpAddress> local_ip;
        if (rules_->driver_knows_local_ip) local_ip = packet.to.ip;
        if (rules_->hostility.rate > 0.0) hostile_.capture(id, packet.from, packet.bytes);
        hostile_moment(machine);
        state_of(machine).machine->on_datagram(id, packet.from, local_ip, packet.bytes, now_);
        drain(machine);
    }
    free_slot(slot);
}

void World::hostile_moment(int machine) {
    const Hostility& rules = rules_->hostility;
    Random& random = hostile_.random();
    for (const bool icmp : {false, true}) {
        if (!random.chance(icmp ? rules.icmp_rate : rules.rate)) continue;
        Event event;
        event.at = now_ + Duration(random.between(0, rules.horizon.count()));
        event.kind = Kind::Hostile;
        event.machine = static_cast<std::int16_t>(machine);
        event.id = icmp ? 1 : 0;
        schedule(event);
    }
}

void World::deliver_hostile(const Event& event) {
    Random& random = hostile_.random();
    MachineState& state = state_of(event.machine);
    if (state.ended || sockets_.empty()) return;
    const SocketState& target = sockets_[random.below(static_cast<std::uint32_t>(sockets_.size()))];
    if (!target.open || target.machine != event.machine) return;
    if (event.id == 1) {
        constexpr NetworkFault kFaults[] = {NetworkFault::IcmpPortUnreachable,
                                            NetworkFault::IcmpUnreachable,
                                            NetworkFault::IcmpProhibited, NetworkFault::Other};
        const auto& seen = trace_.destinations;
        if (seen.empty()) return;
        const auto to = seen[random.below(static_cast<std::uint32_t>(seen.size()))];
        report_fault(event.machine, target.id, to, kFaults[random.below(4)]);
    } else {
        const Captured datagram = hostile_.make(target.id);
        const SocketState* onto = socket(event.machine, datagram.socket);
        if (onto == nullptr || !onto->open) return;
        state.machine->on_datagram(datagram.socket, datagram.source, onto->inside.ip,
                                   datagram.bytes, now_);
    }
    drain(event.machine);
}

std::int32_t World::take_slot() {
    if (free_slots_.empty()) {
        slots_.emplace_back();
        return static_cast<std::int32_t>(slots_.size()) - 1;
    }
    const std::int32_t slot = free_slots_.back();
    free_slots_.pop_back();
    return slot;
}

void World::free_slot(std::int32_t slot) {
    free_slots_.push_back(slot);
}

}  // namespace portolan::discovery::sim
