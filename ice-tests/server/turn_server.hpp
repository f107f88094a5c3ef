#pragma once

#include <glib.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/mutants/mutant.hpp"
#include "ice-tests/server/turn_config.hpp"
#include "probe/stun/transport_address.hpp"
#include "probe/transport/clock.hpp"
#include "probe/transport/tls_connection.hpp"
#include "reports/cli/secrets.hpp"
#include "reports/model/result.hpp"

namespace portolan::server {

struct TurnServerOptions {
    /// Where clients are answered: up to two of each family.
    std::vector<IpAddress> addresses;
    std::uint16_t port = 0;  ///< 0: a free one, the same on all addresses
    bool tcp = true;         ///< listen on the same port over TCP too
    /// The second port of RFC 5780, for Binding requests: 0 a free one; nothing: none.
    std::optional<std::uint16_t> alt_port = {};
    /// Where relays are opened: the first of each family. Empty: the first of `addresses` of each.
    std::vector<IpAddress> relay_addresses = {};
    std::uint16_t relay_port_min = 49152;  ///< RFC 8656 s7.2 (SHOULD)
    std::uint16_t relay_port_max = 65535;
    std::string realm = "portolan";
    std::vector<TurnUser> users = {};
    /// Of the time-limited credentials "expiry:name" whose password is
    /// base64(HMAC-SHA1(secret, username)).
    std::optional<cli::Secret> shared_secret = {};
    /// Access tokens of RFC 7635 are taken then.
    std::optional<ThirdPartyKey> third_party = {};
    TurnQuotas quotas = {};
    TurnLifetimes lifetimes = {};
    PeerPolicy peers = {};
    /// Also channels 0x5000 to 0x7FFF, which RFC 8656 s12 no longer allows: for clients of
    /// RFC 5766.
    bool rfc5766_channels = false;
    /// As in TurnCoreConfig: where Allocate requests are sent on to (error 300).
    std::vector<TransportAddress> alternates = {};
    std::vector<TransportAddress> secure_alternates = {};
    std::string alternate_domain = {};
    bool mobility = true;    ///< RFC 8016
    bool tcp_relays = true;  ///< RFC 6062
    FaultSet faults = {};
    mutants::MutantSet mutants = {};
    /// Who the server is over TLS and DTLS, on a port of their own (RFC 8656 s3.1, RFC 7350 s4).
    /// Nothing: neither.
    std::shared_ptr<const transport::TlsCredentials> identity = {};
    std::uint16_t tls_port = 0;          ///< 0: a free one, the same on all addresses
    transport::Duration reply_delay{0};  ///< of responses; relayed data does not wait
    /// 0 to 100, of what UDP clients send and of what they are sent, each on its own.
    double loss_pct = 0;
    std::string software = "Portolan";
};

struct TurnServerStatistics {
    std::uint64_t received_count = 0;          ///< from clients: datagrams and framed messages
    std::uint64_t sent_count = 0;              ///< to clients
    std::uint64_t lost_count = 0;              ///< by loss_pct
    std::uint64_t allocation_count = 0;        ///< alive
    std::uint64_t total_allocation_count = 0;  ///< made since the start
    std::uint64_t to_peers_count = 0;          ///< datagrams relayed
    std::uint64_t to_peers_bytes = 0;          ///< their payload
    std::uint64_t from_peers_count = 0;        ///< the same in the other direction
    std::uint64_t from_peers_bytes = 0;
};

/// A TURN server (RFC 8656) on a GMainContext, which answers Binding requests too (RFC 8489, and
/// RFC 5780 when it has two addresses and ports): TurnCore with sockets.
class TurnServer {
  public:
    /// Answers from when it returns. The clock must outlive the server; ports, nonces and tokens
    /// come from `random` alone. Errors: those of Layout and UdpSocket::open;
    /// usage.server.relay-address, usage.server.relay-ports, usage.server.realm,
    /// usage.server.credentials (neither users nor a shared secret, or a name twice),
    /// usage.server.lifetime, usage.server.loss; environment.server.no-common-port.
    static Result<std::unique_ptr<TurnServer>> start(GMainContext* context,
                                                     const transport::Clock& clock,
                                                     transport::Random random,
                                                     const TurnServerOptions& options);
    ~TurnServer();
    TurnServer(const TurnServer&) = delete;
    TurnServer& operator=(const TurnServer&) = delete;

    /// Every address with every port; the first is what clients should be given.
    [[nodiscard]] std::vector<TransportAddress> endpoints() const;
    /// The same for TLS and DTLS; empty without an identity.
    [[nodiscard]] std::vector<TransportAddress> secure_endpoints() const;
    /// RFC 7065, for the first address of each family: "turn:127.0.0.1:3478?transport=udp", and
    /// "...tcp" when it listens there; then the same with "turns:".
    [[nodiscard]] std::vector<std::string> uris() const;
    /// RFC 7064, as StunServer's.
    [[nodiscard]] std::vector<std::string> stun_uris() const;
    [[nodiscard]] TurnServerStatistics statistics() const;

  private:
    struct State;
    explicit TurnServer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace portolan::server
