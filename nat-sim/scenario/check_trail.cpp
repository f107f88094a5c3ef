#include "nat-sim/scenario/check_trail.hpp"

#include <algorithm>
#include <span>

#include "nat-sim/network/ip.hpp"

namespace portolan::scenario {
namespace {

constexpr std::size_t kStunHeaderBytes = 20;
// RFC 8489 s5, s18.2 and RFC 8445 s16.1.
constexpr std::byte kBindingRequest[] = {std::byte{0x00}, std::byte{0x01}};
constexpr std::byte kSuccess[] = {std::byte{0x01}, std::byte{0x01}};
constexpr std::byte kError[] = {std::byte{0x01}, std::byte{0x11}};
constexpr std::uint16_t kUseCandidate = 0x0025;

bool begins_with(std::span<const std::byte> payload, std::span<const std::byte> type) {
    return std::ranges::equal(payload.first(type.size()), type);
}

bool has_attribute(std::span<const std::byte> payload, std::uint16_t type) {
    std::size_t at = kStunHeaderBytes;
    while (at + 4 <= payload.size()) {
        if (sim::read_u16(payload, at) == type) return true;
        const std::size_t length = sim::read_u16(payload, at + 2);
        at += 4 + (length + 3) / 4 * 4;  // RFC 8489 s14: padded to four bytes
    }
    return false;
}

}  // namespace

void CheckTrail::begin(const sim::PacketEvent& event, Sender sender, const Transaction& id,
                       std::span<const std::byte> payload, const TransportAddress& source,
                       const TransportAddress& destination) {
    if (traces_.size() == kMostTraces) {
        ++left_out_count_;
        return;
    }
    newest_[id] = traces_.size();
    on_their_way_[event.packet_id] = traces_.size();
    traces_.push_back({.sender = sender,
                       .source = source,
                       .destination = destination,
                       .at = event.at,
                       .transaction = id,
                       .is_nominating = has_attribute(payload, kUseCandidate),
                       .last_node = event.node});
}

void CheckTrail::note(const sim::PacketEvent& event, std::optional<Sender> sender) {
    const auto moving = on_their_way_.find(event.packet_id);
    if (moving != on_their_way_.end()) {
        CheckTrace& trace = traces_[moving->second];
        if (event.node != nullptr) trace.last_node = event.node;
        if (event.step == sim::PacketStep::Delivered) trace.is_delivered = true;
        if (event.step == sim::PacketStep::Dropped) {
            trace.is_dropped = true;
            trace.why = event.reason ? std::string(to_string(*event.reason)) : "dropped";
            if (!event.detail.empty()) trace.why = std::string(event.detail);
        }
        if (trace.is_delivered || trace.is_dropped) {
            trace.ended_at = event.at;
            on_their_way_.erase(moving);
        }
        return;
    }
    const bool begins = event.step == sim::PacketStep::Originated;
    if (!sender || (!begins && event.step != sim::PacketStep::Delivered)) return;
    const auto header = sim::parse_ip(event.bytes);
    if (!header || header->is_fragment() || header->protocol != sim::kProtocolUdp) return;
    const auto transport =
        event.bytes.subspan(header->header_bytes, header->total_bytes - header->header_bytes);
    if (transport.size() < sim::kUdpHeaderBytes + kStunHeaderBytes) return;
    const auto payload = transport.subspan(sim::kUdpHeaderBytes);
    Transaction id;
    std::copy_n(payload.begin() + 8, id.size(), id.begin());
    const TransportAddress source{header->source, sim::read_u16(transport, 0)};
    const TransportAddress destination{header->destination, sim::read_u16(transport, 2)};
    // Checks carry USERNAME; what servers are asked has a bare header.
    if (begins && begins_with(payload, kBindingRequest) && payload.size() > kStunHeaderBytes + 8) {
        return begin(event, *sender, id, payload, source, destination);
    }
    if (begins || (!begins_with(payload, kSuccess) && !begins_with(payload, kError))) return;
    const auto asked = newest_.find(id);
    if (asked == newest_.end()) return;
    CheckTrace& trace = traces_[asked->second];
    if (trace.answered_at || trace.sender != *sender || trace.source != destination ||
        trace.destination != source) {
        return;
    }
    trace.answered_at = event.at;
    trace.is_refused = begins_with(payload, kError);
}

}  // namespace portolan::scenario
