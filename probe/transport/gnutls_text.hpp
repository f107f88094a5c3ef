#pragma once

#include <gnutls/gnutls.h>

#include <chrono>
#include <optional>
#include <string>

#include "probe/transport/byte_stream.hpp"

// What GnuTLS has to say about a session, in words. For TLS and DTLS alike.
namespace portolan::transport {

/// Why the peer's certificate was refused, without a full stop.
std::string verification_text(gnutls_session_t session);
/// The last alert received: "handshake failure (40)".
std::string alert_text(gnutls_session_t session);
/// "TLS1.3 AES-256-GCM"
std::string session_text(gnutls_session_t session);
/// Until when the peer's certificate is good, in seconds since 1970; nothing when it does not say.
std::optional<std::chrono::seconds> certificate_end(gnutls_session_t session);
/// What a handshake that ended with this error is reported as; tells the peer why (RFC 8446 s6.2).
StreamReport handshake_failure(gnutls_session_t session, int gnutls_error);

}  // namespace portolan::transport
