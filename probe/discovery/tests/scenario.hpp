#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "probe/discovery/tests/sim_world.hpp"

/// Worlds that many tests start from.
namespace portolan::discovery::sim {

/// Parse or die: for literals.
TransportAddress at(const char* text);
IpAddress ip(const char* text);

// All public addresses are global unicast ones: documentation addresses would rightly be suspected.
extern const IpAddress kHostIp;        ///< 192.168.1.10
extern const IpAddress kPublicHostIp;  ///< of a host without NAT
extern const IpAddress kPublicIp;      ///< of the NAT
extern const IpAddress kSecondPublicIp;
extern const TransportAddress kPP;  ///< of the RFC 5780 server
extern const TransportAddress kPA;
extern const TransportAddress kAP;
extern const TransportAddress kAA;
extern const TransportAddress kPlain1;  ///< servers without RFC 5780
extern const TransportAddress kPlain2;

struct Scenario {
    WorldRules world;
    Config config;
    std::string name;
};

/// A host behind one NAT (MappingRule::None: a public host with a firewall, or none with Open) and
/// an RFC 5780 server without fault, also tried over TCP and TLS.
Scenario behind(MappingRule mapping, FilteringRule filtering);
NatRules nat_rules(MappingRule mapping, FilteringRule filtering);
/// Linux masquerading: port preserving, unique per destination (what RFC 4787 sees as
/// endpoint-independent as long as nothing collides), address-and-port-dependent filtering.
NatRules linux_masquerade();
/// Replaces the servers of both the world and the machine.
void use_servers(Scenario& scenario, std::vector<ServerRules> servers);

std::string_view to_string(MappingRule mapping);
std::string_view to_string(FilteringRule filtering);

}  // namespace portolan::discovery::sim
