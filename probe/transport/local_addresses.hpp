#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probe/stun/transport_address.hpp"
#include "reports/model/result.hpp"

namespace portolan::transport {

struct LocalAddress {
    IpAddress ip;
    unsigned prefix_bits = 0;  ///< of the network it is in; 32 or 128 on a point-to-point link
};

struct LocalInterface {
    std::string name;
    bool is_up = false;  ///< IFF_UP and IFF_RUNNING: has a carrier
    bool is_loopback = false;
    bool is_point_to_point = false;
    /// A guess: point-to-point, or named like a VPN device (tun, tap, wg, ppp, ...). What is
    /// measured through a tunnel is the NAT at its other end.
    bool is_likely_tunnel = false;
    std::vector<LocalAddress> addresses;  ///< in the kernel's order; IPv4 and IPv6
};

/// All interfaces, those without addresses included, in the kernel's order. Error:
/// environment.transport.interfaces with errno.
Result<std::vector<LocalInterface>> local_interfaces();

/// The guess behind is_likely_tunnel.
bool is_tunnel_name(std::string_view interface_name);

/// The address this host would send from, by its routing table (a connected UDP socket, nothing is
/// sent). Errors: environment.transport.no-route, or .route-forbids where there is a
/// route of the kinds unreachable, prohibit and blackhole, with errno; as UdpSocket::open for the
/// interface.
Result<IpAddress> source_address_for(const TransportAddress& destination,
                                     const std::string& interface = {});

}  // namespace portolan::transport
