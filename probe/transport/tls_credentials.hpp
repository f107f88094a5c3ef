#pragma once

#include <gnutls/gnutls.h>

#include <memory>

#include "probe/transport/tls_connection.hpp"

namespace portolan::transport {

struct TlsCredentials::Handle {
    Handle();
    ~Handle();
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

    /// The system's policy without these versions, and what the server's own adds.
    void apply_policy(gnutls_session_t session, const char* without) const;

    gnutls_certificate_credentials_t credentials = nullptr;
    TlsServerPolicy policy;
};

}  // namespace portolan::transport
