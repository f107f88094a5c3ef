#pragma once

#include <optional>
#include <string>
#include <vector>

namespace portolan::oracle {

enum class Mapping { EndpointIndependent, AddressDependent, AddressAndPortDependent };
enum class Filtering { EndpointIndependent, AddressDependent, AddressAndPortDependent };

/// What an answer to an unsolicited packet leaves through, where mapping depends on the endpoint
/// and filtering does not: the mapping it came in by, or the one its own destination has.
enum class ReplyBinding { SessionAware, MappingTable };

/// RFC 4787 s6: what a packet from inside to an outside address of the same NAT does.
enum class Hairpin {
    Off,
    ExternalSource,  ///< comes back with the sender's outside address, as REQ-9a asks
    InternalSource,  ///< comes back with the sender's inside address
};

/// IPv4 and IPv6 are two Internets: a candidate pair is of one family (RFC 8445 s6.1.2.2).
enum class Family { IPv4, IPv6 };

/// In IPv6 a firewall: it translates nothing, which for who reaches whom is an
/// endpoint-independent mapping, and lets in what its filtering says (RFC 6092).
///
/// What a filter has seen leave is kept for each mapping. RFC 4787 s5 speaks of what an internal
/// endpoint has sent, which can be read as kept for the endpoint, whatever mapping a packet left
/// by; with endpoint-independent mapping both are the same. Here it is as NATs do it that find
/// their sessions by the outside port.
struct NatBox {
    Family family = Family::IPv4;
    bool carries = true;     ///< false: nothing of its family passes
    bool udp = true;         ///< false: no UDP passes
    bool translates = true;  ///< false: its hosts' addresses are known outside as they are
    /// For the words alone: the mapping depends on the endpoint because the other side's packet
    /// came in first and took the port, as with Linux where the outside lets it in.
    bool port_is_taken = false;
    /// Whether a TCP connection from anywhere comes in to the address that it asks for: nothing is
    /// translated, and nothing is kept out.
    bool tcp_open = false;
    bool web_only = false;  ///< lets out TCP connections to web ports only
    Mapping mapping = Mapping::EndpointIndependent;
    Filtering filtering = Filtering::AddressAndPortDependent;
    ReplyBinding reply = ReplyBinding::SessionAware;
    Hairpin hairpin = Hairpin::Off;
    /// Index of the NAT that this one is behind; absent: on the Internet. Always a smaller index.
    std::optional<int> behind;
};

enum class TcpOut { Any, WebPortsOnly, None };

/// How a party reaches its TURN server, in the order of preference.
enum class TurnAccess { None, Udp, Tcp, TcpOnWebPort };

struct Party {
    std::string name = "A";
    bool ipv4 = true;
    bool ipv6 = false;
    std::optional<int> behind;       ///< index of its NAT; absent: on the Internet
    std::optional<int> behind_ipv6;  ///< the same for IPv6
    bool udp = true;                 ///< false: no UDP leaves the host
    TcpOut tcp_out = TcpOut::Any;    ///< of what leaves its network
    bool tcp_in = true;              ///< may others connect to it, where no box is in the way?
    /// Its network leads IPv6 to IPv4 servers (RFC 6146): a way to its TURN server, but to nobody
    /// whose address it learns as IPv4.
    bool nat64 = false;
    /// The transports its TURN server offers; a relay is used through the first that gets out.
    std::vector<TurnAccess> turn;
    bool ice_tcp = false;     ///< has ICE-TCP candidates (RFC 6544)
    bool relay_only = false;  ///< has no candidates but its relays
};

/// Two parties, the NATs between them, and nothing else: every party has STUN servers and TURN
/// relays with addresses of their own on the Internet. The servers answer over both families, but
/// relays have IPv4 addresses: what RFC 8656 s7.2 demands for requests that name no family.
struct Topology {
    std::vector<NatBox> nats;
    Party a;
    Party b;
};

}  // namespace portolan::oracle
