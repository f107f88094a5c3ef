#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace portolan::sim {

/// One IP datagram on its way. Moved from hop to hop, never copied except by duplication.
struct Packet {
    std::vector<std::byte> bytes;  ///< from the IP header on
    std::uint64_t id = 0;          ///< unique in its world; survives translation
};

/// Why a packet ended without being delivered. Every packet that does has one.
enum class DropReason : std::uint8_t {
    Malformed,           ///< not a whole IP packet, or a wrong IP header checksum
    LinkDown,            ///< link or interface is down
    Loss,                ///< the link's independent loss
    BurstLoss,           ///< the link's Gilbert-Elliott loss
    QueueFull,           ///< drop-tail
    NoRoute,             ///< no route to the destination
    NoNeighbour,         ///< nobody on the LAN has the next hop's address
    TtlExpired,          ///< TTL or hop limit ran out
    TooBig,              ///< over the next link's MTU and must not be fragmented
    NotForUs,            ///< arrived at a host that does not own the destination
    NoListener,          ///< no socket on that port or protocol
    BadChecksum,         ///< UDP, TCP or ICMP checksum
    SocketQueueFull,     ///< the receiver does not read fast enough
    ReassemblyTimeout,   ///< a fragment whose datagram never became whole
    ReassemblyOverflow,  ///< too many datagrams in reassembly, or overlapping fragments
    Filtered,            ///< a firewall
    Translator,          ///< a NAT box; its own reason is in the event's detail
};

inline constexpr std::size_t kDropReasonCount =
    static_cast<std::size_t>(DropReason::Translator) + 1;

std::string_view to_string(DropReason reason);  // "link-down", "queue-full", ...

}  // namespace portolan::sim
