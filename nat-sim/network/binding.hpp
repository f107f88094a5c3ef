#pragma once

#include <cstdint>
#include <optional>

#include "nat-sim/network/interface.hpp"
#include "probe/stun/transport_address.hpp"

namespace portolan::sim {

/// What a socket is bound to, as far as conflicts and lookups care.
struct Binding {
    AddressFamily family = AddressFamily::IPv4;  ///< of the socket
    /// An IPv6 socket that also speaks IPv4 (IPV6_V6ONLY off).
    bool is_dual_stack = false;
    std::optional<IpAddress> ip = {};  ///< wildcard when absent
    std::uint16_t port = 0;            ///< 0: not bound
    const Interface* interface = nullptr;
    std::optional<TransportAddress> peer = {};  ///< connected
    bool reuse_address = false;
    bool reuse_port = false;

    [[nodiscard]] bool takes(AddressFamily other) const {
        return other == family || (is_dual_stack && other == AddressFamily::IPv4);
    }
    /// Whether the kernel would refuse the second of the two (bind(2), EADDRINUSE); the flags are
    /// those at the time of the call. Ports are equal.
    [[nodiscard]] bool overlaps(const Binding& other) const {
        if (interface != nullptr && other.interface != nullptr && interface != other.interface) {
            return false;
        }
        if (ip && other.ip) return *ip == *other.ip;
        if (ip) return other.takes(ip->family());
        if (other.ip) return takes(other.ip->family());
        return takes(other.family) || other.takes(family);
    }
};

}  // namespace portolan::sim
