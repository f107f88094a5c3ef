#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "nat-sim/network/fabric.hpp"
#include "nat-sim/network/ip.hpp"

namespace portolan::sim {

/// Puts the fragments that arrive at a host together again (RFC 791 s3.2, RFC 8200 s4.5).
class Reassembly {
  public:
    Reassembly(Fabric& fabric, const Node& node) : fabric_(fabric), node_(node) {}

    /// What a datagram that never became whole leaves behind: its first fragment, if that came.
    using OnExpiry = std::function<void(Interface* in, const Packet& first)>;

    /// The whole packet, once the last piece is there. Overlapping pieces spoil the datagram (RFC
    /// 5722; for IPv4 as Linux does).
    std::optional<Packet> add(Interface* in, Packet packet, const IpHeader& header,
                              const OnExpiry& on_expiry);

  private:
    struct Key {
        IpAddress source, destination;
        std::uint32_t identification = 0;
        std::uint8_t protocol = 0;
        friend auto operator<=>(const Key&, const Key&) = default;
    };
    struct Piece {
        Packet packet;
        IpHeader header;
    };
    struct Datagram {
        std::map<std::size_t, Piece> pieces;  ///< by offset
        std::optional<std::size_t> payload_bytes;
        EventHandle expiry;
    };

    void expire(const Key& key, Interface* in, const OnExpiry& on_expiry);
    void spoil(const Key& key, DropReason reason);
    Packet join(Datagram datagram);

    Fabric& fabric_;
    const Node& node_;
    std::map<Key, Datagram> datagrams_;
};

}  // namespace portolan::sim
