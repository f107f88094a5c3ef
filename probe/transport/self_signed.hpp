#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "probe/stun/transport_address.hpp"
#include "reports/model/result.hpp"

namespace portolan::transport {

/// A certificate and its key, PEM.
struct PemIdentity {
    std::string certificate;
    std::string key;
};

struct CertificateWish {
    std::vector<std::string> names;
    std::vector<IpAddress> ips;
    /// From now. It counts since an hour before, for clocks that are late.
    std::chrono::hours lasts{std::chrono::hours(24 * 30)};
};

/// A P-256 key and a certificate that it signs itself, so that the certificate is its own
/// authority. Error: environment.tls.self-signed.
Result<PemIdentity> make_self_signed(const CertificateWish& wish);

}  // namespace portolan::transport
