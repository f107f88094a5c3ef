#pragma once

#include <gnutls/gnutls.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "probe/transport/clock.hpp"
#include "probe/transport/glib_ptr.hpp"
#include "probe/transport/tls_connection.hpp"

namespace portolan::transport {

/// RFC 8446 s5.1
inline constexpr std::size_t kMaxRecordBytes = 16 * 1024;
/// RFC 6347 s4.1.1.1 leaves the path MTU to the user: what IPv6 guarantees, without its and UDP's
/// headers.
inline constexpr unsigned kDtlsMtuBytes = 1280 - 40 - 8;
/// RFC 6347 s4.2.4.1 says 1 s; RFC 8489 s6.2.1 calls 500 ms right for STUN's own requests.
inline constexpr unsigned kDtlsRetransmitMs = 500;

struct SessionDeleter {
    void operator()(gnutls_session_int* session) const { gnutls_deinit(session); }
};
using SessionPtr = std::unique_ptr<gnutls_session_int, SessionDeleter>;

/// GnuTLS between a TcpConnection and the user: it never touches the descriptor itself.
struct TlsConnection::State : std::enable_shared_from_this<TlsConnection::State> {
    enum class Phase { Connecting, Handshaking, Open, Over };

    State(GMainContext* main_context, std::shared_ptr<const TlsCredentials> its_credentials,
          Handlers its_handlers)
        : context(glib::share(main_context)),
          credentials(std::move(its_credentials)),
          handlers(std::move(its_handlers)) {}

    void begin_session(unsigned role);
    void begin_client(const TlsOptions& options);
    void start_deadline(Duration timeout);
    TcpConnection::Handlers tcp_handlers();

    void on_tcp_outcome(const StreamReport& outcome);
    void on_tcp_bytes(Bytes bytes);
    void on_tcp_end(StreamEnd how, const std::string& detail);

    void listen_for_plaintext(Bytes first);
    void handshake();
    void finish_handshake(int gnutls_error);
    void read_records();
    bool enqueue(Bytes bytes);
    void close();

    void fail(TlsFailure failure, const std::string& detail);
    void report(StreamReport outcome);
    void end(StreamEnd how, const std::string& detail);
    void stop();

    static ssize_t pull(gnutls_transport_ptr_t self, void* out, std::size_t size);
    static ssize_t push(gnutls_transport_ptr_t self, const void* data, std::size_t size);
    static int pull_timeout(gnutls_transport_ptr_t self, unsigned milliseconds);

    glib::ContextPtr context;
    std::shared_ptr<const TlsCredentials> credentials;
    Handlers handlers;
    Phase phase = Phase::Connecting;
    Time begun_at{};  ///< on GLib's clock
    std::optional<Duration> tcp_connected_after;
    bool is_closing = false;
    bool has_ended = false;
    bool tcp_at_end = false;
    bool has_heard = false;     // any octet of the peer's
    bool is_plaintext = false;  ///< the server's first octet begins no record of TLS
    bool starved = false;       ///< GnuTLS was told that there is nothing more to read
    std::size_t max_queued_bytes = 0;
    std::string server_name;
    bool is_client = false;
    TlsFacts facts;
    TransportAddress remote;
    std::unique_ptr<TcpConnection> tcp;
    SessionPtr session;
    std::vector<std::byte> received;
    std::size_t consumed_bytes = 0;  // of received
    glib::SourcePtr deadline;
    glib::SourcePtr begun;  // with bytes that somebody else had read
};

}  // namespace portolan::transport
