#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ice-tests/turn/surroundings.hpp"
#include "ice-tests/turn/task.hpp"
#include "probe/stun/transport_address.hpp"
#include "probe/transport/bytes.hpp"
#include "probe/transport/clock.hpp"

namespace portolan::precall {

/// What a router says of itself when it is asked whether it would map ports. Nothing is mapped.
struct PortMapping {
    bool was_begun = false;
    bool is_done = false;
    std::optional<IpAddress> router = {};   ///< of the default route; NAT-PMP and PCP ask it
    std::string problem = {};               ///< no socket, no router
    bool has_nat_pmp = false;               ///< RFC 6886
    std::optional<IpAddress> outside = {};  ///< of NAT-PMP
    bool has_pcp = false;                   ///< RFC 6887
    bool has_upnp = false;                  ///< an Internet gateway device, by SSDP
    std::string upnp_location = {};         ///< printable, at most 200 characters
    transport::Duration took{0};
};

/// Of NAT-PMP's response to "determine the external address" (RFC 6886 s3.2): nothing where the
/// bytes are none; an unspecified address where the router has none to tell.
std::optional<IpAddress> parse_nat_pmp(transport::Bytes bytes);
/// Whether it is a PCP response to ANNOUNCE (RFC 6887 s7.2, s14.1), whatever its result.
bool is_pcp_response(transport::Bytes bytes);
/// The LOCATION of an Internet gateway device's answer to M-SEARCH (UPnP Device Architecture 1.1,
/// s1.3.3), nothing where the bytes are none.
std::optional<std::string> parse_ssdp(std::string_view text);

/// The router of the IPv4 default route, from the text of /proc/net/route.
std::optional<IpAddress> default_router(std::string_view routes);
/// The interfaces that have an IPv4 default route, from the same text; each once, in its order.
std::vector<std::string> default_interfaces(std::string_view routes);

struct PortMappingPlan {
    std::optional<IpAddress> router = {};
    std::optional<IpAddress> bind_ip = {};
    transport::Duration limit = std::chrono::milliseconds(1200);
};

/// Asks the router by NAT-PMP and PCP, and the local network by SSDP; three copies of each.
turn::Task<bool> discover_port_mapping(turn::Surroundings where, PortMappingPlan plan,
                                       PortMapping& out);

}  // namespace portolan::precall
