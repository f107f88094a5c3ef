#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "nat-sim/network/events.hpp"
#include "nat-sim/network/packet.hpp"

namespace portolan::sim {

class Interface;
class Node;

enum class PacketStep : std::uint8_t {
    Originated,   ///< begins: made by a host, or by a box as an answer or ICMP error
    Duplicated,   ///< begins: a copy made by a link
    Fragment,     ///< begins: a piece of a packet that was fragmented
    Whole,        ///< begins: put together from fragments
    Forwarded,    ///< a router, firewall or NAT box passes it on
    Translated,   ///< a NAT box changed it; the bytes are the new ones
    Fragmented,   ///< ends: its fragments go on
    Reassembled,  ///< ends: a fragment that became part of a whole packet
    Delivered,    ///< ends: a socket or the node itself took it
    Dropped,      ///< ends: with a reason
};

struct PacketEvent {
    SimTime at{};
    PacketStep step = PacketStep::Originated;
    std::uint64_t packet_id = 0;
    const Node* node = nullptr;            ///< where; nothing on a link
    const Interface* interface = nullptr;  ///< through which, where there is one
    std::optional<DropReason> reason = {};
    std::string_view detail = {};      ///< a NAT box's or firewall's own word
    std::span<const std::byte> bytes;  ///< valid during the call only
};

/// What became of all packets of a world. begun == ended + in_flight, always: see conserved().
struct PacketCounts {
    std::uint64_t originated = 0;
    std::uint64_t duplicated = 0;
    std::uint64_t fragments = 0;
    std::uint64_t wholes = 0;
    std::uint64_t fragmented = 0;
    std::uint64_t reassembled = 0;
    std::uint64_t delivered = 0;
    std::array<std::uint64_t, kDropReasonCount> dropped_by_reason = {};
    std::uint64_t in_flight = 0;  ///< on links, in queues, waiting for neighbours or reassembly

    [[nodiscard]] std::uint64_t dropped() const;
    [[nodiscard]] std::uint64_t begun() const {
        return originated + duplicated + fragments + wholes;
    }
    [[nodiscard]] std::uint64_t ended() const {
        return fragmented + reassembled + delivered + dropped();
    }
    [[nodiscard]] bool conserved() const { return begun() == ended() + in_flight; }
};

using PacketHook = std::function<void(const PacketEvent&)>;

}  // namespace portolan::sim
