#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>

#include "nat-sim/network/interface.hpp"
#include "probe/stun/transport_address.hpp"

namespace portolan::sim {

struct SocketAddress {
    TransportAddress address;
    std::uint32_t scope_id = 0;
    bool was_v4_mapped = false;
};

/// Nothing when it is too short or of another family; `is_unspec` tells AF_UNSPEC apart.
std::optional<SocketAddress> read_sockaddr(const sockaddr* address, socklen_t length);
/// As a socket of that domain writes it: IPv4 in an IPv6 socket as ::ffff:a.b.c.d. Cut off when
/// there is less room, as accept(2) and the others do; `length` becomes the whole size.
void write_sockaddr(int domain, const TransportAddress& value, std::uint32_t scope_id,
                    sockaddr* address, socklen_t* length);
/// The wildcard of the domain.
TransportAddress any_address(int domain, std::uint16_t port);

}  // namespace portolan::sim
