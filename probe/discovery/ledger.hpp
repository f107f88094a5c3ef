#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "probe/discovery/actions.hpp"
#include "probe/stun/message.hpp"
#include "reports/model/result.hpp"

/// The evidence of a run: every packet sent and received, as bytes, with its time. Verdicts are a
/// pure function of the ledger (inference.hpp), so a saved ledger can be judged again.
namespace portolan::discovery {

using ProbeId = int;  ///< index into Ledger::probes

/// What a transaction is for. P: primary, A: alternate, address before port, so PA is the primary
/// address with the alternate port (RFC 5780 s4.3).
enum class Role {
    MapPP,
    MapPA,
    MapAP,
    MapAA,
    MapOther,             ///< another server, for mapping without RFC 5780
    FilterControl,        ///< plain request on a filtering socket: proves that its silence means
                          ///< something
    FilterIpPort,         ///< CHANGE-REQUEST, both flags, on a socket that has contacted only PP
    FilterPort,           ///< CHANGE-REQUEST, port only, on another such socket
    ChangeControlIpPort,  ///< the same CHANGE-REQUEST where any NAT must let the reply in
    ChangeControlPort,
    Hairpin,          ///< a request from a second socket to a mapped address of the first
    HairpinControl,   ///< plain request on the second socket
    Audit,            ///< a server check of no consequence for the NAT
    LifetimeBind,     ///< makes the binding of a rung (Probe::attempt), which then falls silent
    LifetimeCheck,    ///< has the server send to that binding (RESPONSE-PORT)
    LifetimeControl,  ///< plain request on the asking socket, on the same schedule
    OutboundBusy,     ///< keeps a binding busy by going out
    OutboundCheck,
    InboundBind,
    InboundBusy,  ///< has the server keep a binding busy from outside
    InboundCheck,
    OtherPoint,         ///< another port or address of a server that answers STUN over TCP alone
    FilterIpPortAgain,  ///< both flags once more, on the socket of FilterPort
};

/// What makes a reply one that is not believed, seen from the message alone.
enum class ReplyFlaw {
    None,
    Fingerprint,       ///< RFC 8489 s6.3 (MUST): discarded
    UnknownAttribute,  ///< RFC 8489 s6.3.3 (MUST): discarded, and the transaction has failed
};

struct Arrival {
    Time at{};
    SocketId socket = 0;
    TransportAddress source;
    std::optional<IpAddress> local_ip;  ///< the address it arrived on, where the driver knows it
    std::vector<std::byte> bytes;

    // Decoded from bytes by decode(); not saved.
    bool well_formed = false;
    stun::MessageClass message_class = stun::MessageClass::SuccessResponse;
    std::optional<TransportAddress> mapped_xor;
    std::optional<TransportAddress> mapped_plain;
    std::optional<TransportAddress> other_address;
    std::optional<TransportAddress> response_origin;
    std::optional<int> error_code;
    ReplyFlaw flaw = ReplyFlaw::None;
    void decode();
    void decode(const stun::MessageView& message);
};

struct Fault {
    Time at{};
    FaultReport report;
};

/// One STUN transaction with its copies (retransmissions keep the transaction id).
struct Probe {
    Role role = Role::MapPP;
    SocketId socket = 0;
    int server = 0;   ///< index into Ledger::servers
    int attempt = 0;  ///< 0, then 1.. for repetitions on fresh sockets
    TransportAddress destination;
    stun::TransactionId id;
    bool change_ip = false;
    bool change_port = false;
    std::optional<std::uint16_t> response_port;
    std::vector<std::byte> request;
    std::vector<Time> sent;         ///< one per copy that left this host
    std::vector<Arrival> arrivals;  ///< at most kMaxArrivals kept; all counted
    std::size_t arrival_count = 0;
    std::vector<Fault> faults;

    /// Did one copy of the request draw two different answers: forged, or answered twice?
    [[nodiscard]] bool is_contradicted() const;
};

inline constexpr std::size_t kMaxArrivals = 64;

struct SocketRecord {
    SocketId id = 0;
    TransportAddress local;  ///< as bound; the address may be the wildcard
};

struct StreamRecord {
    StreamId id = 0;
    int server = 0;
    TransportAddress to;
    bool tls = false;
    std::vector<std::byte> request;
    Time started{};
    std::optional<Time> ended;
    std::optional<StreamReport> report;

    /// Was the request answered as STUN, with its transaction id?
    [[nodiscard]] bool answers_stun() const;
    /// OTHER-ADDRESS of that answer, if it is a success response with one.
    [[nodiscard]] std::optional<TransportAddress> other_address() const;
};

struct ServerRecord {
    std::string name;  ///< as given: "stun:stun.example.org"
    TransportAddress address;

    // Found by note_arrival(); not saved.
    bool contradicted = false;  ///< gave one request two different answers
    /// Said to be that of several sockets at once.
    std::optional<TransportAddress> shared_mapping = {};
};

/// A datagram that answers no transaction of ours. Never evidence about the NAT, but a server that
/// sends them is not silent.
struct Stray {
    Time at{};
    TransportAddress source;
    std::string what;      ///< "not STUN: ...", "unknown transaction id"
    ProbeId answers = -1;  ///< the request whose transaction id it carries, if any
};

inline constexpr std::size_t kMaxStrays = 16;
/// With those that carry a transaction id of ours.
inline constexpr std::size_t kMaxStraysInAll = 64;

/// Deliberate defects, for the tests that prove that the suite would notice. No command line
/// reaches them, and they are not saved.
struct Sabotage {
    bool share_socket = false;         ///< mapping and filtering on one socket
    bool skip_source_check = false;    ///< believe a reply from anywhere
    bool single_copy = false;          ///< never retransmit
    bool skip_controls = false;        ///< silence counts without an answered control
    bool believe_all_replies = false;  ///< impossible, flawed and contradictory ones too
    bool trust_open_ports = false;     ///< a TCP port that answers makes UDP silence a blocked UDP
};

struct Ledger {
    AddressFamily family = AddressFamily::IPv4;
    std::uint64_t seed = 0;
    Time started{};
    Time ended{};
    bool cut_off = false;  ///< stopped by the budget or by hand before the verdicts were fixed
    /// What the driver knows of the route: the source address the host would use.
    std::optional<IpAddress> route_local_ip;
    /// What people must know of this host's routing table: a sentence, or empty.
    std::string route_note = {};
    std::vector<ServerRecord> servers;
    std::vector<SocketRecord> sockets;
    std::vector<Probe> probes;
    std::vector<StreamRecord> streams;
    std::size_t stray_count = 0;       ///< all of them; the first kMaxStrays are kept
    std::vector<Stray> strays;         ///< and the first with each request's id, if not more
    std::vector<Fault> socket_faults;  ///< sockets that could not be opened
    std::vector<std::string> resolution_errors;
    std::optional<IpAddress> nat64_prefix;
    Sabotage sabotage;

    [[nodiscard]] const SocketRecord* socket(SocketId id) const;
};

nlohmann::json to_json(const Ledger& ledger);
/// Errors: usage.ledger.* with the JSON pointer of what is wrong.
Result<Ledger> ledger_from_json(const nlohmann::json& source);

std::string_view to_string(Role role);

}  // namespace portolan::discovery
