#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "nat-sim/network/events.hpp"

namespace portolan::sim {

/// Which side of a NAT box or firewall.
enum class Side : std::uint8_t { Inside, Outside };

/// What a NAT box asks about each packet: bytes and time in, bytes and verdict out.
class PacketProcessor {
  public:
    enum class Action : std::uint8_t {
        Forward,  ///< `packet` was rewritten and leaves on `out`
        Drop,     ///< it goes nowhere
        Consume,  ///< for the box itself, or kept for reassembly
    };
    /// What the box sends besides: an ICMP error, a released fragment, a RST.
    struct Emission {
        Side out = Side::Inside;
        std::vector<std::byte> bytes;
    };
    struct Outcome {
        Action action = Action::Drop;
        Side out = Side::Outside;
        std::string_view reason = {};  ///< a permanent word for the event log
        std::vector<Emission> extra = {};
    };

    virtual ~PacketProcessor() = default;
    PacketProcessor() = default;
    PacketProcessor(const PacketProcessor&) = delete;
    PacketProcessor& operator=(const PacketProcessor&) = delete;

    /// `packet` is a whole IPv4 or IPv6 datagram, or a fragment of one, as it arrived: its TTL is
    /// the processor's to reduce. Rewritten in place.
    virtual Outcome process(Side from, std::vector<std::byte>& packet, SimTime now) = 0;
    /// What time alone has made due: an ICMP error for a SYN that was held, for fragments that
    /// stayed alone. Asked every second for a while after a packet was dropped or kept.
    virtual std::vector<Emission> take_due(SimTime /*now*/) { return {}; }
    /// Power off and on: everything learnt is gone.
    virtual void reboot(SimTime now) = 0;
};

}  // namespace portolan::sim
