#pragma once

#include <glib.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probe/transport/byte_stream.hpp"
#include "probe/transport/tcp_connection.hpp"
#include "reports/model/result.hpp"

namespace portolan::transport {

/// How a server negotiates. The defaults are what a sound one does.
struct TlsServerPolicy {
    /// Appended to the system's policy, in GnuTLS's words: "+VERS-TLS1.0".
    std::string priority = {};
    /// ALPN protocols that are selected when a client offers them (RFC 7301).
    std::vector<std::string> alpn = {"stun.turn", "stun.nat-discovery"};  // RFC 7443 s3
    /// DTLS: whether a client has to send a cookie back first (RFC 6347 s4.2.1).
    bool with_cookies = true;
    /// Clients without SNI are refused (RFC 6066 s3).
    bool needs_server_name = false;
};

/// Certificates: whom a client believes, or who a server is. Loading reads files, so it is done
/// once and shared by any number of connections.
class TlsCredentials {
  public:
    /// The system's certificate authorities. Error: environment.tls.system-trust.
    static Result<std::shared_ptr<const TlsCredentials>> system_trust();
    /// The authorities in a PEM file and no others. Error: usage.tls.ca-file.
    static Result<std::shared_ptr<const TlsCredentials>> trust_file(const std::string& path);
    /// The same from memory.
    static Result<std::shared_ptr<const TlsCredentials>> trust_pem(std::string_view pem);
    /// No authority at all: every certificate is refused, but only once the server has shown one.
    static std::shared_ptr<const TlsCredentials> trust_nobody();
    /// A server's chain and key, PEM. Error: usage.tls.identity.
    static Result<std::shared_ptr<const TlsCredentials>> identity_pem(std::string_view chain,
                                                                      std::string_view key,
                                                                      TlsServerPolicy policy = {});
    ~TlsCredentials();
    TlsCredentials(const TlsCredentials&) = delete;
    TlsCredentials& operator=(const TlsCredentials&) = delete;

  private:
    friend class TlsConnection;
    friend class DtlsConnection;
    friend class DtlsServer;
    struct Handle;
    explicit TlsCredentials(std::unique_ptr<Handle> handle);
    std::unique_ptr<Handle> handle_;
};

/// How a client negotiates. The defaults are what a sound one does.
struct TlsClientPolicy {
    /// Instead of the system's policy, in GnuTLS's words: "NORMAL:-VERS-ALL:+VERS-TLS1.3".
    std::string priority = {};
    std::vector<std::string> alpn = {};  ///< what it offers (RFC 7301)
    bool sends_server_name = true;       ///< SNI (RFC 6066 s3)
};

/// What a handshake has shown.
struct TlsFacts {
    std::string description;          ///< "TLS1.3 AES-256-GCM"
    std::string alpn;                 ///< the protocol that the server selected; empty: none
    std::int64_t expires_at_s = 0;    ///< of the server's certificate, since 1970; 0: not known
    std::string key;                  ///< of the server's certificate: "RSA, 2048 bits"
    int key_strength_bits = 0;        ///< of a symmetric key as strong: 112 for 2048 bits of RSA
    bool has_forward_secrecy = true;  ///< no RSA key exchange
};

struct TlsOptions {
    TcpOptions tcp;  ///< its timeout covers TCP and TLS together
    /// Sent as SNI and compared with the certificate (RFC 6125); a numeric IP address is compared
    /// with the certificate's addresses and not sent.
    std::string server_name;
    std::shared_ptr<const TlsCredentials> credentials;
    TlsClientPolicy policy = {};
};

/// TLS 1.2 or 1.3 over TCP. A client always verifies: there is no option to skip it.
class TlsConnection final : public ByteStream {
  public:
    static std::unique_ptr<TlsConnection> connect(GMainContext* context, const TlsOptions& options,
                                                  Handlers handlers);
    /// The server's side, of a stream that a listener accepted, and of which somebody may have read
    /// the first bytes already.
    static std::unique_ptr<TlsConnection> accept(GMainContext* context,
                                                 std::unique_ptr<TcpConnection> stream,
                                                 std::shared_ptr<const TlsCredentials> credentials,
                                                 Handlers handlers,
                                                 Duration timeout = kDefaultConnectTimeout,
                                                 Bytes first = {});
    ~TlsConnection() override;

    [[nodiscard]] bool send(Bytes bytes) override;
    [[nodiscard]] std::size_t queued_bytes() const override;
    void close() override;
    void set_reading(bool wanted) override;
    [[nodiscard]] std::optional<TransportAddress> local_address() const override;
    [[nodiscard]] const TransportAddress& remote_address() const override;

    /// "TLS1.3 AES-256-GCM"; empty before it is connected.
    [[nodiscard]] std::string description() const;
    /// Empty before it is connected.
    [[nodiscard]] const TlsFacts& facts() const;

  private:
    struct State;
    explicit TlsConnection(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

}  // namespace portolan::transport
