#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probe/stun/transport_address.hpp"
#include "probe/transport/bytes.hpp"
#include "probe/transport/clock.hpp"

namespace portolan::transport {

enum class StreamOutcome {
    Connected,  ///< TCP (and TLS, if asked) done
    Refused,    ///< RST: the host is there
    TimedOut,
    Unreachable,   ///< no route, ICMP unreachable
    TlsFailed,     ///< TCP connected, TLS did not
    NotPermitted,  ///< EPERM, EACCES
};

/// What is wrong with a certificate that was refused.
enum class CertificateFlaw {
    Expired,
    NotYetValid,
    WrongName,      ///< it is for another server
    SelfSigned,     ///< its own issuer, and nobody's whom we believe
    UnknownIssuer,  ///< issued by nobody whom we believe
    Revoked,
    Other,
};

/// What TLS did not like. Each part is empty when it was not that.
struct TlsFailure {
    std::string alert = {};         ///< sent by the peer: "handshake failure (40)"
    std::string verification = {};  ///< "the certificate is not trusted, its issuer is unknown"
    std::string library = {};       ///< GnuTLS's own words for the error
    std::vector<CertificateFlaw> flaws = {};  ///< all that `verification` is about
};

struct StreamReport {
    StreamOutcome outcome = StreamOutcome::TimedOut;
    int error_number = 0;  ///< errno behind it, 0 if none
    std::optional<TlsFailure> tls = {};
    std::string detail = {};  ///< one line for people
    /// Under TLS over TCP: how long the TCP connection took, which the handshake waited for.
    std::optional<Duration> tcp_connected_after = {};
};

enum class StreamEnd {
    PeerClosed,     ///< in order: FIN, and close_notify under TLS
    Reset,          ///< RST or a time-out of the kernel
    Truncated,      ///< TLS: FIN without close_notify (RFC 8446 s6.1: a truncation attack looks so)
    ProtocolError,  ///< TLS: a bad record
};

/// A connected, or connecting, stream of bytes on a GMainContext. Calls back only from the context,
/// and may be destroyed inside its own callbacks; what is still queued then is dropped.
class ByteStream {
  public:
    struct Handlers {
        /// Exactly once, unless the stream is destroyed or closed before.
        std::function<void(const StreamReport&)> on_outcome = {};
        std::function<void(Bytes)> on_bytes = {};  ///< the bytes are valid during the call only
        /// At most once, after Connected. Nothing follows it.
        std::function<void(StreamEnd, const std::string& detail)> on_end = {};
        /// What had to wait in the queue has gone to the kernel.
        std::function<void()> on_drained = {};
    };

    virtual ~ByteStream() = default;
    ByteStream() = default;
    ByteStream(const ByteStream&) = delete;
    ByteStream& operator=(const ByteStream&) = delete;

    /// Queues all of it or, when it is not connected or the queue would exceed its bound, nothing
    /// (false).
    [[nodiscard]] virtual bool send(Bytes bytes) = 0;
    [[nodiscard]] virtual std::size_t queued_bytes() const = 0;
    /// Sends what is queued, then closes the sending side. Bytes of the peer still arrive.
    virtual void close() = 0;
    /// Flow control: while nobody reads, the window that the peer may fill closes, and the end of
    /// the connection is not seen. A chunk that is being handed over still comes. Streams read
    /// from the start; datagrams are not held back.
    virtual void set_reading(bool wanted) = 0;

    /// Nothing before it is connected.
    [[nodiscard]] virtual std::optional<TransportAddress> local_address() const = 0;
    [[nodiscard]] virtual const TransportAddress& remote_address() const = 0;
};

std::string_view to_string(StreamOutcome outcome);  // "connected", "refused", "timed-out", ...
std::string_view to_string(StreamEnd end);          // "peer-closed", "reset", ...

}  // namespace portolan::transport
