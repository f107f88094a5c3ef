#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "nat-sim/network/interface.hpp"
#include "nat-sim/scenario/scenario.hpp"

namespace portolan::scenario {

struct NetworkAddresses {
    IpAddress inside_v4;                ///< the box's own, the hosts' router
    std::vector<IpAddress> outside_v4;  ///< the box's, of the network that it is behind
    std::optional<IpAddress> spare_v4;  ///< for changes of address
    sim::Prefix inside_v6;              ///< of its hosts
    sim::Prefix outside_prefix_v6;      ///< routed to the box; the same unless it translates
    IpAddress inside_router_v6;
    IpAddress outside_v6;
};

struct HostAddresses {
    std::optional<IpAddress> v4;
    std::optional<IpAddress> v6;
};

/// Who has which address. Everything on the Internet is from the ranges for documentation (RFC
/// 5737, RFC 3849), what is inside networks from what the scenario says.
struct AddressPlan {
    std::vector<NetworkAddresses> networks;  ///< as in the scenario
    std::array<HostAddresses, 2> parties;
};

inline constexpr std::uint16_t kStunPort = 3478;     // RFC 8489 s18.6
inline constexpr std::uint16_t kStunAltPort = 3479;  // the second one of RFC 5780
inline constexpr std::uint16_t kWebPort = 443;

/// Where every server is, and what the Internet gives out to hosts and NATs. The upper half of
/// 203.0.113.0/24 is for networks without NAT.
sim::Prefix server_prefix_v4();
std::vector<sim::Prefix> internet_prefixes_v4();

/// The two addresses of the STUN server, and those of each party's own TURN server.
std::array<IpAddress, 2> stun_addresses(AddressFamily family);
IpAddress turn_address(std::size_t party, AddressFamily family);
IpAddress relay_address(std::size_t party, AddressFamily family);

/// Whose ICMP errors come from the simulated Internet itself.
IpAddress internet_address(AddressFamily family);

/// What DNS64 (RFC 6147) makes of an IPv4 address: 64:ff9b::/96 (RFC 6052 s2.1).
IpAddress nat64_address(const IpAddress& v4);

/// By which of its addresses a party reaches a server: IPv4 where its networks carry it, else IPv6;
/// behind a NAT64 what DNS64 says (RFC 6147), the IPv4 address in 64:ff9b::/96 (RFC 6052 s2.1).
IpAddress way_to_server(const Scenario& scenario, const Party& party, const IpAddress& v4,
                        const IpAddress& v6);

/// Usage error "scenario.addresses" when a prefix is too small for what is in it, or the scenario
/// has more boxes on the Internet than there are addresses for documentation.
Result<AddressPlan> plan_addresses(const Scenario& scenario);

}  // namespace portolan::scenario
