#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "probe/stun/transport_address.hpp"

/// What a discovery state machine asks of the world and hears from it. The machines do no I/O and
/// read no clock: a driver (sockets on a GMainContext, a simulated network, a test) carries out the
/// actions in order and calls back.
namespace portolan::discovery {

/// Monotonic; the epoch is the driver's, only differences count.
using Time = std::chrono::microseconds;
using Duration = std::chrono::microseconds;

using SocketId = int;  ///< chosen by the machine, never reused
using StreamId = int;

/// Opens a UDP socket. The driver answers with on_socket() or on_socket_failed().
struct OpenSocket {
    SocketId id = 0;
    AddressFamily family = AddressFamily::IPv4;
    std::optional<IpAddress> bind_ip;  ///< wildcard when absent
    std::uint16_t preferred_port = 0;  ///< 0: any; a taken one may be replaced by any
};

struct SendDatagram {
    SocketId socket = 0;
    TransportAddress to;
    std::vector<std::byte> bytes;
};

struct CloseSocket {
    SocketId id = 0;
};

/// Opens a TCP connection (and TLS on it, verified for server_name), sends `request` when it is
/// there, and reports with on_stream(): the outcome, and once more what comes back, if something
/// does. The driver may close it then, and does so when the machine has finished.
struct TryStream {
    StreamId id = 0;
    TransportAddress to;
    bool tls = false;
    std::string server_name;
    std::vector<std::byte> request = {};    ///< nothing is sent when empty
    std::optional<IpAddress> bind_ip = {};  ///< the local address, as that of the UDP sockets
};

using Action = std::variant<OpenSocket, SendDatagram, CloseSocket, TryStream>;

/// Why a datagram did not get out or through, from errno or an ICMP message.
enum class NetworkFault {
    NotPermitted,         ///< EPERM: this host's own firewall
    NoRoute,              ///< ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL from the local stack
    IcmpProhibited,       ///< ICMP 3/9, 3/10, 3/13; ICMPv6 1/1, 1/5, 1/6
    IcmpPortUnreachable,  ///< ICMP 3/3; ICMPv6 1/4
    IcmpUnreachable,      ///< other ICMP destination unreachable
    Other,                ///< anything else; transient, not evidence
};

struct FaultReport {
    NetworkFault fault = NetworkFault::Other;
    std::optional<IpAddress> reported_by;  ///< sender of the ICMP message
    std::string detail;                    ///< "EPERM", "ICMP 3/13", for people
};

enum class StreamOutcome {
    Connected,  ///< TCP (and TLS, if asked) done
    Refused,    ///< RST: the host is there
    TimedOut,
    Unreachable,
    TlsFailed,     ///< TCP connected, TLS did not; detail says why
    NotPermitted,  ///< EPERM
};

struct StreamReport {
    StreamOutcome outcome = StreamOutcome::TimedOut;
    std::string detail;
    std::vector<std::byte> reply = {};  ///< the first message that came back, if one has
    /// How long the driver was not ready to begin: no part of the round trip.
    Duration held_back{};
};

std::string_view to_string(NetworkFault);
std::string_view to_string(StreamOutcome);

}  // namespace portolan::discovery
