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

    gnutls_certificate_credentials_t credentials = nullptr;
};

}  // namespace portolan::transport
