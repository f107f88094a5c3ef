#include "ice-tests/precall/cause.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace portolan::precall {
namespace {

using transport::CertificateFlaw;
using transport::Fault;

constexpr CauseRow kCauses[] = {
    {Cause::NameNotFound, "name-not-found", "its name does not exist",
     "Correct the server's name in the configuration, or have the DNS answer for it."},
    {Cause::NameServiceFails, "name-service-fails", "its name could not be looked up",
     "Repair the name service (DNS) of this computer or network."},
    {Cause::NoAddress, "no-address", "its name has no address of the family asked for",
     "Have the DNS name an address of that family, or do not ask for it."},
    {Cause::NoRoute, "no-route", "this computer has no route to it",
     "Connect this computer to a network, or correct its address and default route."},
    {Cause::RouteForbids, "route-forbids",
     "this computer does not send there, because a route forbids it or it is a broadcast address",
     "Correct this computer's routing table, or the server's address (\"ip route get\" and the "
     "address show the route)."},
    {Cause::LocalFirewall, "local-firewall", "this computer's own firewall does not let it out",
     "Let it out in this computer's firewall."},
    {Cause::Prohibited, "prohibited", "a router or firewall on the way rejects it",
     "Have whoever rejects it let it pass: the address in the error says who that is."},
    {Cause::PortClosed, "port-closed", "nothing listens there",
     "Start the server, or correct its port and transport in the configuration; over TCP a "
     "firewall may refuse in its name."},
    {Cause::Refused, "refused", "it is refused, by its host or in its name",
     "Have whoever rejects UDP to it let it pass: a router that does so may refuse TCP in the "
     "server's name."},
    {Cause::Unreachable, "unreachable", "it cannot be reached",
     "Check the server's address, and the network on the way to it."},
    {Cause::ConnectTimeout, "connect-timeout", "no connection came about",
     "Check that the server runs and that no firewall drops connections to its port."},
    {Cause::Silent, "silent", "it does not answer",
     "Check that the server runs and that no firewall drops packets to its port."},
    {Cause::HandshakeTimeout, "handshake-timeout", "the TLS handshake came to no end",
     "Check that the port speaks TLS, and that nothing on the way interferes with it."},
    {Cause::HandshakeFails, "handshake-fails", "the TLS handshake failed",
     "Check that the port speaks TLS, and that nothing on the way interferes with it."},
    {Cause::TlsAlert, "tls-alert", "the server broke off the TLS handshake",
     "Check the server's TLS configuration: versions, ciphers and certificate."},
    {Cause::CertificateExpired, "certificate-expired", "its certificate has expired",
     "Renew the server's certificate; if it is new, set this computer's clock."},
    {Cause::CertificateNotYetValid, "certificate-not-yet-valid", "its certificate is not valid yet",
     "Set this computer's clock; if it is right, correct the server's certificate."},
    {Cause::CertificateSelfSigned, "certificate-self-signed", "its certificate is self-signed",
     "Give the server a certificate of an authority that clients know, or name its own with "
     "--ca-file."},
    {Cause::CertificateUntrusted, "certificate-untrusted",
     "its certificate comes from an authority that is not known here",
     "Let the server send its whole chain, or name the authority with --ca-file."},
    {Cause::CertificateWrongName, "certificate-wrong-name", "its certificate is for another name",
     "Name the server as its certificate does, or have the certificate name this server."},
    {Cause::CertificateRevoked, "certificate-revoked", "its certificate has been revoked",
     "Give the server another certificate."},
    {Cause::CertificateRefused, "certificate-refused", "its certificate cannot be trusted",
     "Correct the server's certificate."},
    {Cause::NoAuthorities, "no-authorities",
     "this computer has no certificate authorities to judge it by",
     "Install them (on Debian: ca-certificates), or name a file with --ca-file."},
    {Cause::Closed, "closed", "the connection was closed before it answered",
     "Check that the port belongs to a TURN or STUN server, and that no proxy is in between."},
    {Cause::NotAServer, "not-a-server", "what answers there is neither STUN nor TURN",
     "Correct the port, or have the proxy or portal removed that answers in the server's place."},
    {Cause::NoTurn, "no-turn", "it answers STUN, and no request for a relay: it serves no TURN",
     "Name a TURN server, or switch TURN on in this one (coturn: without stun-only)."},
    {Cause::NoCredentials, "no-challenge",
     "it refuses without saying for which realm it wants credentials",
     "Configure a realm and long-term credentials on the server."},
    {Cause::WrongCredentials, "wrong-credentials", "it does not accept user name and password",
     "Correct username and credential in the configuration."},
    {Cause::ExpiredCredential, "credential-expired", "the time-limited credential has expired",
     "Fetch fresh credentials; if they are fresh, compare the clocks of this computer and of "
     "whoever issues them."},
    {Cause::StaleNonce, "stale-nonce", "it calls each nonce of its own stale",
     "Check whether several servers without a common secret share one address."},
    {Cause::Forbidden, "forbidden", "it forbids that",
     "Allow it in the server's configuration: users, and addresses of peers."},
    {Cause::Quota, "quota-reached", "this user's quota of allocations is reached",
     "Raise the server's quota for a user, or end allocations that are left over."},
    {Cause::Capacity, "out-of-capacity", "it has no capacity left",
     "Give the server more relay ports, or a second server."},
    {Cause::Mismatch, "allocation-mismatch", "it takes the request for somebody else's allocation",
     "Wait until the old allocation ends, and run again."},
    {Cause::UnsupportedTransport, "unsupported-transport", "it does not relay UDP",
     "Enable UDP relaying on the server."},
    {Cause::Redirected, "redirected", "it sends clients on to other servers without an end",
     "Correct the alternate servers in the server's configuration."},
    {Cause::OtherError, "error-response", "it answers with an error", ""},
    {Cause::NoRelayedAddress, "no-relayed-address", "it grants a relay without an address", ""},
    {Cause::NothingRelayed, "nothing-relayed", "nothing that is sent to its relays arrives",
     "Open the server's relay ports (49152 to 65535 over UDP, if it has no range of its own) in "
     "its firewall, and check its external address."},
    {Cause::OneWay, "one-way", "what is sent to its relays arrives in one direction only",
     "Check the firewall of the server's relay ports, and its external address."},
    {Cause::Socket, "socket", "no socket could be opened for it", ""},
};

constexpr std::string_view kRefusedConnection =
    "the connection is refused: nothing listens there, or a firewall refuses in its name";

Cause cause_of(const transport::FaultReport& fault, const IpAddress& server,
               const std::optional<IpAddress>& local) {
    const std::optional<IpAddress> reporter =
        fault.icmp ? fault.icmp->reported_by : std::optional<IpAddress>();
    const bool is_own = reporter && reporter == local && reporter != server;
    switch (fault.fault) {
        case Fault::NotPermitted:
            return Cause::LocalFirewall;
        case Fault::NoRoute:
            return Cause::NoRoute;
        case Fault::IcmpProhibited:
            return is_own ? Cause::LocalFirewall : Cause::Prohibited;
        case Fault::IcmpPortUnreachable:
            if (!reporter) return Cause::Unreachable;
            return *reporter == server ? Cause::PortClosed
                   : is_own            ? Cause::LocalFirewall
                                       : Cause::Prohibited;
        case Fault::IcmpUnreachable:
        case Fault::Other:
            return Cause::Unreachable;
    }
    return Cause::Unreachable;
}

// What is wrong with the certificate itself comes first: a self-signed one is seldom the only
// trouble of an expired one, but the first that its owner has to know of.
Cause cause_of(const std::vector<CertificateFlaw>& flaws) {
    constexpr std::pair<CertificateFlaw, Cause> kOrder[] = {
        {CertificateFlaw::Revoked, Cause::CertificateRevoked},
        {CertificateFlaw::SelfSigned, Cause::CertificateSelfSigned},
        {CertificateFlaw::UnknownIssuer, Cause::CertificateUntrusted},
        {CertificateFlaw::Expired, Cause::CertificateExpired},
        {CertificateFlaw::NotYetValid, Cause::CertificateNotYetValid},
        {CertificateFlaw::WrongName, Cause::CertificateWrongName},
    };
    for (const auto& [flaw, cause] : kOrder) {
        if (std::ranges::find(flaws, flaw) != flaws.end()) return cause;
    }
    return Cause::CertificateRefused;
}

Problem tls_problem(const transport::StreamReport& outcome) {
    Problem out{Step::Handshake, Cause::HandshakeFails, outcome.detail};
    if (!outcome.tls) return out;
    if (!outcome.tls->alert.empty()) {
        out.cause = Cause::TlsAlert;
    } else if (!outcome.tls->verification.empty()) {
        out.cause = cause_of(outcome.tls->flaws);
        out.detail = outcome.tls->verification;
    } else if (outcome.detail.find("not complete within") != std::string::npos) {
        out.cause = Cause::HandshakeTimeout;
    }
    return out;
}

Cause cause_of_code(int code, bool is_signed) {
    switch (code) {
        case 300:
            return Cause::Redirected;
        case 401:
            return is_signed ? Cause::WrongCredentials : Cause::NoCredentials;
        case 403:
            return Cause::Forbidden;
        case 437:
            return Cause::Mismatch;
        case 438:
            return Cause::StaleNonce;
        case 442:
            return Cause::UnsupportedTransport;
        case 486:
            return Cause::Quota;
        case 508:
            return Cause::Capacity;
        default:
            return Cause::OtherError;
    }
}

}  // namespace

std::string_view to_string(Step step) {
    constexpr std::string_view kWords[] = {"resolve",  "connect", "handshake", "ask",
                                           "allocate", "permit",  "relay"};
    return kWords[static_cast<std::size_t>(step)];
}

std::span<const CauseRow> cause_table() {
    return kCauses;
}

const CauseRow& row_of(Cause cause) {
    return kCauses[static_cast<std::size_t>(cause)];
}

bool Problem::is_refused_by_anybody() const {
    // A TCP reset does not say who sent it; ICMP does.
    return cause == Cause::PortClosed && step == Step::Connect && !reported_by;
}

std::string Problem::sentence() const {
    std::string out(is_refused_by_anybody() ? kRefusedConnection : row_of(cause).words);
    if (!detail.empty()) out += " (" + detail + ')';
    return out;
}

bool may_be_the_network(Cause cause) {
    constexpr std::array kCausesOfPaths{
        Cause::NoRoute,        Cause::RouteForbids,   Cause::LocalFirewall,    Cause::Prohibited,
        Cause::Silent,         Cause::ConnectTimeout, Cause::HandshakeTimeout, Cause::Closed,
        Cause::HandshakeFails, Cause::Unreachable,    Cause::Refused,
    };
    return std::ranges::find(kCausesOfPaths, cause) != kCausesOfPaths.end();
}

Problem problem_of_route(const Error& error) {
    if (error.code == "transport.no-route") return {Step::Connect, Cause::NoRoute, {}};
    const bool is_forbidden = error.code == "transport.route-forbids";
    return {Step::Connect, is_forbidden ? Cause::RouteForbids : Cause::Socket, error.message};
}

bool is_without_route(Cause cause) {
    return cause == Cause::NoRoute || cause == Cause::RouteForbids;
}

Problem problem_of_lookup(const Error& error) {
    const bool is_missing = error.code == "resolve.not-found" || error.code == "resolve.name";
    return {Step::Resolve, is_missing ? Cause::NameNotFound : Cause::NameServiceFails,
            error.message};
}

Problem problem_of_fault(Step step, const transport::FaultReport& fault, const IpAddress& server,
                         const std::optional<IpAddress>& local) {
    Problem out{step, cause_of(fault, server, local), fault.detail};
    if (fault.icmp) out.reported_by = fault.icmp->reported_by;
    return out;
}

Problem problem_of_opening(const turn::Wire& wire, const Error& error) {
    const auto& outcome = wire.outcome();
    if (!outcome) return {Step::Connect, Cause::Socket, error.message};
    Problem out{Step::Connect, Cause::Unreachable, outcome->detail};
    const bool is_dtls = wire.endpoint().transport == turn::Transport::Dtls;
    switch (outcome->outcome) {
        case transport::StreamOutcome::Refused:
            if (is_dtls && wire.last_fault()) {
                return problem_of_fault(Step::Connect, *wire.last_fault(),
                                        wire.endpoint().server.ip, wire.endpoint().bind_ip);
            }
            out.cause = Cause::PortClosed;
            break;
        case transport::StreamOutcome::TimedOut:
            out.cause = is_dtls ? Cause::Silent : Cause::ConnectTimeout;
            break;
        case transport::StreamOutcome::NotPermitted:
            // The kernel says EACCES for ICMP "prohibited" too, on its way from ICMP to errno.
            out.cause = Cause::LocalFirewall;
            break;
        case transport::StreamOutcome::TlsFailed:
            return tls_problem(*outcome);
        case transport::StreamOutcome::Unreachable:
        case transport::StreamOutcome::Connected:
            break;
    }
    return out;
}

Problem problem_of_reply(Step step, const turn::Wire& wire, const turn::Reply& reply,
                         bool is_signed) {
    if (reply.has_come()) {
        return {step, cause_of_code(reply.code(), is_signed), reply.said()};
    }
    Problem out{step, Cause::Silent, reply.error ? reply.error->message : std::string()};
    if (!reply.error) return out;
    const std::string& code = reply.error->code;
    if (code == "turn.closed" || code == "turn.reset") out.cause = Cause::Closed;
    if (code == "turn.bad-stream") out.cause = Cause::NotAServer;
    if (code == "turn.unreachable" && wire.last_fault()) {
        const auto local = wire.local_address();
        return problem_of_fault(step, *wire.last_fault(), wire.endpoint().server.ip,
                                local ? std::optional(local->ip) : std::nullopt);
    }
    return out;
}

}  // namespace portolan::precall
