#pragma once

#include <optional>
#include <string_view>

namespace portolan::discovery {

/// How a NAT chooses the external transport address of an internal one (RFC 4787 s4.1).
enum class Mapping {
    EndpointIndependent,
    AddressDependent,
    AddressAndPortDependent,
    PortDependent,  ///< outside RFC 4787's three: varies with the destination port alone
    /// What servers without RFC 5780 can show: the same toward different addresses (the port was
    /// not varied), and different, without saying by what.
    AddressIndependent,
    EndpointDependent,
};

/// What a NAT or firewall lets in (RFC 4787 s5).
enum class Filtering {
    EndpointIndependent,
    AddressDependent,
    AddressAndPortDependent,
};

enum class Translation {
    None,     ///< the server sees the local transport address
    Address,  ///< the server sees another one
    Nat64,    ///< an IPv6 socket is seen as IPv4 (RFC 6146)
};

enum class UdpReachability {
    Reachable,
    Silent,         ///< nothing came back, although the host answers over TCP
    Prohibited,     ///< ICMP: a router or firewall rejects it
    LocalFirewall,  ///< EPERM: this host does not let it out
    NoRoute,        ///< ENETUNREACH, EHOSTUNREACH, or ICMP destination unreachable
    SomePorts,      ///< it gets through to some destination ports, and not to others
};

/// Reasons of a failed reachability that rests on one server, or on one port of several: its own
/// UDP may be broken, or the way to it alone be closed.
inline constexpr const char* kBlockedUnlessServer = "udp-blocked-or-server";
inline constexpr const char* kBlockedUnlessPort = "udp-blocked-or-port";
inline constexpr const char* kProhibitedUnlessServer = "udp-prohibited-or-server";
inline constexpr const char* kProhibitedUnlessPort = "udp-prohibited-or-port";
inline constexpr const char* kLocalFirewallUnlessServer = "local-firewall-or-server";
inline constexpr const char* kLocalFirewallUnlessPort = "local-firewall-or-port";
inline constexpr const char* kPortBlockedUnlessServer = "udp-port-blocked-or-server";
/// Of one server's two ports only one answers, on both its addresses: the network, or the server.
inline constexpr const char* kOnePortAnswers = "one-port-answers";

/// How the NAT picks public addresses for the sockets of one host (RFC 4787 s4.1, "IP address
/// pooling").
enum class Pooling {
    Paired,       ///< the same public address for every socket seen
    Arbitrary,    ///< the public address changes from socket to socket
    MultiEgress,  ///< the public address of one socket changes with the destination
};

enum class PortAllocation {
    Preserving,     ///< external port equals the internal one
    Sequential,     ///< a constant step from mapping to mapping
    NonSequential,  ///< neither of the two
};

enum class Collision {
    Robust,    ///< not port preserving
    Possible,  ///< port preserving: another host on the same port can change one mapping
    Observed,  ///< one mapping of a socket differed from the other three, and a fresh socket's did
               ///< not
};

enum class Hairpinning {
    External,  ///< delivered with the external source address (RFC 4787 REQ-9a)
    Internal,  ///< delivered with the internal source address
    Other,     ///< delivered from neither, such as an inside address of the router
    None,
};

enum class AlgRewriting { None, Rewrites };

enum class Layers {
    NoSign,        ///< no sign of more than one NAT, which proves nothing
    CarrierGrade,  ///< 100.64.0.0/10 (RFC 6598) on the local or mapped side
    Multiple,      ///< the mapped address is not global
};

std::string_view to_string(Mapping);          // "endpoint-independent", ...
std::string_view to_string(Filtering);        // "endpoint-independent", ...
std::string_view to_string(Translation);      // "none", "address", "nat64"
std::string_view to_string(UdpReachability);  // "reachable", "silent", ...
std::string_view to_string(Pooling);
std::string_view to_string(PortAllocation);
std::string_view to_string(Collision);
std::string_view to_string(Hairpinning);
std::string_view to_string(AlgRewriting);
std::string_view to_string(Layers);

/// The RFC 3489 name people know ("full cone", "symmetric"), where one fits. The only place where
/// these names stand.
std::string_view classic_name(Translation translation, Mapping mapping, Filtering filtering);

}  // namespace portolan::discovery
