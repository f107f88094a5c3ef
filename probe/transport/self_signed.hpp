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

enum class CertificateKey { P256, Rsa2048, Rsa1024 };

struct CertificateWish {
    std::vector<std::string> names;
    std::vector<IpAddress> ips;
    /// From now. It counts since an hour before, for clocks that are late.
    std::chrono::hours lasts{std::chrono::hours(24 * 30)};
    CertificateKey key = CertificateKey::P256;
};

/// A key and a certificate that it signs itself, so that the certificate is its own
/// authority. Error: environment.tls.self-signed.
Result<PemIdentity> make_self_signed(const CertificateWish& wish);

}  // namespace portolan::transport
