#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "probe/stun/transport_address.hpp"
#include "probe/transport/dns_records.hpp"
#include "probe/transport/server_uri.hpp"
#include "reports/model/result.hpp"

namespace portolan::transport {

/// What STUN and TURN run over between client and server. RFC 5928 s3 and RFC 7350 s4.6.2 call the
/// last two TLS and DTLS.
enum class Carrier { Udp, Tcp, Tls, Dtls };

/// "udp", "tcp", "tls", "dtls".
std::string_view to_string(Carrier carrier);

/// What a URI says without DNS. UDP with a secure scheme is DTLS (RFC 7350 s4.6.1).
Carrier carrier_of(const ServerUri& uri);

/// All of them, in the order in which they are tried where DNS leaves it open.
inline constexpr Carrier kAllCarriers[] = {Carrier::Udp, Carrier::Tcp, Carrier::Tls, Carrier::Dtls};

struct DnsQuestion {
    enum class Kind { Addresses, Srv, Naptr };
    Kind kind = Kind::Addresses;
    std::string name;

    friend auto operator<=>(const DnsQuestion&, const DnsQuestion&) = default;
};

/// What is known so far.
struct DnsAnswers {
    std::map<std::string, Result<std::vector<IpAddress>>> addresses;
    std::map<std::string, Result<std::vector<SrvRecord>>> srv;
    std::map<std::string, Result<std::vector<NaptrRecord>>> naptr;

    [[nodiscard]] bool has(const DnsQuestion& question) const;
    /// The answer is that there is none, because of this.
    void fail(const DnsQuestion& question, const Error& error);
};

/// Where a server is, and how that was found.
struct Location {
    Carrier carrier = Carrier::Udp;
    TransportAddress address;
    /// The way through DNS: "NAPTR example.net, SRV _turn._udp.example.net, addresses of
    /// a.example.net". Empty where the URI has the address itself.
    std::string found_by;
    bool has_records = false;  ///< SRV or NAPTR records led here

    friend bool operator==(const Location&, const Location&) = default;
};

/// What a search came upon that led nowhere, as a whole sentence.
struct Remark {
    enum class Kind {
        Fault,       ///< records that cannot be right
        Unanswered,  ///< no answer: there may be records, or not
        Note,        ///< as it should be, and why there is nothing
    };
    Kind kind = Kind::Note;
    std::string text;

    friend bool operator==(const Remark&, const Remark&) = default;
};

struct Discovery {
    std::set<DnsQuestion> needed;     ///< it is over when there are none
    std::set<DnsQuestion> ahead;      ///< likely to be needed: to be asked side by side with those
    std::vector<Location> locations;  ///< in the order to be tried, each once
    std::vector<Remark> remarks;
    std::optional<Error> error;  ///< why there are no locations
};

/// The next step from a URI to its servers; a pure function.
///
/// A port in the URI is taken as it is, with the addresses of the name. Without one, for turn and
/// turns RFC 5928 s3 with RFC 7350 s4.6.2: NAPTR where the URI has no transport either, then SRV,
/// then A and AAAA with the default port. For stun and stuns RFC 8489 s8.1: SRV, then A and AAAA.
/// Without NAPTR and transport, SRV records count for every carrier, but the default port is tried
/// only over what the URI means without DNS: nobody has said that there is anything else.
///
/// The seed decides among SRV records of one priority, by weight (RFC 2782). Errors:
/// environment.discovery.*, and what the resolver said of the host.
Discovery discover(const ServerUri& uri, const DnsAnswers& answers,
                   std::span<const Carrier> preference, std::uint64_t seed);

}  // namespace portolan::transport
