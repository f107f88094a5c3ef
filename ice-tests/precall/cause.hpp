#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ice-tests/turn/client.hpp"
#include "ice-tests/turn/credentials.hpp"
#include "probe/transport/byte_stream.hpp"
#include "probe/transport/fault.hpp"
#include "reports/model/verdict.hpp"

/// Before a call: what each server does for this host, step by step, and how media fares through
/// it.
namespace portolan::precall {

/// The way to an allocation, in order. Over UDP there is no connecting, without TLS no handshake.
enum class Step { Resolve, Connect, Handshake, Ask, Allocate, Permit, Relay };

/// "resolve", "connect", "handshake", "ask", "allocate", "permit", "relay".
std::string_view to_string(Step step);

/// Why a step failed: what somebody has to repair.
enum class Cause {
    NameNotFound,
    NameServiceFails,
    NoAddress,
    NoRoute,
    RouteForbids,
    LocalFirewall,
    Prohibited,
    PortClosed,
    Refused,
    Unreachable,
    ConnectTimeout,
    Silent,
    HandshakeTimeout,
    HandshakeFails,
    TlsAlert,
    CertificateExpired,
    CertificateNotYetValid,
    CertificateSelfSigned,
    CertificateUntrusted,
    CertificateWrongName,
    CertificateRevoked,
    CertificateRefused,
    NoAuthorities,
    Closed,
    NotAServer,
    NoTurn,
    NoCredentials,
    WrongCredentials,
    ExpiredCredential,
    StaleNonce,
    Forbidden,
    Quota,
    Capacity,
    Mismatch,
    UnsupportedTransport,
    Redirected,
    OtherError,
    NoRelayedAddress,
    NothingRelayed,
    OneWay,
    Socket,
};

struct CauseRow {
    Cause cause;
    report::ReasonCode code;
    std::string_view words;   ///< what happened, in the middle of a sentence
    std::string_view remedy;  ///< a sentence; empty where nobody can tell
};

/// One row for each Cause, in their order.
std::span<const CauseRow> cause_table();
const CauseRow& row_of(Cause cause);

/// What went wrong on the way to one server.
struct Problem {
    Step step = Step::Resolve;
    Cause cause = Cause::Silent;
    std::string detail = {};  ///< the error as it was met; may be empty
    /// Who refused it by ICMP: the server's host, this one, or a router on the way.
    std::optional<IpAddress> reported_by = {};

    /// Of a connection over TCP, which anybody on the way may refuse in the host's name.
    [[nodiscard]] bool is_refused_by_anybody() const;
    /// "nothing listens there (ECONNREFUSED)", without a full stop.
    [[nodiscard]] std::string sentence() const;
};

/// Whether the path, and neither server nor configuration, can explain it: nothing came back, or
/// something on the way refused.
bool may_be_the_network(Cause cause);

/// Of a way that the routing table does not have: the errors of transport::source_address_for().
Problem problem_of_route(const Error& error);
/// Whether nothing was sent, for want of a route that leads there.
bool is_without_route(Cause cause);
/// Of a lookup that failed: the errors of transport::Resolver.
Problem problem_of_lookup(const Error& error);
/// Of a datagram from that address to that server, which came to nothing. Whether something listens
/// there is known to the server's host alone: of a refusal by another, a firewall is the cause.
Problem problem_of_fault(Step step, const transport::FaultReport& fault, const IpAddress& server,
                         const std::optional<IpAddress>& local);
/// Of a wire that could not be opened: what Wire::open() returned, and what the stream knows.
Problem problem_of_opening(const turn::Wire& wire, const Error& error);
/// Of a request that got no success. `is_signed`: it came with credentials, to a server that had
/// told its realm and nonce.
Problem problem_of_reply(Step step, const turn::Wire& wire, const turn::Reply& reply,
                         bool is_signed);

using turn::expiry_of;

}  // namespace portolan::precall
