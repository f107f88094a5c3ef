#pragma once

#include <cstdint>

#include "probe/stun/transport_address.hpp"

namespace portolan::sim {

/// What Linux makes of an ICMP error (net/ipv4/icmp.c icmp_err_convert, net/ipv6/icmp.c
/// icmpv6_err_convert).
struct IcmpErrno {
    int error_number = 0;   ///< 0: it concerns no socket
    bool is_fatal = false;  ///< told to connected sockets that did not ask for errors, too
};

IcmpErrno icmp_errno(AddressFamily family, std::uint8_t type, std::uint8_t code);

}  // namespace portolan::sim
