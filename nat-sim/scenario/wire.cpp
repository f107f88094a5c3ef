#include "nat-sim/scenario/wire.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

#include "nat-sim/network/ip.hpp"

namespace portolan::scenario {

namespace {

constexpr std::size_t kMinTcpHeaderBytes = 20;
constexpr std::size_t kTcpDataOffsetAt = 12;
constexpr std::size_t kStunHeaderBytes = 20;
// RFC 4571 s2: a length before each packet of a stream.
constexpr std::size_t kFrameLengthBytes = 2;

/// RFC 7983 s7: what RTP and RTCP begin with, and nothing else that shares their port.
bool is_rtp(std::span<const std::byte> payload) {
    return payload.size() >= 12 && payload[0] >= std::byte{128} && payload[0] <= std::byte{191};
}

/// A Binding request (RFC 8489 s5) with more than a bare header: checks carry USERNAME.
bool is_check(std::span<const std::byte> payload) {
    return payload.size() > 28 && payload[0] == std::byte{0} && payload[1] == std::byte{1};
}

/// A Binding success response.
bool is_success(std::span<const std::byte> payload) {
    return payload[0] == std::byte{1} && payload[1] == std::byte{1};
}

/// Not its relays, whose addresses are others.
bool is_turn_server(const IpAddress& ip) {
    for (const std::size_t party : {0, 1}) {
        const IpAddress v4 = turn_address(party, AddressFamily::IPv4);
        if (ip == v4 || ip == nat64_address(v4) || ip == turn_address(party, AddressFamily::IPv6)) {
            return true;
        }
    }
    return false;
}

}  // namespace

WireWatch::WireWatch(Lab& lab) : lab_(lab) {
    senders_[&lab.party(0)] = Sender::HostA;
    senders_[&lab.party(1)] = Sender::HostB;
    if (lab.has_turn(0)) senders_[&lab.turn_host(0)] = Sender::RelayA;
    if (lab.has_turn(1)) senders_[&lab.turn_host(1)] = Sender::RelayB;
    lab.world().set_packet_hook([this](const sim::PacketEvent& event) { note(event); });
}

WireWatch::~WireWatch() {
    lab_.world().set_packet_hook({});
}

/// Its own UDP socket's or its relay's; through a TURN server's client link the same is wrapped.
void WireWatch::note_check(const sim::PacketEvent& event) {
    const bool begins = event.step == sim::PacketStep::Originated;
    if (!begins && event.step != sim::PacketStep::Delivered) return;
    const auto owner = senders_.find(event.node);
    if (owner == senders_.end()) return;
    const auto header = sim::parse_ip(event.bytes);
    if (!header || header->is_fragment() || header->protocol != sim::kProtocolUdp) return;
    const auto transport =
        event.bytes.subspan(header->header_bytes, header->total_bytes - header->header_bytes);
    if (transport.size() < sim::kUdpHeaderBytes + kStunHeaderBytes) return;
    const auto payload = transport.subspan(sim::kUdpHeaderBytes);
    const TransportAddress source{header->source, sim::read_u16(transport, 0)};
    const TransportAddress destination{header->destination, sim::read_u16(transport, 2)};
    Transaction id;
    std::copy_n(payload.begin() + 8, id.size(), id.begin());
    if (begins && is_check(payload)) {
        asked_[id] = {source, destination};
    } else if (!begins && is_success(payload)) {
        const auto asked = asked_.find(id);
        if (asked == asked_.end() || asked->second != std::pair(destination, source)) return;
        const bool is_a = owner->second == Sender::HostA || owner->second == Sender::RelayA;
        const std::size_t party = is_a ? 0 : 1;
        if (!first_answer_[party]) first_answer_[party] = event.at;
        answered_[party].insert(asked->second);
        asked_.erase(asked);
    }
}

void WireWatch::count(const MediaFlow& flow, sim::SimTime at) {
    ++media_[flow];
    const bool is_a = flow.sender == Sender::HostA || flow.sender == Sender::RelayA;
    last_media_[is_a ? 0 : 1] = at;
}

void WireWatch::note(const sim::PacketEvent& event) {
    const auto sender = senders_.find(event.node);
    if (!counts_media_) {
        note_check(event);
        checks_.note(event,
                     sender == senders_.end() ? std::nullopt : std::optional(sender->second));
    }
    if (event.step != sim::PacketStep::Originated) return;
    if (sender == senders_.end()) return;
    const bool is_host = sender->second == Sender::HostA || sender->second == Sender::HostB;
    const std::size_t party = sender->second == Sender::HostA ? 0 : 1;
    const bool wants_check = is_host && !first_check_[party];
    if (!counts_media_ && !wants_check) return;

    const auto header = sim::parse_ip(event.bytes);
    if (!header || header->is_fragment()) return;
    std::span<const std::byte> transport =
        event.bytes.subspan(header->header_bytes, header->total_bytes - header->header_bytes);
    if (transport.size() < sim::kUdpHeaderBytes) return;
    MediaFlow flow{.sender = sender->second,
                   .source = {header->source, sim::read_u16(transport, 0)},
                   .destination = {header->destination, sim::read_u16(transport, 2)}};
    if (header->protocol == sim::kProtocolUdp) {
        const auto payload = transport.subspan(sim::kUdpHeaderBytes);
        if (wants_check && flow.destination.port != kStunPort && is_check(payload)) {
            first_check_[party] = event.at;
        }
        if (counts_media_ && is_rtp(payload)) count(flow, event.at);
    } else if (header->protocol == sim::kProtocolTcp && transport.size() >= kMinTcpHeaderBytes) {
        // A segment may begin in the middle of what a client and its server wrap, with anything.
        if (is_turn_server(flow.source.ip) || is_turn_server(flow.destination.ip)) return;
        const std::size_t offset =
            std::to_integer<std::size_t>(transport[kTcpDataOffsetAt] >> 4) * 4;
        if (offset > transport.size()) return;
        const auto payload = transport.subspan(offset);
        if (payload.size() <= kFrameLengthBytes) return;
        const auto framed = payload.subspan(kFrameLengthBytes);
        flow.transport = WireTransport::Tcp;
        if (wants_check && flow.destination.port != kStunPort &&
            flow.destination.port != kWebPort && is_check(framed)) {
            first_check_[party] = event.at;
        }
        if (counts_media_ && is_rtp(framed)) count(flow, event.at);
    }
}

}  // namespace portolan::scenario
