#pragma once

#include <gnutls/gnutls.h>

#include <string>

#include "probe/transport/byte_stream.hpp"
#include "probe/transport/tls_connection.hpp"

// What GnuTLS has to say about a session, in words. For TLS and DTLS alike.
namespace portolan::transport {

/// Why the peer's certificate was refused, without a full stop.
std::string verification_text(gnutls_session_t session);
/// The last alert received: "handshake failure (40)".
std::string alert_text(gnutls_session_t session);
/// "TLS1.3 AES-256-GCM"
std::string session_text(gnutls_session_t session);
TlsFacts session_facts(gnutls_session_t session);
/// The client's, for what differs from the system's.
void apply_policy(gnutls_session_t session, const TlsClientPolicy& policy);
/// The certificate has to be for `name`, and the server is told it, where it is no address (RFC
/// 6066 s3). A final dot is taken off. GnuTLS keeps a pointer: the name has to live as long as the
/// session.
void expect_server(gnutls_session_t session, std::string& name, const TlsClientPolicy& policy);
/// What a handshake that ended with this error is reported as; tells the peer why (RFC 8446 s6.2).
StreamReport handshake_failure(gnutls_session_t session, int gnutls_error);

}  // namespace portolan::transport
