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

struct NatBox {
    Mapping mapping = Mapping::EndpointIndependent;
    Filtering filtering = Filtering::AddressAndPortDependent;
    ReplyBinding reply = ReplyBinding::SessionAware;
    Hairpin hairpin = Hairpin::Off;
    /// Index of the NAT that this one is behind; absent: on the Internet. Always a smaller index.
    std::optional<int> behind;
};

enum class TcpOut { Any, WebPortsOnly, None };

/// How a party reaches its TURN server, in the order of preference.
enum class TurnAccess { None, Udp, Tcp, TlsOnWebPort };

struct Party {
    std::string name = "A";
    std::optional<int> behind;  ///< index of its NAT; absent: on the Internet
    bool udp = true;            ///< false: its network drops all UDP
    TcpOut tcp_out = TcpOut::Any;
    bool tcp_in = true;  ///< may others connect to it, where no NAT is in the way?
    /// The transports its TURN server offers; a relay is used through the first that gets out.
    std::vector<TurnAccess> turn;
    bool ice_tcp = false;  ///< has ICE-TCP candidates (RFC 6544)
};

/// Two parties, the NATs between them, and nothing else: every party has STUN servers and TURN
/// relays with addresses of their own on the Internet.
struct Topology {
    std::vector<NatBox> nats;
    Party a;
    Party b;
};

}  // namespace portolan::oracle
