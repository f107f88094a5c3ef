#include "nat-sim/network/packet_log.hpp"

#include <numeric>

#include "nat-sim/network/fabric.hpp"

namespace portolan::sim {

std::string_view to_string(DropReason reason) {
    constexpr std::array<std::string_view, kDropReasonCount> kNames = {
        "malformed",         "link-down",          "loss",
        "burst-loss",        "queue-full",         "no-route",
        "no-neighbour",      "ttl-expired",        "too-big",
        "not-for-us",        "no-listener",        "bad-checksum",
        "socket-queue-full", "reassembly-timeout", "reassembly-overflow",
        "filtered",          "translator"};
    return kNames.at(static_cast<std::size_t>(reason));
}

std::uint64_t PacketCounts::dropped() const {
    return std::accumulate(dropped_by_reason.begin(), dropped_by_reason.end(), std::uint64_t{0});
}

Packet Fabric::begin(PacketStep step, std::vector<std::byte> bytes, const Node* node) {
    switch (step) {
        case PacketStep::Duplicated:
            ++counts.duplicated;
            break;
        case PacketStep::Fragment:
            ++counts.fragments;
            break;
        case PacketStep::Whole:
            ++counts.wholes;
            break;
        default:
            ++counts.originated;
    }
    ++counts.in_flight;
    Packet packet{.bytes = std::move(bytes), .id = next_packet_id_++};
    if (hook) note(step, packet, node, nullptr);
    return packet;
}

void Fabric::note(PacketStep step, const Packet& packet, const Node* node,
                  const Interface* interface, std::string_view detail) {
    if (!hook) return;
    hook({.at = events.now(),
          .step = step,
          .packet_id = packet.id,
          .node = node,
          .interface = interface,
          .detail = detail,
          .bytes = packet.bytes});
}

void Fabric::end(PacketStep step, const Packet& packet, const Node* node,
                 const Interface* interface) {
    end(step, std::nullopt, packet.id, packet.bytes, node, interface, {});
}

void Fabric::drop(DropReason reason, const Packet& packet, const Node* node,
                  const Interface* interface, std::string_view detail) {
    end(PacketStep::Dropped, reason, packet.id, packet.bytes, node, interface, detail);
}

void Fabric::end(PacketStep step, std::optional<DropReason> reason, std::uint64_t packet_id,
                 std::span<const std::byte> bytes, const Node* node, const Interface* interface,
                 std::string_view detail) {
    if (reason) {
        ++counts.dropped_by_reason.at(static_cast<std::size_t>(*reason));
    } else if (step == PacketStep::Fragmented) {
        ++counts.fragmented;
    } else if (step == PacketStep::Reassembled) {
        ++counts.reassembled;
    } else {
        ++counts.delivered;
    }
    --counts.in_flight;
    if (!hook) return;
    hook({.at = events.now(),
          .step = step,
          .packet_id = packet_id,
          .node = node,
          .interface = interface,
          .reason = reason,
          .detail = detail,
          .bytes = bytes});
}

}  // namespace portolan::sim
