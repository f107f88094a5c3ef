#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "probe/stun/transport_address.hpp"

namespace portolan::transport {

/// Why a datagram did not get out or through, from errno or an ICMP message.
enum class Fault {
    NotPermitted,         ///< EPERM: this host's own firewall
    NoRoute,              ///< ENETUNREACH, EHOSTUNREACH, EACCES, ... from the local stack
    IcmpProhibited,       ///< ICMP 3/9, 3/10, 3/13; ICMPv6 1/1, 1/5, 1/6
    IcmpPortUnreachable,  ///< ICMP 3/3; ICMPv6 1/4
    IcmpUnreachable,      ///< other ICMP destination unreachable
    Other,                ///< anything else (EAGAIN, EMSGSIZE, ...); transient, not evidence
};

/// The ICMP (RFC 792) or ICMPv6 (RFC 4443) message behind a fault.
struct IcmpError {
    AddressFamily family = AddressFamily::IPv4;
    std::uint8_t type = 0;
    std::uint8_t code = 0;
    std::optional<IpAddress> reported_by;  ///< its sender: the host itself or a router on the way
    std::uint32_t mtu_bytes = 0;  ///< of the next hop, in "fragmentation needed", "packet too big"
};

struct FaultReport {
    Fault fault = Fault::Other;
    int error_number = 0;                         ///< errno as the kernel maps it
    std::optional<TransportAddress> destination;  ///< where the lost datagram was going
    std::optional<IcmpError> icmp;                ///< absent when the local stack refused
    std::string detail;  ///< "EPERM", "ECONNREFUSED (ICMP 3/3 from 192.0.2.1)", for people
};

/// A refusal of the local stack: the errno of a send call.
FaultReport local_fault(int error_number, const std::optional<TransportAddress>& destination);
/// An ICMP message from the socket's error queue.
FaultReport icmp_fault(const IcmpError& icmp, int error_number,
                       const std::optional<TransportAddress>& destination);

std::string_view to_string(Fault fault);  // "not-permitted", "no-route", ...
/// "EPERM"; "errno 4711" for a number without a name.
std::string errno_name(int error_number);
/// "EPERM (Operation not permitted)"
std::string errno_text(int error_number);

}  // namespace portolan::transport
